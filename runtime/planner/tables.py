"""A problem's costs as arrays, so that many plans can be weighed at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from runtime.planner.cost import ROUNDING_LAYER_SHARE, Network, activation_bytes, layer_seconds
from runtime.planner.memory import activation_peak_bytes, end_bytes, room_for_layers, session_tokens
from runtime.planner.values import DeviceProfile, LayerCost, PlanningProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class KindCosts(Struct, frozen=True):
    """One device's LayerCost fields, each an array over the model's kinds of layers."""

    fixed: Floats
    per_token: Floats
    per_pair: Floats
    decode_fixed: Floats
    decode_per_context: Floats


class Tables:
    """Costs and memory of a problem's usable devices, named from here on by their index."""

    def __init__(self, problem: PlanningProblem) -> None:
        shape = problem.model
        self.problem = problem
        self.tokens = max(problem.prompt_tokens, 1)
        self.output_tokens = max(problem.output_tokens, 0)
        self.layer_count = len(shape.layers)
        kinds = sorted(
            {(layer.kind, layer.window_tokens) for layer in shape.layers},
            key=lambda kind: (kind[0], kind[1] or 0),
        )
        self.kinds = kinds
        self.devices = tuple(
            device for device in problem.devices if is_usable(device, [kind for kind, _ in kinds])
        )
        which = [kinds.index((layer.kind, layer.window_tokens)) for layer in shape.layers]
        one_hot = np.zeros((self.layer_count + 1, len(kinds)))
        one_hot[np.arange(1, self.layer_count + 1), which] = 1.0
        self.counts: Floats = np.cumsum(one_hot, axis=0)
        self.costs = [
            _kind_costs([device.layer_costs[kind] for kind, _ in kinds]) for device in self.devices
        ]
        self.overheads = [device.chunk_overhead_seconds for device in self.devices]
        self._fill_decode()
        self._fill_links()
        self._fill_memory()

    def _fill_decode(self) -> None:
        problem = self.problem
        context = self.tokens + self.output_tokens // 2
        contexts = np.array([min(context, window or context) for _, window in self.kinds])
        self.decode: list[Floats] = []
        self.decode_ends: list[tuple[float, float]] = []
        self.rounding: list[float] = []
        for device, costs in zip(self.devices, self.costs, strict=True):
            each = costs.decode_fixed + costs.decode_per_context * contexts * problem.sequences
            self.decode.append(self.counts @ each)
            self.decode_ends.append(
                (
                    layer_seconds(device.embedding, 1, 0, 1, problem.sequences),
                    device.head.decode_fixed_seconds,
                )
            )
            layers = self.counts[-1]
            mean = float(layers @ costs.per_token) / max(self.layer_count, 1)
            self.rounding.append(ROUNDING_LAYER_SHARE * mean * problem.sequences)

    def _fill_links(self) -> None:
        network = Network(self.problem)
        machines = [device.machine_id for device in self.devices]
        count = len(machines)
        self.seconds_per_byte = np.zeros((count, count))
        self.latency = np.zeros((count, count))
        for sender in range(count):
            for receiver in range(count):
                link = network.between(machines[sender], machines[receiver])
                rate = link.bytes_per_second
                usable = rate > 0 and 0 <= link.latency_seconds < math.inf
                self.seconds_per_byte[sender, receiver] = 1 / rate if usable else math.inf
                self.latency[sender, receiver] = link.latency_seconds if usable else math.inf
        self.hop_in = [network.hop_from_main(machine) for machine in machines]
        self.hop_out = [network.hop_to_main(machine) for machine in machines]

    def _fill_memory(self) -> None:
        problem = self.problem
        shape = problem.model
        layers = shape.layers
        kept = session_tokens(problem)
        self._weights: Floats = np.cumsum([0.0] + [layer.weight_bytes for layer in layers])
        self._kv_per_token = np.array(
            [layer.kv_bytes_per_token * problem.sequences for layer in layers], dtype=float
        )
        self._kept = np.array([float(kept)] * self.layer_count)
        self._windows = np.array([layer.window_tokens or math.inf for layer in layers])
        count = self.layer_count
        self.end_extra = (
            float(end_bytes(shape, 0, -1)),
            float(end_bytes(shape, -1, count)),
            float(end_bytes(shape, 0, count)),
        )
        self.room = [room_for_layers(device) for device in self.devices]

    def layer_memory(self, longest_chunk: int) -> Floats:
        """Bytes of layers [0, b) for every b, without ends and activations."""
        kept = np.minimum(self._kept, self._windows + longest_chunk)
        grown = np.concatenate(([0.0], np.cumsum(self._kv_per_token * kept)))
        total: Floats = self._weights + grown
        return total

    def activations(self, longest_chunk: int) -> float:
        return float(activation_peak_bytes(self.problem, longest_chunk))

    def fits(self, order: Sequence[int], cuts: Sequence[int], longest_chunk: int) -> bool:
        """Whether each stage has room for its layers."""
        layers = self.layer_memory(longest_chunk)
        activations = self.activations(longest_chunk)
        last = len(order) - 1
        for stage, device in enumerate(order):
            needed = layers[cuts[stage + 1]] - layers[cuts[stage]] + activations
            needed += self.stage_ends(stage == 0, stage == last)
            if needed > self.room[device]:
                return False
        return True

    def stage_ends(self, at_start: bool, at_end: bool) -> float:
        """Bytes of embedding and head a stage holds."""
        if at_start and at_end:
            return self.end_extra[2]
        return self.end_extra[0] if at_start else self.end_extra[1] if at_end else 0.0

    def connected(self, order: Sequence[int]) -> bool:
        """Whether chunks can travel along this order, and tokens to and from the main machine."""
        if not self.hop_in[order[0]] < math.inf or not self.hop_out[order[-1]] < math.inf:
            return False
        return all(
            self.latency[a, b] < math.inf for a, b in zip(order[:-1], order[1:], strict=True)
        )

    def pairs(self, lengths: Ints, positions: Ints) -> list[Floats]:
        """Query-key pairs of chunks, one array per kind of layer."""
        return [
            visible(positions + lengths, window) - visible(positions, window)
            for _, window in self.kinds
        ]

    def kind_seconds(
        self, device: int, lengths: Ints, positions: Ints, pairs: Sequence[Floats]
    ) -> list[Floats]:
        """Seconds of one layer of each kind for these chunks; 0 where a length is 0."""
        costs = self.costs[device]
        rows = lengths * self.problem.sequences
        some = lengths > 0
        single = lengths == 1
        any_single = bool(single.any())
        seconds = []
        for kind, (_, window) in enumerate(self.kinds):
            each = (
                costs.fixed[kind] * some
                + costs.per_token[kind] * rows
                + costs.per_pair[kind] * self.problem.sequences * pairs[kind]
            )
            if any_single:
                context = np.minimum(positions + 1, window or np.inf) * self.problem.sequences
                one = costs.decode_fixed[kind] + costs.decode_per_context[kind] * context
                each = np.where(single, one, each)
            seconds.append(each)
        return seconds

    def stage_extra(
        self, device: int, lengths: Ints, at_start: bool, at_end: bool, links: int, bits: int
    ) -> Floats:
        """Seconds a stage adds to its layers for these chunks: overhead, ends, 8-bit rounding.

        links is how many of its two sides have a link. The head is paid with the last column.
        """
        some = lengths > 0
        extra = self.overheads[device] * some
        if at_start:
            cost = self.devices[device].embedding
            rows = lengths * self.problem.sequences
            full = cost.fixed_seconds * some
            full = full + (cost.per_token_seconds + cost.per_pair_seconds) * rows
            extra = extra + np.where(lengths == 1, self.decode_ends[device][0], full)
        if bits == 8 and links:
            extra = extra + self.rounding[device] * links * lengths
        if at_end:
            extra = extra.astype(float)
            extra[..., -1] += self.decode_ends[device][1]
        return extra

    def chunk_bytes(self, lengths: Ints, bits: int) -> Floats:
        return lengths * float(activation_bytes(self.problem, 1, bits))


