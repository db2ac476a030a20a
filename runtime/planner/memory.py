"""How much memory a stage takes: weights, KV cache, activations, ends, floor and a reserve."""

from __future__ import annotations

from runtime.planner.values import DeviceProfile, ModelShape, PlanningProblem

# Blocks that do not fill, allocator slack, and what no formula foresees.
RESERVE_SHARE = 0.05
ACTIVATION_VALUE_BYTES = 4


def activation_peak_bytes(problem: PlanningProblem, chunk_tokens: int) -> int:
    """The largest set of tensors alive at once in one layer, and the chunks waiting in queues."""
    shape = problem.model
    hidden = shape.hidden_size
    widest = max(2 * shape.intermediate_size, 4 * hidden)
    in_layer = (4 * hidden + widest) * ACTIVATION_VALUE_BYTES
    in_queues = 2 * problem.queue_depth * hidden * 2
    return chunk_tokens * problem.sequences * (in_layer + in_queues)


def session_tokens(problem: PlanningProblem) -> int:
    """The length a KV cache must hold: the document, and the answer."""
    return max(problem.prompt_tokens, 1) + max(problem.output_tokens, 0)


def layer_bytes(problem: PlanningProblem, layer: int, longest_chunk: int) -> int:
    """Weights and KV cache of one layer; a sliding layer keeps its window and one chunk."""
    shape = problem.model.layers[layer]
    kept = session_tokens(problem)
    if shape.window_tokens is not None:
        kept = min(kept, shape.window_tokens + longest_chunk)
    return shape.weight_bytes + shape.kv_bytes_per_token * kept * problem.sequences


def end_bytes(shape: ModelShape, first_layer: int, last_layer: int) -> int:
    """Embedding and head where the stage holds an end; a tied head needs the embedding too."""
    at_start = first_layer == 0
    at_end = last_layer == len(shape.layers)
    total = shape.embedding_bytes if at_start or (at_end and shape.tied) else 0
    return total + (shape.head_bytes if at_end else 0)


def stage_bytes(
    problem: PlanningProblem,
    device: DeviceProfile,
    first_layer: int,
    last_layer: int,
    longest_chunk: int,
) -> int:
    """Memory a stage of layers [first_layer, last_layer) needs on a device."""
    needed = sum(
        layer_bytes(problem, layer, longest_chunk) for layer in range(first_layer, last_layer)
    )
    needed += end_bytes(problem.model, first_layer, last_layer)
    needed += activation_peak_bytes(problem, longest_chunk)
    return with_reserve(needed) + device.floor_memory_bytes


def with_reserve(needed_bytes: float) -> int:
    """Bytes with the reserve on top."""
    return int(needed_bytes * (1 + RESERVE_SHARE))


def room_for_layers(device: DeviceProfile) -> float:
    """Bytes a device has for weights, caches and activations, its floor and reserve taken off."""
    return (device.memory_limit_bytes - device.floor_memory_bytes) / (1 + RESERVE_SHARE)
