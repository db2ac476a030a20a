"""The search for the best plan: guesses by dynamic programming, improved until nothing helps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from runtime.planner.chunks import grid_tokens, improve_chunks, pick, starting_lists
from runtime.planner.judge import Candidate, Judge
from runtime.planner.partition import (
    MAX_EXACT_DEVICES,
    Ranges,
    cuts_for_order,
    orders_by_sets,
)

STEPS = (1, 2, 4, 8)
# An 8-bit hand-over must save this much of the time to be worth its rounding.
ROUNDING_GAIN = 0.005


class Effort(Struct, frozen=True):
    """How much to try: guesses kept, guesses improved, rounds of improvement."""

    guesses: int
    improved: int
    rounds: int
    passes: int
    neighbours: bool


QUICK = Effort(guesses=12, improved=2, rounds=4, passes=1, neighbours=False)
FULL = Effort(guesses=48, improved=8, rounds=40, passes=2, neighbours=True)


class Search:
    """Finds the best candidate of one problem, for one activation width at a time."""

    def __init__(self, judge: Judge, effort: Effort) -> None:
        self.judge = judge
        self.tables = judge.tables
        self.effort = effort
        problem = self.tables.problem
        self.grid = grid_tokens(self.tables.tokens, problem.sequences)

    def best(self, seeds: Iterable[Candidate] = ()) -> Candidate | None:
        """The best candidate found; None: nothing fits. seeds are plans it must not lose to."""
        sixteen = self._best_at(16, seeds)
        if sixteen is None or len(self.tables.devices) < 2:
            return sixteen
        eight = self._best_at(8, [sixteen._replace(bits=8)])
        if eight is None or len(eight.order) < 2:
            return sixteen
        gained = self.judge.value(eight) < (1 - ROUNDING_GAIN) * self.judge.value(sixteen)
        return eight if gained else sixteen

    def _best_at(self, bits: int, seeds: Iterable[Candidate]) -> Candidate | None:
        pool = {candidate for candidate in seeds if candidate.bits == bits}
        pool |= set(self._single_machines(bits))
        best = min(pool, key=self.judge.value, default=None)
        count = max(8, 2 * len(self.tables.devices)) if best is None else len(best.chunks)
        counts = sorted({max(count, 4), 16})
        for _ in range(self.effort.passes):
            guesses = self._guesses(counts, bits)
            improved = [self.improve(guess) for guess in self._most_promising([*guesses, *pool])]
            pool |= set(improved)
            pool |= {candidate for candidate in guesses if candidate in pool}
            found = min(pool, key=self.judge.value, default=None)
            if found is None or found == best:
                break
            best = found
            counts = [len(best.chunks)]
        if best is not None and self.effort.neighbours:
            best = self._walk(best)
        return best

    def _single_machines(self, bits: int) -> list[Candidate]:
        found = []
        for device in range(len(self.tables.devices)):
            order, cuts = (device,), (0, self.tables.layer_count)
            candidate = self.with_chunks(order, cuts, bits)
            if candidate is not None and self.tables.connected(order):
                found.append(candidate)
        return found

    def _guesses(self, counts: Sequence[int], bits: int) -> list[Candidate]:
        """Orders and cuts by dynamic programming, with equal chunks of about the right number."""
        found: dict[tuple[tuple[int, ...], tuple[int, ...]], Candidate] = {}
        for count in counts:
            ranges = Ranges(self.judge, count, bits, self.grid, coarse=True)
            if len(self.tables.devices) <= MAX_EXACT_DEVICES:
                splits = orders_by_sets(ranges, self.effort.guesses)
            else:
                splits = self._orders_by_steps(ranges)
            chunks = self._plain_chunks(ranges.chunk_tokens)
            for order, cuts in splits:
                found.setdefault((order, cuts), Candidate(order, cuts, chunks, bits))
        return list(found.values())

    def _plain_chunks(self, length: int) -> tuple[int, ...]:
        full, rest = divmod(self.tables.tokens, length)
        return (length,) * full + ((rest,) if rest else ())

    def _orders_by_steps(self, ranges: Ranges) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """For many devices: walk from good orders by swapping, moving, adding and dropping."""
        tables = self.tables
        speed = [
            float(busy[0, -1]) if np.isfinite(busy[0, -1]) else math.inf for busy in ranges.busy
        ]
        alone = [
            float(tables.counts[-1] @ (costs.per_token + costs.fixed)) for costs in tables.costs
        ]
        by_speed = sorted(range(len(alone)), key=lambda device: (alone[device], speed[device]))
        starts = [
            self._nearest_first(by_speed[:size])
            for size in sorted({min(size, len(by_speed)) for size in (3, 6, 10, 16, len(by_speed))})
        ]
        scores: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}

        def score(order: tuple[int, ...]) -> float:
            if order not in scores:
                scores[order] = min(cuts_for_order(ranges, order), default=(math.inf, ()))
            return scores[order][0]

        budget = 40_000 // max(len(alone), 1)
        for start in starts:
            current = start
            improving = True
            while improving and len(scores) < budget:
                improving = False
                for other in _neighbour_orders(current, len(alone)):
                    if score(other) < score(current) * (1 - 1e-9):
                        current = other
                        improving = True
                    if len(scores) >= budget:
                        break
        ranked = sorted(scores, key=lambda order: scores[order][0])
        return [
            (order, scores[order][1]) for order in ranked[: self.effort.guesses] if scores[order][1]
        ]

    def _nearest_first(self, members: Sequence[int]) -> tuple[int, ...]:
        """An order in which each device follows the one it has the fastest link to."""
        left = list(members)
        order = [left.pop(0)]
        while left:
            nearest = min(left, key=lambda other: self.tables.seconds_per_byte[order[-1], other])
            left.remove(nearest)
            order.append(nearest)
        return tuple(order)

    def _most_promising(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The best by their lower bounds, at most a few per set of devices."""
        scored = []
        for candidate in dict.fromkeys(candidates):
            bound = self.judge.bound_cuts(
                candidate.order, np.array([candidate.cuts]), candidate.chunks, candidate.bits
            )[0]
            scored.append((float(bound), candidate))
        scored.sort(key=lambda pair: pair[0])
        return [candidate for _, candidate in scored[: self.effort.improved]]

    def with_chunks(
        self, order: tuple[int, ...], cuts: tuple[int, ...], bits: int
    ) -> Candidate | None:
        """These stages with the best list of chunks to start from; None: no room."""
        longest = self.judge.longest_chunk(order, cuts, self.grid)
        if longest == 0:
            return None
        lists = starting_lists(self.judge, order, cuts, self.grid, longest)
        return pick(self.judge, order, cuts, bits, lists)

    def improve(self, candidate: Candidate) -> Candidate:
        """Chunks for the cuts, cuts for the chunks, until neither helps."""
        judge = self.judge
        best = candidate if self._fits(candidate) else None
        for _ in range(self.effort.rounds):
            base = candidate if best is None else best
            fresh = self.with_chunks(base.order, base.cuts, base.bits)
            options = [option for option in (fresh, best) if option is not None]
            if not options:
                return candidate
            current = min(options, key=judge.value)
            current = self._improve_cuts(current)
            longest = judge.longest_chunk(current.order, current.cuts, self.grid)
            current = improve_chunks(judge, current, self.grid, longest, self.effort.rounds)
            current = self._improve_cuts(current)
            if best is not None and judge.value(current) >= judge.value(best) * (1 - 1e-9):
                return min((best, current), key=judge.value)
            best = current
        return candidate if best is None else best

    def _fits(self, candidate: Candidate) -> bool:
        return self.tables.fits(candidate.order, candidate.cuts, max(candidate.chunks))

    def _improve_cuts(self, candidate: Candidate) -> Candidate:
        """Hand layers from stage to stage while that helps."""
        judge = self.judge
        for _ in range(self.effort.rounds):
            cuts = _neighbour_cuts(candidate.cuts)
            if not len(cuts):
                return candidate
            bounds = judge.bound_cuts(candidate.order, cuts, candidate.chunks, candidate.bits)
            value = judge.value(candidate)
            improved = False
            for index in np.argsort(bounds)[:8]:
                if not bounds[index] < value * (1 - 1e-12):
                    break
                other = candidate._replace(cuts=tuple(int(cut) for cut in cuts[index]))
                if judge.value(other) < value * (1 - 1e-12):
                    candidate, improved = other, True
                    break
            if not improved:
                return candidate
        return candidate

    def _walk(self, best: Candidate) -> Candidate:
        """Try other orders and sets of devices around the best plan, judged in full."""
        judge = self.judge
        count = len(self.tables.devices)
        ranges = Ranges(judge, len(best.chunks), best.bits, self.grid, coarse=True)
        seen = {best.order}
        improved = True
        while improved:
            improved = False
            scored = []
            for order in _neighbour_orders(best.order, count):
                if order in seen:
                    continue
                seen.add(order)
                splits = [cuts for _, cuts in cuts_for_order(ranges, order)]
                if not splits:
                    continue
                rows = np.unique(np.array(splits), axis=0)
                bounds = judge.bound_cuts(order, rows, best.chunks, best.bits)
                place = int(np.argmin(bounds))
                scored.append((float(bounds[place]), order, tuple(int(cut) for cut in rows[place])))
            for bound, order, cuts in sorted(scored)[: self.effort.improved]:
                if bound > 1.05 * judge.value(best):
                    break
                better = self.improve(Candidate(order, cuts, best.chunks, best.bits))
                if self._fits(better) and judge.value(better) < judge.value(best) * (1 - 1e-9):
                    best, improved = better, True
                    break
        return best