def visible(tokens: Ints, window: int | None) -> Floats:
    """Query-key pairs of the first `tokens` tokens, elementwise (see cost.visible_pairs)."""
    counts = tokens.astype(float)
    if window is None:
        return counts * (counts + 1) / 2
    inside = np.minimum(counts, window)
    pairs: Floats = inside * (inside + 1) / 2 + (counts - inside) * window
    return pairs


def is_usable(device: DeviceProfile, kinds: Sequence[str]) -> bool:
    """Whether the device has finite, non-negative costs for every kind of layer."""
    costs = [device.embedding, device.head]
    for kind in kinds:
        if kind not in device.layer_costs:
            return False
        costs.append(device.layer_costs[kind])
    numbers = [device.chunk_overhead_seconds]
    for cost in costs:
        numbers += [
            cost.fixed_seconds,
            cost.per_token_seconds,
            cost.per_pair_seconds,
            cost.decode_fixed_seconds,
            cost.decode_per_context_token_seconds,
        ]
    return all(0 <= number < math.inf for number in numbers)


def _kind_costs(costs: Sequence[LayerCost]) -> KindCosts:
    return KindCosts(
        np.array([cost.fixed_seconds for cost in costs]),
        np.array([cost.per_token_seconds for cost in costs]),
        np.array([cost.per_pair_seconds for cost in costs]),
        np.array([cost.decode_fixed_seconds for cost in costs]),
        np.array([cost.decode_per_context_token_seconds for cost in costs]),
    )
