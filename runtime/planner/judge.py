"""What a candidate plan would cost, exactly, and quick lower bounds for many candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.planner.makespan import Schedule, finish_of_many, finish_without_bounds, schedule
from runtime.planner.tables import Floats, Ints, Tables

# With "most documents" the answer's time decides only between equal throughputs.
ANSWER_WEIGHT = 0.01
# Between chunks a job can be cancelled and tells how far it is; longer ones gain next to nothing.
LONGEST_CHUNK_TOKENS = 4096


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


class Splits(NamedTuple):
    """Plans of one number of stages without their chunks, priced: the arrays their times need.

    orders (plans, stages), cuts (plans, stages + 1), terms (plans, stages, width), rates (plans,
    links) in seconds per token, latencies (plans, links), and by plan: final (plans, width), which
    the last chunk costs the last stage beside its terms, head, hops, tpot; steps (plans, stages +
    links) are the seconds each is busy per token of the answer.
    """

    orders: Ints
    cuts: Ints
    bits: int
    terms: Floats
    rates: Floats
    latencies: Floats
    final: Floats
    head: Floats
    hops: Floats
    tpot: Floats
    steps: Floats


class Judge:
    """Weighs candidates of one problem; remembers what it has weighed."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.throughput = tables.problem.goal == "most_documents"
        self._values: dict[Candidate, float] = {}

    def splits(self, orders: Ints, cuts: Ints, bits: int) -> Splits:
        """Price orders (plans, stages) with cuts (plans, stages + 1)."""
        tables = self.tables
        terms = tables.terms(orders, cuts, bits)
        before, after = orders[:, :-1], orders[:, 1:]
        token_bytes = tables.bytes_per_token(bits)
        rates: Floats = token_bytes * tables.seconds_per_byte[before, after]
        latencies: Floats = tables.latency[before, after]
        head: Floats = tables.head[orders[:, -1]]
        hops: Floats = tables.hop_in[orders[:, 0]] + tables.hop_out[orders[:, -1]]
        decode = terms @ tables.step_features
        decode[:, -1] += head
        tpot: Floats = decode.sum(axis=1) + (rates + latencies).sum(axis=1) + hops
        steps = np.concatenate((decode, rates), axis=1)
        final: Floats = tables.final_terms[orders[:, -1]]
        return Splits(orders, cuts, bits, terms, rates, latencies, final, head, hops, tpot, steps)

    def split(self, order: Sequence[int], cuts: Sequence[int], bits: int) -> Splits:
        return self.splits(np.array([order]), np.array([cuts]), bits)

    def seconds(self, splits: Splits, lengths: Ints) -> tuple[Floats, Floats]:
        """Seconds of every stage and link for each chunk.

        lengths has shape (lists, chunks), padded with 0 behind; either splits or lists may be one,
        and then goes with all of the other. Shapes (plans, stages, chunks) and (plans, links,
        chunks).
        """
        features = self.tables.features(lengths)
        stages: Floats = np.matmul(splits.terms, features)
        last = np.count_nonzero(lengths, axis=1) - 1
        of_last = features[np.arange(len(features)), :, last]
        final = splits.head + (splits.final * of_last).sum(axis=1)
        stages[np.arange(len(stages)), -1, last] += final
        return stages, splits.rates[:, :, None] * lengths[:, None, :]

    def bounds(self, splits: Splits, lengths: Ints) -> Floats:
        """Lower bounds of the values, as if queues had no limit; memory is not looked at."""
        stages, links = self.seconds(splits, lengths)
        finish = finish_without_bounds(stages, links, splits.latencies)
        return self._worth(splits, finish, stages, links)

    def exact_values(self, splits: Splits, lengths: Ints) -> Floats:
        """The values, without looking at memory."""
        stages, links = self.seconds(splits, lengths)
        counts = np.count_nonzero(lengths, axis=1)
        latencies = np.broadcast_to(splits.latencies, (len(stages), links.shape[1]))
        depth = self.tables.problem.queue_depth
        finish = finish_of_many(stages, links, latencies, counts, depth)
        return self._worth(splits, finish, stages, links)

    def worth(self, finish: Floats, busy: Floats, splits: Splits) -> Floats:
        """What the goal minimises, from finish times and the busy seconds of all resources."""
        output = self.tables.output_tokens
        answers: Floats = finish + splits.hops + output * splits.tpot
        if not self.throughput:
            return answers
        period: Floats = (busy + output * splits.steps).max(axis=-1)
        return period + ANSWER_WEIGHT * answers

    def _worth(self, splits: Splits, finish: Floats, stages: Floats, links: Floats) -> Floats:
        if not self.throughput:
            return self.worth(finish, finish, splits)
        busy = np.concatenate((stages.sum(axis=2), links.sum(axis=2)), axis=1)
        return self.worth(finish, busy, splits)

    def value(self, candidate: Candidate) -> float:
        """The exact value, without looking at memory."""
        known = self._values.get(candidate)
        if known is None:
            known = self.verdict(candidate).value
            self._values[candidate] = known
        return known

    def verdict(self, candidate: Candidate) -> Verdict:
        """Play the candidate through."""
        order, cuts, chunks, bits = candidate
        splits = self.split(order, cuts, bits)
        stages, links = self.seconds(splits, np.array([chunks], dtype=np.int64))
        played = schedule(
            stages[0].tolist(),
            links[0].tolist(),
            splits.latencies[0].tolist(),
            self.tables.problem.queue_depth,
        )
        output = self.tables.output_tokens
        ttft = played.finish_seconds + float(splits.hops[0])
        tpot = float(splits.tpot[0])
        answer = ttft + output * tpot
        busy = np.concatenate((stages[0].sum(axis=1), links[0].sum(axis=1)))
        period = float((busy + output * splits.steps[0]).max())
        value = period + ANSWER_WEIGHT * answer if self.throughput else answer
        stage_busy = tuple(busy[: len(order)].tolist())
        return Verdict(value, ttft, tpot, answer, period, stage_busy, played)

    def fitting(self, orders: Ints, cuts: Ints, longest_chunk: int) -> NDArray[np.bool_]:
        """Which of many splits have room for every stage with chunks up to this long."""
        tables = self.tables
        layers = tables.layer_memory(longest_chunk)
        needed = layers[cuts[:, 1:]] - layers[cuts[:, :-1]] + tables.activations(longest_chunk)
        if orders.shape[1] == 1:
            needed += tables.stage_ends(True, True)
        else:
            needed[:, 0] += tables.stage_ends(True, False)
            needed[:, -1] += tables.stage_ends(False, True)
        found: NDArray[np.bool_] = np.all(needed <= tables.room[orders], axis=1)
        return found

    def fits(self, candidate: Candidate) -> bool:
        orders, cuts = np.array([candidate.order]), np.array([candidate.cuts])
        return bool(self.fitting(orders, cuts, max(candidate.chunks))[0])

    def longest_chunk(self, order: Sequence[int], cuts: Sequence[int], grid: int) -> int:
        """The longest chunk these stages have room for; 0: not even one of the grid."""
        orders, bounds = np.array([order]), np.array([cuts])
        most = min(self.tables.tokens, max(LONGEST_CHUNK_TOKENS, grid))
        if self.fitting(orders, bounds, most)[0]:
            return most
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            if self.fitting(orders, bounds, middle)[0]:
                low = middle
            else:
                high = middle
        return low if low >= min(grid, self.tables.tokens) else 0
