"""A problem's costs as arrays, so that many plans can be weighed at once.

The seconds of a stage for a chunk are a sum of products: what the stage's layers cost (terms)
times what the chunk is (features). Both have the same places along their axis of `width`: a chunk,
its tokens, how near it is to each measured length, its query-key pairs by kind of layer (and by
nearness to each length); a single token, its context by kind of layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from runtime.planner.by_length import lengths_of, values_at, weights
from runtime.planner.cost import ROUNDING_LAYER_SHARE, Network, activation_bytes
from runtime.planner.memory import (
    BESIDE_WINDOW_TOKENS,
    activation_peak_bytes,
    end_bytes,
    room_for_layers,
    session_tokens,
)
from runtime.planner.values import DeviceProfile, PlanningProblem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Chunk lengths up to here are looked up instead of computed.
MOST_LOOKED_UP = 8192
# The chunk whose tokens' cost stands for all.
TYPICAL_CHUNK = 256


class Tables:
    """Costs and memory of a problem's usable devices, named from here on by their index."""

    def __init__(self, problem: PlanningProblem) -> None:
        shape = problem.model
        self.problem = problem
        self.tokens = max(problem.prompt_tokens, 1)
        self.output_tokens = max(problem.output_tokens, 0)
        self.sequences = max(problem.sequences, 1)
        self.layer_count = len(shape.layers)
        self.kinds = sorted(
            {(layer.kind, layer.window_tokens) for layer in shape.layers},
            key=lambda kind: (kind[0], kind[1] or 0),
        )
        names = [kind for kind, _ in self.kinds]
        self.devices = tuple(device for device in problem.devices if is_usable(device, names))
        self.lengths = lengths_of(
            [cost for device in self.devices for cost in device.layer_costs.values()]
        )
        # Where the pairs of the first kind, and the single token, have their places.
        self._pairs_at = 2 + len(self.lengths)
        self._pair_places = max(len(self.lengths), 1)
        self._single_at = self._pairs_at + len(self.kinds) * self._pair_places
        self.width = self._single_at + 1 + len(self.kinds)
        self._nearness = self._nearness_of(np.arange(min(self.tokens, MOST_LOOKED_UP) + 1))
        self._fill_costs()
        self._fill_links()
        self._fill_memory()

    def _fill_costs(self) -> None:
        """layer_terms[device, b]: layers [0, b). stage_terms: any stage. start_terms: the first.

        The last layer keeps only keys and values: final_terms is what it also does for the chunk
        that is read.
        """
        shape, kinds, sequences = self.problem.model, len(self.kinds), self.sequences
        which = [self.kinds.index((layer.kind, layer.window_tokens)) for layer in shape.layers]
        self.kind_counts: Floats = np.bincount(which, minlength=kinds).astype(np.float64)
        if which and shape.last_layer_share < 1:
            self.kind_counts[which[-1]] -= 1  # what is done in it is too little to bound a plan by
        count = len(self.devices)
        self.kind_terms: Floats = np.zeros((count, kinds, self.width))
        self.layer_terms: Floats = np.zeros((count, self.layer_count + 1, self.width))
        self.stage_terms: Floats = np.zeros((count, self.width))
        self.start_terms: Floats = np.zeros((count, self.width))
        self.final_terms: Floats = np.zeros((count, self.width))
        self.rounding_terms: Floats = np.zeros((count, self.width))
        self.head: Floats = np.array([each.head.decode_fixed_seconds for each in self.devices])
        single = self._single_at
        for index, device in enumerate(self.devices):
            by_kind = self.kind_terms[index]
            for kind, (name, _) in enumerate(self.kinds):
                cost = device.layer_costs[name]
                places = self._pairs_at + kind * self._pair_places + np.arange(self._pair_places)
                if cost.by_length:
                    seconds, per_pair = values_at(cost, self.lengths)
                    by_kind[kind, 2 : self._pairs_at] = seconds
                    by_kind[kind, places] = np.array(per_pair) * sequences
                else:
                    by_kind[kind, 0] = cost.fixed_seconds
                    by_kind[kind, 1] = cost.per_token_seconds * sequences
                    by_kind[kind, places] = cost.per_pair_seconds * sequences
                by_kind[kind, single] = cost.decode_fixed_seconds
                by_kind[kind, single + 1 + kind] = cost.decode_per_context_token_seconds * sequences
            layers = by_kind[which]
            if which and shape.last_layer_share < 1:
                last = layers[-1].copy()
                layers[-1, : self._pairs_at] *= shape.last_layer_share
                layers[-1, self._pairs_at : single] = 0.0
                self.final_terms[index] = last - layers[-1]
            self.layer_terms[index, 1:] = np.cumsum(layers, axis=0)
            self.stage_terms[index, [0, single]] = device.chunk_overhead_seconds
            end = device.embedding
            self.start_terms[index, 0] = end.fixed_seconds
            self.start_terms[index, 1] = (end.per_token_seconds + end.per_pair_seconds) * sequences
            self.start_terms[index, single] = (
                end.decode_fixed_seconds + end.decode_per_context_token_seconds * sequences
            )
            typical = self.layer_terms[index, -1] @ self._typical_tokens()
            mean = typical / max(self.layer_count, 1)
            self.rounding_terms[index, [1, single]] = ROUNDING_LAYER_SHARE * mean
        # A token in the middle of the answer stands for all of them.
        middle = self.tokens + self.output_tokens // 2 - 1
        one = np.ones((1, 1), dtype=np.int64)
        self.step_features: Floats = self.features_at(one, middle)[0, :, 0]

    def _fill_links(self) -> None:
        network = Network(self.problem)
        machines = [device.machine_id for device in self.devices]
        count = len(machines)
        self.seconds_per_byte: Floats = np.zeros((count, count))
        self.latency: Floats = np.zeros((count, count))
        for sender in range(count):
            for receiver in range(count):
                link = network.between(machines[sender], machines[receiver])
                rate = link.bytes_per_second
                usable = rate > 0 and 0 <= link.latency_seconds < math.inf
                self.seconds_per_byte[sender, receiver] = 1 / rate if usable else math.inf
                self.latency[sender, receiver] = link.latency_seconds if usable else math.inf
        self.hop_in: Floats = np.array([network.hop_from_main(each) for each in machines])
        self.hop_out: Floats = np.array([network.hop_to_main(each) for each in machines])

    def _fill_memory(self) -> None:
        problem = self.problem
        shape = problem.model
        kept = session_tokens(problem)
        self._weights: Floats = np.cumsum([0.0] + [layer.weight_bytes for layer in shape.layers])
        self._kv_per_token = np.array(
            [layer.kv_bytes_per_token * self.sequences for layer in shape.layers], dtype=float
        )
        self._kept = np.full(self.layer_count, float(kept))
        self._windows = np.array([layer.window_tokens or math.inf for layer in shape.layers])
        count = self.layer_count
        self.end_extra = (
            float(end_bytes(shape, 0, -1)),
            float(end_bytes(shape, -1, count)),
            float(end_bytes(shape, 0, count)),
        )
        self.room: Floats = np.array([room_for_layers(device) for device in self.devices])
        self._layer_memory: dict[int, Floats] = {}

    def layer_memory(self, longest_chunk: int) -> Floats:
        """Bytes of layers [0, b) for every b, without ends and activations."""
        if longest_chunk not in self._layer_memory:
            kept = np.minimum(self._kept, self._windows + longest_chunk + BESIDE_WINDOW_TOKENS)
            grown = np.concatenate(([0.0], np.cumsum(self._kv_per_token * kept)))
            self._layer_memory[longest_chunk] = self._weights + grown
        return self._layer_memory[longest_chunk]

    def activations(self, longest_chunk: int) -> float:
        return float(activation_peak_bytes(self.problem, longest_chunk))

    def stage_ends(self, at_start: bool, at_end: bool) -> float:
        """Bytes of embedding and head a stage holds."""
        if at_start and at_end:
            return self.end_extra[2]
        return self.end_extra[0] if at_start else self.end_extra[1] if at_end else 0.0

    def connected(self, order: Sequence[int]) -> bool:
        """Whether chunks can travel along this order, and tokens to and from the main machine."""
        if not self.hop_in[order[0]] < math.inf or not self.hop_out[order[-1]] < math.inf:
            return False
        return all(self.latency[a, b] < math.inf for a, b in pairwise(order))

    def features(self, lengths: Ints) -> Floats:
        """What chunk lists of shape (lists, chunks) are, shape (lists, width, chunks).

        A length of 0 is no chunk: all its features are 0.
        """
        return self.features_at(lengths, 0)

    def features_at(self, lengths: Ints, first_positions: Ints | int) -> Floats:
        """The same for lists that start at positions of shape (lists,)."""
        positions = np.cumsum(lengths, axis=1) - lengths + np.reshape(first_positions, (-1, 1))
        ends = positions + lengths
        found: Floats = np.zeros((len(lengths), self.width, lengths.shape[1]))
        single = lengths == 1
        found[:, 0] = lengths > 0
        found[:, 1] = lengths
        near_pairs: Floats | None = None
        if self.lengths:
            near, near_pairs = self._near(lengths)
            found[:, 2 : self._pairs_at] = near
        for kind, (_, window) in enumerate(self.kinds):
            pairs = visible(ends, window) - visible(positions, window)
            place = self._pairs_at + kind * self._pair_places
            if near_pairs is None:
                found[:, place] = pairs
            else:
                found[:, place : place + self._pair_places] = near_pairs * pairs[:, None]
        if single.any():
            found[:, : self._single_at] *= ~single[:, None, :]
            found[:, self._single_at] = single
            for kind, (_, window) in enumerate(self.kinds):
                seen = ends if window is None else np.minimum(ends, window)
                found[:, self._single_at + 1 + kind] = seen * single
        return found

    def _near(self, lengths: Ints) -> tuple[Floats, Floats]:
        """Nearness to each measured length, shape (lists, lengths, chunks), twice."""
        seconds, per_pair = self._nearness
        if int(lengths.max(initial=0)) < len(seconds):
            seconds, per_pair = seconds[lengths], per_pair[lengths]
        else:
            seconds, per_pair = self._nearness_of(lengths)
        return np.moveaxis(seconds, -1, 1), np.moveaxis(per_pair, -1, 1)

    def _nearness_of(self, lengths: Ints) -> tuple[Floats, Floats]:
        if not self.lengths:
            return np.zeros((1, 0)), np.zeros((1, 0))
        return weights(self.lengths, lengths * self.sequences)

    def _typical_tokens(self) -> Floats:
        """Features of one token among many, without its pairs and without what a chunk costs."""
        found: Floats = np.zeros(self.width)
        found[1] = 1.0
        if self.lengths:
            length = max(TYPICAL_CHUNK // self.sequences, 1)
            found[2 : self._pairs_at] = self._nearness_of(np.array([length]))[0][0] / length
        return found

    def terms(self, orders: Ints, cuts: Ints, bits: int) -> Floats:
        """What stages cost, for orders (plans, stages) and cuts (plans, stages + 1).

        The result has shape (plans, stages, width); the head is not in it.
        """
        found = self.layer_terms[orders, cuts[:, 1:]] - self.layer_terms[orders, cuts[:, :-1]]
        found += self.stage_terms[orders]
        found[:, 0] += self.start_terms[orders[:, 0]]
        stages = orders.shape[1]
        if bits == 8 and stages > 1:
            sides = np.full(stages, 2.0)
            sides[[0, -1]] = 1.0
            found += self.rounding_terms[orders] * sides[:, None]
        return found

    def bytes_per_token(self, bits: int) -> float:
        return float(activation_bytes(self.problem, 1, bits))

    def whole_prompt(self) -> Floats:
        """Features of the prompt as one chunk, shape (width,)."""
        found: Floats = self.features(np.array([[self.tokens]], dtype=np.int64))[0, :, 0]
        return found

    def even_prompt(self, count: int) -> Floats:
        """Features of the prompt in so many chunks of about one length, summed, shape (width,)."""
        ends = np.round(np.linspace(0, self.tokens, min(count, self.tokens) + 1)).astype(np.int64)
        found: Floats = self.features(np.diff(ends)[None])[0].sum(axis=-1)
        return found

    def least_work(self) -> Floats:
        """Seconds of one layer of each kind for the whole prompt at the device's best chunk length,
        shape (devices, kinds): no way to cut the prompt takes less.
        """
        prompt = self.whole_prompt()
        if not self.lengths or prompt[self._single_at]:
            found: Floats = self.kind_terms @ prompt
            return found
        rates = self.kind_terms[:, :, 3 : self._pairs_at] / np.array(self.lengths[1:])
        seconds: Floats = rates.min(axis=2) * self.tokens * self.sequences
        seconds += self.kind_terms[:, :, 1] * self.tokens
        for kind in range(len(self.kinds)):
            place = self._pairs_at + kind * self._pair_places
            places = slice(place, place + self._pair_places)
            seconds[:, kind] += self.kind_terms[:, kind, places].min(axis=1) * prompt[places].sum()
        return seconds


def visible(tokens: Ints, window: int | None) -> Floats:
    """Query-key pairs of the first `tokens` tokens, elementwise (see cost.visible_pairs)."""
    counts = tokens.astype(np.float64)
    if window is None:
        whole: Floats = counts * (counts + 1) / 2
        return whole
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
