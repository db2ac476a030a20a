"""The search for the best plan: guesses by dynamic programming, improved until nothing helps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from runtime.planner.chunks import (
    ChunkSearch,
    best_uniform,
    chunk_counts,
    grid_tokens,
    pick,
    uniform_chunks,
)
from runtime.planner.feasible import find_fit
from runtime.planner.judge import Candidate, Judge
from runtime.planner.orders import MOST_IN_LINE, good_lines, neighbour_orders
from runtime.planner.partition import (
    FEW_CEILINGS,
    MAX_SET_DEVICES,
    Ranges,
    Split,
    every_split,
    splits_by_sets,
    splits_in_line,
)
from runtime.planner.tables import Ints

# An 8-bit hand-over must save this much of the time to be worth its rounding.
ROUNDING_GAIN = 0.005
# Guesses this far above what is needed are not improved.
HOPELESS = 1.01
# Up to so many ways to place the layers, each of them is weighed with a few chunk lists.
FEW_SPLITS = 6_000
# Blocks of layers while the order of more devices than sets allow is sought.
MANY_BLOCKS = 20
# Fewer chunks than seem best are tried too: they leave other splits room.
FEWER_CHUNKS = 4
# Around a good plan with many devices, these are moved this far, and so many others tried.
FAR = 3
MOST_SPARE = 6
# Orders are weighed as long as their places together are not more than this, and a few in any case.
PLACES_WALKED = 4_000
FEWEST_WALKED = 20
# Layers are handed between all pairs of few stages, of many only between near ones.
PAIRS_HANDED = 256
HANDED_FAR = 4
STEPS = (1, 2, 4, 8)


class Effort(Struct, frozen=True):
    """How much to try: blocks of layers, guesses kept and improved, small moves, other orders."""

    blocks: int
    guesses: int
    improved: int
    rounds: int
    places: int
    passes: int
    walks: int
    finalists: int


QUICK = Effort(
    blocks=24, guesses=6, improved=2, rounds=6, places=500, passes=1, walks=0, finalists=1
)
FULL = Effort(
    blocks=32, guesses=16, improved=8, rounds=60, places=1_000, passes=2, walks=2, finalists=4
)


class Search:
    """Finds the best candidate of one problem."""

    def __init__(self, judge: Judge, effort: Effort) -> None:
        self.judge = judge
        self.tables = judge.tables
        self.effort = effort
        problem = self.tables.problem
        self.grid = problem.chunk_grid_tokens or grid_tokens(self.tables.tokens, problem.sequences)
        self.chunk_search = ChunkSearch(judge, self.grid)
        self.fixed = self._fixed_order()
        self._lines: list[tuple[int, ...]] = []
        self._alone: dict[int, Candidate | None] = {}

    def _fixed_order(self) -> tuple[int, ...]:
        index = {device.key: place for place, device in enumerate(self.tables.devices)}
        return tuple(index[key] for key in self.tables.problem.fixed_order if key in index)

    def best(self, seeds: Iterable[Candidate] = ()) -> Candidate | None:
        """The best candidate found; None: nothing fits. seeds are plans it must not lose to."""
        sixteen = self._best_at(16, list(seeds))
        if sixteen is None or len(self.tables.devices) < 2:
            return sixteen
        if not self._rounding_could_gain(sixteen):
            return sixteen
        enough = (1 - ROUNDING_GAIN) * self.judge.value(sixteen)
        eight = self._best_at(8, [sixteen._replace(bits=8)], enough * HOPELESS)
        if eight is not None and len(eight.order) > 1 and self.judge.value(eight) < enough:
            return eight
        return sixteen

    def alone(self, device: int) -> Candidate | None:
        """All layers on one device; None: no room, or no way to it."""
        if device not in self._alone:
            self._alone[device] = self._find_alone(device)
        return self._alone[device]

    def _find_alone(self, device: int) -> Candidate | None:
        order, cuts = (device,), (0, self.tables.layer_count)
        longest = self.judge.longest_chunk(order, cuts, self.grid)
        if not longest or not self.tables.connected(order):
            return None
        # Nothing to overlap: the fewest chunks are best, of about the same length.
        tokens = self.tables.tokens
        if longest < tokens:
            longest = longest // self.grid * self.grid
        count = -(-tokens // longest)
        length = min(self.grid * -(-tokens // (self.grid * count)), longest)
        lists = [uniform_chunks(tokens, each) for each in sorted({length, longest})]
        return pick(self.judge, Candidate(order, cuts, ()), lists)

    def _rounding_could_gain(self, sixteen: Candidate) -> bool:
        """Whether 8-bit hand-overs may pay: for this plan, or by the approximation for others."""
        if self.effort.walks and self._has_few_splits:
            return True
        part = 1 - ROUNDING_GAIN / 2
        if len(sixteen.order) > 1:
            eight = sixteen._replace(bits=8)
            if self.judge.value(eight) < self.judge.value(sixteen):
                # Other chunks may suit the shorter messages.
                eight = self.chunk_search.best(eight, self.effort.rounds, eight.chunks) or eight
            if self.judge.value(eight) < part * self.judge.value(sixteen):
                return True
        if not self.effort.walks:
            return False
        wide, narrow = (self._rough_value(len(sixteen.chunks), bits) for bits in (16, 8))
        return narrow < part * wide

    def _rough_value(self, count: int, bits: int) -> float:
        """The best value of any split, by the approximation."""
        ranges = self._ranges(max(count, 4), bits, self.effort.blocks)
        if self.fixed:
            splits = splits_in_line(ranges, self.fixed, skip=False)
        elif len(self.tables.devices) <= MAX_SET_DEVICES:
            splits = splits_by_sets(ranges, 1)
        else:
            splits = [split for line in self._lines[:2] for split in splits_in_line(ranges, line)]
        return min((split.value for split in splits), default=math.inf)

    def with_chunks(
        self, order: tuple[int, ...], cuts: tuple[int, ...], bits: int
    ) -> Candidate | None:
        """These stages with the best list of chunks; None: no room."""
        return self.chunk_search.best(Candidate(order, cuts, (), bits), self.effort.rounds)

    def with_device(self, best: Candidate, device: int) -> Candidate | None:
        """The best plan of the same order with one more device in it; None: it cannot join."""
        if len(best.order) >= self.tables.layer_count:
            return None
        orders = [
            (*best.order[:place], device, *best.order[place:])
            for place in range(len(best.order) + 1)
        ]
        found = self._best_cuts(best, orders)
        if not found:
            return None
        fitted = self.chunk_search.best(found[0][1], 0, best.chunks)
        return None if fitted is None else self._improve_cuts(fitted)

    def _best_at(
        self, bits: int, seeds: list[Candidate], hopeless: float = math.inf
    ) -> Candidate | None:
        """The best with one activation width; given up when the first guesses are beyond hope."""
        judge = self.judge
        pool = {candidate for candidate in seeds if judge.fits(candidate)}
        if not self.fixed:
            alone = [self.alone(device) for device in range(len(self.tables.devices))]
            pool |= {candidate._replace(bits=bits) for candidate in alone if candidate}
        best: Candidate | None = None
        count = self._likely_count()
        for turn in range(self.effort.passes):
            blocks = self.tables.layer_count if turn else self.effort.blocks
            guesses = self._weighed(self._splits(count, bits, blocks), bits, count)
            if not turn and self.effort.walks:
                few = max(count // FEWER_CHUNKS, 4)
                guesses += self._weighed(self._splits(few, bits, blocks), bits, few)
            pool |= set(guesses)
            if not pool:
                pool |= self._any_fit(bits)
            if min(map(judge.value, pool), default=math.inf) > hopeless:
                return None
            guesses.sort(key=judge.value)
            pool |= {self.improve(each) for each in _best_orders(guesses, self.effort.improved)}
            found = min(pool, key=judge.value, default=None)
            if found is None or found == best:
                break
            best, count = found, len(found.chunks)
        for _ in range(self.effort.walks if best is not None and not self.fixed else 0):
            assert best is not None  # noqa: S101 - for the type checker
            walked = self._walk(best)
            if walked is None:
                break
            best = walked
            pool.add(best)
        finalists = _best_orders(sorted(pool, key=judge.value), self.effort.finalists)
        if finalists and judge.value(finalists[0]) > hopeless:
            return None
        return min(map(self._polish, finalists), key=judge.value, default=None)

    def _any_fit(self, bits: int) -> set[Candidate]:
        """A split that just fits, which the approximation may miss where memory is tight."""
        chunk = min(self.grid, self.tables.tokens)
        fit = None if self.fixed else find_fit(self.tables, chunk)
        if fit is None:
            return set()
        candidate = self.with_chunks(fit.order, fit.cuts, bits)
        return set() if candidate is None else {candidate}

    def _polish(self, best: Candidate) -> Candidate:
        """The last small moves of chunks and layers, however many chunks there are."""
        options = [best, self.chunk_search.best(best, self.effort.rounds, best.chunks)]
        if self.effort.walks:
            options.append(best_uniform(self.judge, best.order, best.cuts, best.bits, self.grid))
        fitted = min((each for each in options if each is not None), key=self.judge.value)
        return min((fitted, self._improve_cuts(fitted)), key=self.judge.value)

    def _likely_count(self) -> int:
        """Chunks that balance their fixed cost against filling and draining equal stages."""
        tables = self.tables
        stages = max(len(tables.devices), 1)
        best, best_seconds = 4, math.inf
        for count in chunk_counts(-(-tables.tokens // self.grid)):
            prompt = tables.even_prompt(count)
            alone = (tables.layer_terms[:, -1] + stages * tables.stage_terms) @ prompt
            together = 1 / (1 / np.maximum(alone, 1e-12)).sum()
            seconds = together * (1 + (stages - 1) / count)
            if seconds < best_seconds:
                best, best_seconds = count, float(seconds)
        return max(best, 4)

    def _splits(self, count: int, bits: int, blocks: int) -> list[Split]:
        """Orders and cuts worth weighing."""
        keep = self.effort.guesses
        fine = self._ranges(count, bits, self.tables.layer_count)
        if self.fixed:
            return sorted(splits_in_line(fine, self.fixed, skip=False))[:keep]
        if len(self.tables.devices) > MAX_SET_DEVICES:
            return self._splits_of_many(count, bits, fine)[:keep]
        coarse = self._ranges(count, bits, blocks)
        splits = splits_by_sets(coarse, keep)
        if not splits:
            splits = splits_by_sets(fine, keep)
        if self.tables.layer_count > blocks:
            orders = dict.fromkeys(split.order for split in splits)
            refined = {split for order in orders for split in splits_in_line(fine, order)}
            splits = sorted(refined | set(splits))[:keep]
        return [*dict.fromkeys([*splits, *self._every_split(count, bits)])]

    def _splits_of_many(self, count: int, bits: int, fine: Ranges) -> list[Split]:
        """Along good lines of more devices than all sets of them can be looked at."""
        for blocks in (MANY_BLOCKS, self.tables.layer_count):
            rough = Ranges(
                self.judge, count, bits, grid=self.grid, blocks=blocks, ceilings=FEW_CEILINGS
            )
            lines = good_lines(rough, self._lines, self.effort.guesses)
            if len(self.tables.devices) > MOST_IN_LINE and self._by_speed():
                lines = [*lines, tuple(self._by_speed())]
            found = {split for line in lines for split in splits_in_line(fine, line)}
            if found:
                self._lines = lines
                return sorted(found)
        return []

    @property
    def _has_few_splits(self) -> bool:
        devices, layers = len(self.tables.devices), self.tables.layer_count
        sizes = range(1, min(devices, layers) + 1)
        splits = sum(math.perm(devices, n) * math.comb(layers - 1, n - 1) for n in sizes)
        return splits <= FEW_SPLITS

    def _every_split(self, count: int, bits: int) -> list[Split]:
        """The most promising of all splits there are, where they are few; else none."""
        if not self._has_few_splits:
            return []
        tables, judge = self.tables, self.judge
        sizes = range(1, min(len(tables.devices), tables.layer_count) + 1)
        chunks = sorted({1, 2, 4, count, 3 * count})
        lists = {uniform_chunks(tables.tokens, self._length(each)) for each in chunks}
        found: list[Split] = []
        for stages in sizes:
            orders, cuts = every_split(tables, stages)
            if not len(orders):
                continue
            splits = judge.splits(orders, cuts, bits)
            best = np.full(len(orders), np.inf)
            for each in lists:
                fits = judge.fitting(orders, cuts, max(each))
                values = judge.bounds(splits, np.array([each]))
                best = np.minimum(best, np.where(fits, values, np.inf))
            found += [
                Split(
                    float(best[place]), tuple(orders[place].tolist()), tuple(cuts[place].tolist())
                )
                for place in np.argsort(best)[: self.effort.guesses]
                if best[place] < math.inf
            ]
        return sorted(found)[: self.effort.guesses]

    def _ranges(self, count: int, bits: int, blocks: int) -> Ranges:
        return Ranges(self.judge, count, bits, grid=self.grid, blocks=blocks)

    def _weighed(self, splits: Sequence[Split], bits: int, count: int) -> list[Candidate]:
        """Splits with suitable chunks, best first."""
        found = []
        for split in splits:
            near = uniform_chunks(self.tables.tokens, self._length(count))
            base = Candidate(split.order, split.cuts, (), bits)
            candidate = self.chunk_search.best(base, 0, near if len(near) > 2 else None)
            if candidate is not None:
                found.append(candidate)
        return sorted(found, key=self.judge.value)

    def _length(self, count: int) -> int:
        units = -(-self.tables.tokens // self.grid)
        return self.grid * max(units // max(count, 1), 1)

    def improve(self, candidate: Candidate) -> Candidate:
        """Cuts for the chunks, chunks for the cuts, until neither helps."""
        judge = self.judge
        best = candidate
        for _ in range(4):
            moved = self._improve_cuts(best)
            fitted = self.chunk_search.best(moved, self._rounds(moved), moved.chunks)
            if fitted is None:
                break
            better = min((moved, fitted), key=judge.value)
            if not judge.value(better) < judge.value(best) * (1 - 1e-7):
                break
            best = better
        return best

    def _rounds(self, candidate: Candidate) -> int:
        """Small moves worth making on the way: fewer where lists are long and each gains little."""
        places = len(candidate.chunks) * len(candidate.order)
        return min(self.effort.rounds, self.effort.places // max(places, 1))

    def _improve_cuts(self, candidate: Candidate) -> Candidate:
        """Hand layers from stage to stage while that helps."""
        judge = self.judge
        lengths = np.array([candidate.chunks], dtype=np.int64)
        for _ in range(self.effort.rounds):
            cuts = _neighbour_cuts(candidate.cuts)
            orders = np.broadcast_to(np.array(candidate.order), (len(cuts), len(candidate.order)))
            cuts = cuts[judge.fitting(orders, cuts, max(candidate.chunks))]
            if not len(cuts):
                break
            splits = judge.splits(orders[: len(cuts)], cuts, candidate.bits)
            bounds = judge.bounds(splits, lengths)
            value = judge.value(candidate)
            for index in np.argsort(bounds)[:4]:
                if not bounds[index] < value * (1 - 1e-9):
                    return candidate
                other = candidate._replace(cuts=tuple(cuts[index].tolist()))
                if judge.value(other) < value * (1 - 1e-9):
                    candidate = other
                    break
            else:
                return candidate
        return candidate

    def _walk(self, best: Candidate) -> Candidate | None:
        """A better plan with another order or set of devices, judged in full; None: none found."""
        judge = self.judge
        few = len(self.tables.devices) <= MAX_SET_DEVICES
        spare = [device for device in self._by_speed() if device not in best.order]
        reach = len(best.order) if few else FAR
        scored = self._best_cuts(best, neighbour_orders(best.order, spare[:MOST_SPARE], reach))
        for bound, candidate in scored[: self.effort.improved]:
            if bound > 1.03 * judge.value(best):
                break
            fitted = self.chunk_search.best(candidate, 0, candidate.chunks)
            if fitted is None:
                continue
            better = self.improve(fitted)
            if judge.value(better) < judge.value(best) * (1 - 1e-7):
                return better
        return None

    def _by_speed(self) -> list[int]:
        tables = self.tables
        seconds = tables.layer_terms[:, -1] @ tables.whole_prompt()
        return [int(device) for device in np.argsort(seconds)]

    def _best_cuts(
        self, best: Candidate, orders: Sequence[tuple[int, ...]]
    ) -> list[tuple[float, Candidate]]:
        """Orders with their best cuts for the chunks of `best`, by lower bound, best first.

        Of very many, some evenly spread.
        """
        judge = self.judge
        coarse = 2 * len(best.order) < self.effort.blocks
        blocks = self.effort.blocks if coarse else self.tables.layer_count
        ranges = self._ranges(len(best.chunks), best.bits, blocks)
        lengths = np.array([best.chunks], dtype=np.int64)
        scored: list[tuple[float, Candidate]] = []
        affordable = max(PLACES_WALKED // len(best.order), FEWEST_WALKED)
        for order in orders[:: max(-(-len(orders) // affordable), 1)]:
            splits = splits_in_line(ranges, order, skip=False)
            if not splits:
                continue
            cuts = np.array([split.cuts for split in splits])
            same = np.broadcast_to(np.array(order), (len(cuts), len(order)))
            bounds = judge.bounds(judge.splits(same, cuts, best.bits), lengths)
            place = int(bounds.argmin())
            candidate = best._replace(order=order, cuts=splits[place].cuts)
            scored.append((float(bounds[place]), candidate))
        return sorted(scored)


def _best_orders(ranked: Sequence[Candidate], count: int) -> list[Candidate]:
    """The first candidate of each of the first orders."""
    by_order: dict[tuple[int, ...], Candidate] = {}
    for candidate in ranked:
        by_order.setdefault(candidate.order, candidate)
    return [*by_order.values()][:count]


def _neighbour_cuts(cuts: tuple[int, ...]) -> Ints:
    """Cuts after handing 1, 2, 4 or 8 layers from one stage to another, those between shifting."""
    stages = len(cuts) - 1
    sizes = np.diff(cuts)
    apart = np.abs(np.subtract.outer(np.arange(stages), np.arange(stages)))
    givers, takers = np.nonzero((apart > 0) & (apart <= max(HANDED_FAR, PAIRS_HANDED // stages)))
    found = []
    for step in STEPS:
        fine = sizes[givers] > step
        changed = np.tile(sizes, (int(fine.sum()), 1))
        rows = np.arange(len(changed))
        changed[rows, givers[fine]] -= step
        changed[rows, takers[fine]] += step
        found.append(changed)
    ends = np.cumsum(np.concatenate(found), axis=1)
    return np.concatenate((np.zeros((len(ends), 1), dtype=ends.dtype), ends), axis=1)
