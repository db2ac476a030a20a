"""What a candidate plan would cost, exactly, and quick lower bounds for many candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from runtime.planner.cost import activation_bytes
from runtime.planner.makespan import Schedule, finish_without_bounds, schedule
from runtime.planner.tables import Floats, Ints, Tables

# With "most documents" the answer's time decides only between equal throughputs.
ANSWER_WEIGHT = 0.01


class Candidate(NamedTuple):
    """A plan by indices: devices in order, layer cuts from 0 to the end, chunk lengths, bits."""

    order: tuple[int, ...]
    cuts: tuple[int, ...]
    chunks: tuple[int, ...]
    bits: int = 16


class Verdict(NamedTuple):
    """What a candidate costs. value is what the goal minimises."""

    value: float
    ttft_seconds: float
    tpot_seconds: float
    answer_seconds: float
    period_seconds: float
    stage_busy_seconds: tuple[float, ...]
    schedule: Schedule


class Judge:
    """Weighs candidates of one problem; remembers what it has weighed."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        problem = tables.problem
        self._throughput = problem.goal == "most_documents"
        self._values: dict[Candidate, float] = {}

    def value(self, candidate: Candidate) -> float:
        """The exact value, without looking at memory."""
        known = self._values.get(candidate)
        if known is None:
            known = self.verdict(candidate).value
            self._values[candidate] = known
        return known

    def verdict(self, candidate: Candidate) -> Verdict:
        """Play the candidate through."""
        tables = self.tables
        order, cuts, chunks, bits = candidate
        lengths = np.array([chunks], dtype=np.int64)
        stages, links = self.chunk_seconds(order, cuts, lengths, bits)
        latencies = [float(tables.latency[a, b]) for a, b in _neighbours(order)]
        played = schedule(
            [stage[0].tolist() for stage in stages],
            [link[0].tolist() for link in links],
            latencies,
            tables.problem.queue_depth,
        )
        hops = tables.hop_in[order[0]] + tables.hop_out[order[-1]]
        ttft = played.finish_seconds + hops
        tpot = float(self._tpot(order, np.array([cuts]), bits)[0])
        answer = ttft + tables.output_tokens * tpot
        busy = tuple(float(stage.sum()) for stage in stages)
        period = float(self._period(order, np.array([cuts]), bits, stages, links)[0])
        value = period + ANSWER_WEIGHT * answer if self._throughput else answer
        return Verdict(value, ttft, tpot, answer, period, busy, played)

    def bound_cuts(
        self, order: Sequence[int], cuts: Ints, chunks: Sequence[int], bits: int
    ) -> Floats:
        """Lower bounds of the values of many cuts, shape (candidates, stages + 1); inf: too big."""
        tables = self.tables
        lengths = np.array([chunks], dtype=np.int64)
        positions = np.cumsum(lengths, axis=1) - lengths
        pairs = tables.pairs(lengths, positions)
        stages = []
        last = len(order) - 1
        for stage, device in enumerate(order):
            each = np.concatenate(tables.kind_seconds(device, lengths, positions, pairs))
            counts = tables.counts[cuts[:, stage + 1]] - tables.counts[cuts[:, stage]]
            extra = tables.stage_extra(
                device, lengths, stage == 0, stage == last, (stage > 0) + (stage < last), bits
            )
            stages.append(counts @ each + extra)
        links = self._links(order, lengths, bits)
        values = self._values_of(order, cuts, bits, stages, links)
        values[~self._fitting(order, cuts, max(chunks))] = np.inf
        return values

    def bound_chunks(
        self, order: Sequence[int], cuts: Sequence[int], lengths: Ints, bits: int
    ) -> Floats:
        """Lower bounds of the values of many chunk lists, shape (lists, longest), padded with 0."""
        stages, links = self.chunk_seconds(order, cuts, lengths, bits)
        return self._values_of(order, np.array([cuts]), bits, stages, links)

    def longest_chunk(self, order: Sequence[int], cuts: Sequence[int], grid: int) -> int:
        """The longest chunk (a multiple of grid, or the whole prompt) these stages have room for.

        0: none.
        """
        tables = self.tables
        if tables.fits(order, cuts, tables.tokens):
            return tables.tokens
        low, high = 0, -(-tables.tokens // grid)
        while high - low > 1:
            middle = (low + high) // 2
            if tables.fits(order, cuts, middle * grid):
                low = middle
            else:
                high = middle
        return low * grid

    def chunk_seconds(
        self, order: Sequence[int], cuts: Sequence[int], lengths: Ints, bits: int
    ) -> tuple[list[Floats], list[Floats]]:
        """Seconds of every stage and link for chunk lists of shape (lists, chunks)."""
        tables = self.tables
        positions = np.cumsum(lengths, axis=1) - lengths
        pairs = tables.pairs(lengths, positions)
        stages = []
        last = len(order) - 1
        for stage, device in enumerate(order):
            counts = tables.counts[cuts[stage + 1]] - tables.counts[cuts[stage]]
            seconds = tables.stage_extra(
                device, lengths, stage == 0, stage == last, (stage > 0) + (stage < last), bits
            )
            each = tables.kind_seconds(device, lengths, positions, pairs)
            for count, kind in zip(counts, each, strict=True):
                if count:
                    seconds = seconds + count * kind
            stages.append(seconds)
        return stages, self._links(order, lengths, bits)

    def _links(self, order: Sequence[int], lengths: Ints, bits: int) -> list[Floats]:
        message = self.tables.chunk_bytes(lengths, bits)
        rates = self.tables.seconds_per_byte
        return [message * rates[a, b] for a, b in _neighbours(order)]

    def _values_of(
        self,
        order: Sequence[int],
        cuts: Ints,
        bits: int,
        stages: Sequence[Floats],
        links: Sequence[Floats],
    ) -> Floats:
        tables = self.tables
        latencies = [float(tables.latency[a, b]) for a, b in _neighbours(order)]
        finish = finish_without_bounds(stages, links, latencies)
        hops = tables.hop_in[order[0]] + tables.hop_out[order[-1]]
        answers: Floats = finish + hops
        if tables.output_tokens:
            answers = answers + tables.output_tokens * self._tpot(order, cuts, bits)
        if not self._throughput:
            return answers
        return self._period(order, cuts, bits, stages, links) + ANSWER_WEIGHT * answers

    def _decode(self, order: Sequence[int], cuts: Ints) -> list[Floats]:
        tables = self.tables
        last = len(order) - 1
        seconds = []
        for stage, device in enumerate(order):
            layers = tables.decode[device]
            embedding, head = tables.decode_ends[device]
            ends = tables.overheads[device] + (stage == 0) * embedding + (stage == last) * head
            seconds.append(layers[cuts[:, stage + 1]] - layers[cuts[:, stage]] + ends)
        return seconds

    def _tpot(self, order: Sequence[int], cuts: Ints, bits: int) -> Floats:
        tables = self.tables
        message = activation_bytes(tables.problem, 1, bits)
        travel = tables.hop_in[order[0]] + tables.hop_out[order[-1]]
        for a, b in _neighbours(order):
            travel += float(tables.latency[a, b] + message * tables.seconds_per_byte[a, b])
        total: Floats = np.sum(self._decode(order, cuts), axis=0) + travel
        return total

    def _period(
        self,
        order: Sequence[int],
        cuts: Ints,
        bits: int,
        stages: Sequence[Floats],
        links: Sequence[Floats],
    ) -> Floats:
        """Seconds per document when many wait: the busiest stage or link."""
        tables = self.tables
        message = activation_bytes(tables.problem, 1, bits)
        decode = self._decode(order, cuts)
        longest: Floats = np.zeros(1)
        for stage, step in zip(stages, decode, strict=True):
            longest = np.maximum(longest, stage.sum(axis=-1) + tables.output_tokens * step)
        for link, (a, b) in zip(links, _neighbours(order), strict=True):
            answer = tables.output_tokens * message * tables.seconds_per_byte[a, b]
            longest = np.maximum(longest, link.sum(axis=-1) + answer)
        return longest

    def _fitting(self, order: Sequence[int], cuts: Ints, longest_chunk: int) -> np.ndarray:
        tables = self.tables
        layers = tables.layer_memory(longest_chunk)
        activations = tables.activations(longest_chunk)
        last = len(order) - 1
        fitting = np.ones(len(cuts), dtype=bool)
        for stage, device in enumerate(order):
            ends = tables.stage_ends(stage == 0, stage == last) + activations
            needed = layers[cuts[:, stage + 1]] - layers[cuts[:, stage]] + ends
            fitting &= needed <= tables.room[device]
        return fitting


def _neighbours(order: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(order[:-1], order[1:], strict=True))
