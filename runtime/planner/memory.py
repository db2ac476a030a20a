"""How much memory a stage takes: weights, KV cache, activations, ends, floor and a reserve."""

from __future__ import annotations

from runtime.planner.values import HEAD, DeviceProfile, ModelShape, PlanningProblem

# Blocks that do not fill, allocator slack, and what no formula foresees.
RESERVE_SHARE = 0.05
ACTIVATION_VALUE_BYTES = 4
# Rows of a chunk whose attention is computed together: their scores, of all tokens, are 16 bits.
ATTENTION_ROWS = 256
# Kept of a window besides it and a chunk: tokens that may be taken back, and blocks to their end.
BESIDE_WINDOW_TOKENS = 416
# Of what it may use beyond its floor, the most that an engine fills with weights kept to be faster.
SPEED_SHARE = 0.5


def activation_peak_bytes(problem: PlanningProblem, chunk_tokens: int) -> int:
    """The largest set of tensors alive at once in one layer, and the chunks waiting in queues.

    Attention's scores are those of few rows, but of as many tokens as were read.
    """
    shape = problem.model
    hidden = shape.hidden_size
    widest = max(2 * shape.intermediate_size, 4 * hidden)
    in_layer = (4 * hidden + widest) * ACTIVATION_VALUE_BYTES
    in_queues = 2 * problem.queue_depth * hidden * 2
    scores = ATTENTION_ROWS * 2 * session_tokens(problem)
    return chunk_tokens * problem.sequences * (in_layer + in_queues) + scores


def session_tokens(problem: PlanningProblem) -> int:
    """The length a KV cache must hold: the document, and the answer."""
    return max(problem.prompt_tokens, 1) + max(problem.output_tokens, 0)


def layer_bytes(problem: PlanningProblem, layer: int, longest_chunk: int) -> int:
    """Weights and KV cache of one layer; a sliding layer keeps its window and one chunk."""
    shape = problem.model.layers[layer]
    kept = session_tokens(problem)
    if shape.window_tokens is not None:
        kept = min(kept, shape.window_tokens + longest_chunk + BESIDE_WINDOW_TOKENS)
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


def expected_bytes(
    problem: PlanningProblem,
    device: DeviceProfile,
    first_layer: int,
    last_layer: int,
    longest_chunk: int,
) -> int:
    """What a stage will take: what it needs, and what its engine keeps to be faster.

    An engine keeps that while there is plenty of room, and gives it up for a text that needs it.
    """
    needed = stage_bytes(problem, device, first_layer, last_layer, longest_chunk)
    kept = _kept_for_speed(problem, device, first_layer, last_layer)
    return needed + kept if needed + kept <= device.memory_limit_bytes else needed


def _kept_for_speed(
    problem: PlanningProblem, device: DeviceProfile, first_layer: int, last_layer: int
) -> int:
    shape = problem.model
    by_kind = {spare.kind: spare.kept_bytes for spare in device.spare}
    layers = shape.layers[first_layer:last_layer]
    weights = sum(layer.weight_bytes for layer in layers) + end_bytes(
        shape, first_layer, last_layer
    )
    kept = sum(by_kind.get(layer.kind, 0) for layer in layers)
    most = SPEED_SHARE * (device.memory_limit_bytes - device.floor_memory_bytes)
    if weights + kept > most:
        return 0
    if last_layer == len(shape.layers):
        of_head = by_kind.get(HEAD, 0)
        kept += of_head if weights + kept + of_head < most else 0
    return kept


def with_reserve(needed_bytes: float) -> int:
    """Bytes with the reserve on top."""
    return int(needed_bytes * (1 + RESERVE_SHARE))


def room_for_layers(device: DeviceProfile) -> float:
    """Bytes a device has for weights, caches and activations, its floor and reserve taken off."""
    return (device.memory_limit_bytes - device.floor_memory_bytes) / (1 + RESERVE_SHARE)