def _neighbour_cuts(cuts: tuple[int, ...]) -> np.ndarray:
    """Cuts after handing 1, 2, 4 or 8 layers from one stage to another, those between shifting."""
    stages = len(cuts) - 1
    sizes = np.diff(cuts)
    rows = []
    for giver, taker in itertools.permutations(range(stages), 2):
        for step in STEPS:
            if sizes[giver] > step:
                changed = sizes.copy()
                changed[giver] -= step
                changed[taker] += step
                rows.append(np.concatenate(([0], np.cumsum(changed))))
    return np.array(rows, dtype=np.int64).reshape(len(rows), stages + 1)


def _neighbour_orders(order: tuple[int, ...], count: int) -> list[tuple[int, ...]]:
    """Orders one swap, move, drop, addition or replacement away."""
    found: dict[tuple[int, ...], None] = {}
    spare = [device for device in range(count) if device not in order]
    length = len(order)
    for drop in range(length if length > 1 else 0):
        found[order[:drop] + order[drop + 1 :]] = None
    for a, b in itertools.combinations(range(length), 2):
        swapped = list(order)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        found[tuple(swapped)] = None
    for device in spare:
        for place in range(length + 1):
            found[(*order[:place], device, *order[place:])] = None
        for place in range(length):
            found[(*order[:place], device, *order[place + 1 :])] = None
    for source, target in itertools.permutations(range(length), 2):
        moved = list(order)
        moved.insert(target, moved.pop(source))
        found[tuple(moved)] = None
    return list(found)
