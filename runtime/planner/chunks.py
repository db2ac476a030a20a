"""Chunk lengths for given stages: equal-time lists, ramps at both ends, then small moves.

For every longest-chunk time there is one greedy list with the fewest chunks (TeraPipe and HPipe
enumerate these); here the lists are cut at equal shares of the work of the slowest stage,
optionally with shorter chunks while the pipeline fills and drains, and with longer or shorter ones
towards the end. The makespan decides.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from runtime.planner.flow import Flow
from runtime.planner.judge import Candidate, Judge, Splits
from runtime.planner.tables import TYPICAL_CHUNK, Floats, Ints

FLOOR_TOKENS = 64
# With this many grid units or fewer, every chunk list there is gets weighed.
FEW_UNITS = 9
COUNT_STEP = 1.3


class Profile(Struct, frozen=True):
    """A shape of chunk list: shares of the work at the start, the end, and a lean in between.

    The first chunk has `start` of a full share and grows to a full one, each by the same factor,
    over start_part of all chunks; likewise at the end. lean above 0 gives later chunks more.
    """

    start: float = 1.0
    start_part: float = 0.1
    end: float = 1.0
    end_part: float = 0.1
    lean: float = 0.0


PLAIN = Profile()
SHAPES = (
    PLAIN,
    Profile(start=0.3),
    Profile(end=0.3),
    Profile(start=0.3, end=0.3),
    Profile(start=0.15, start_part=0.5),
    Profile(end=0.15, end_part=0.5),
    Profile(start=0.15, start_part=0.4, end=0.15, end_part=0.4),
    Profile(lean=0.3),
    Profile(lean=-0.3),
)
FACTORS = (0.5, 0.75, 1.33, 2.0)
LEANS = (-0.2, -0.07, 0.07, 0.2)
LEAST_SHARE = 0.03


def grid_tokens(tokens: int, sequences: int = 1) -> int:
    """Chunk lengths are multiples of this: enough rows to work well, yet a few for any prompt.

    Documents read side by side share the floor of rows.
    """
    grid = FLOOR_TOKENS
    while grid > 8 and (sequences * grid >= 2 * FLOOR_TOKENS or tokens < 4 * grid):
        grid //= 2
    return grid


def uniform_chunks(tokens: int, length: int) -> tuple[int, ...]:
    """As many chunks of one length as fit, and the rest."""
    full, rest = divmod(tokens, length)
    return (length,) * full + ((rest,) if rest else ())


def uniform_lengths(tokens: int, grid: int, longest: int) -> list[int]:
    """The lengths worth trying: the shortest multiple of grid for each number of chunks."""
    units = -(-tokens // grid)
    lengths = {grid * -(-units // count) for count in range(1, units + 1)}
    lengths = {min(length, tokens) for length in lengths}
    return sorted(length for length in lengths if length <= longest)


def best_uniform(
    judge: Judge, order: tuple[int, ...], cuts: tuple[int, ...], bits: int, grid: int
) -> Candidate | None:
    """These stages with the best chunk list of one length; None: no chunk fits the memory."""
    tokens = judge.tables.tokens
    longest = judge.longest_chunk(order, cuts, grid)
    lists = [uniform_chunks(tokens, length) for length in uniform_lengths(tokens, grid, longest)]
    return pick(judge, Candidate(order, cuts, (), bits), lists)


def pick(judge: Judge, base: Candidate, lists: Iterable[Sequence[int]]) -> Candidate | None:
    """The stages of `base` with the best of some chunk lists, exactly; base's own is not tried."""
    unique = list(dict.fromkeys(map(tuple, lists)))
    if not unique:
        return None
    splits = judge.split(base.order, base.cuts, base.bits)
    bounds: list[tuple[float, int]] = []
    for members in _by_length(unique):
        padded = padded_lists([unique[index] for index in members])
        values = judge.bounds(splits, padded)
        bounds += zip(values.tolist(), members, strict=True)
    best, best_value = None, math.inf
    for bound, index in sorted(bounds):
        if bound >= best_value:
            break
        candidate = base._replace(chunks=unique[index])
        value = judge.value(candidate)
        if value < best_value or best is None:
            best, best_value = candidate, value
    return best


class ChunkSearch:
    """The best chunk list for stages of one problem."""

    def __init__(self, judge: Judge, grid: int) -> None:
        self._judge = judge
        self._grid = grid
        tables = judge.tables
        self._units = -(-tables.tokens // grid)
        self._ends: Ints = np.minimum(
            np.arange(self._units + 1, dtype=np.int64) * grid, tables.tokens
        )
        self._so_far: Floats = self._sums()
        self._fractions: dict[tuple[tuple[int, Profile], ...], list[Floats]] = {}
        self._uniform_lists: dict[tuple[int, ...], list[Ints]] = {}
        self._all = self._every_list() if self._units <= FEW_UNITS else None

    def _sums(self) -> Floats:
        """Features of the first u units for every u, without what a chunk costs in any case.

        Counted in pieces of a typical length, which is where tokens and pairs cost what they do.
        """
        tables = self._judge.tables
        piece = max(TYPICAL_CHUNK // self._grid, 1) * self._grid
        pieces = np.array([uniform_chunks(tables.tokens, piece)], dtype=np.int64)
        features = tables.features(pieces)[0]
        features[0] = 0.0
        ends = np.concatenate(([0], np.cumsum(pieces[0])))
        sums = np.concatenate((np.zeros((len(features), 1)), np.cumsum(features, axis=1)), axis=1)
        found: Floats = np.stack([np.interp(self._ends, ends, row) for row in sums], axis=1)
        return found

    def _every_list(self) -> Ints:
        """Every way to cut the prompt on the grid."""
        places = range(self._grid, self._judge.tables.tokens, self._grid)
        found = []
        for count in range(len(places) + 1):
            for cuts in itertools.combinations(places, count):
                whole = (0, *cuts, self._judge.tables.tokens)
                found.append([after - before for before, after in itertools.pairwise(whole)])
        return padded_lists(found)

    def best(
        self, base: Candidate, rounds: int, near: Sequence[int] | None = None
    ) -> Candidate | None:
        """The stages of `base` with the best list found; None: not even the shortest chunk fits.

        near: a list that suited similar stages; the number of chunks is sought around its own.
        rounds of small moves follow.
        """
        longest = self._judge.longest_chunk(base.order, base.cuts, self._grid)
        if longest == 0:
            return None
        if longest < self._ends[-1] and self._all is None:
            longest = longest // self._grid * self._grid
        if self._all is not None:
            return self._best_of_all(base, longest)
        splits = self._judge.split(base.order, base.cuts, base.bits)
        work = self._slowest_work(splits)
        shaped = self._shaped(splits, work, longest, None if near is None else len(near), rounds)
        lists = [shaped]
        if near is not None and max(near) <= longest:
            lists.append(tuple(near))
        if rounds:
            flow = Flow(self._judge, splits)
            lists += [
                flow.improve(chunks, self._grid, longest, rounds) for chunks in dict.fromkeys(lists)
            ]
        return pick(self._judge, base, lists)

    def _best_of_all(self, base: Candidate, longest: int) -> Candidate:
        lists = self._all
        assert lists is not None  # noqa: S101 - for the type checker; best() has looked
        lists = lists[lists.max(axis=1) <= longest]
        splits = self._judge.split(base.order, base.cuts, base.bits)
        best = int(self._judge.exact_values(splits, lists).argmin())
        return base._replace(chunks=tuple(int(length) for length in lists[best] if length))

    def _slowest_work(self, splits: Splits) -> Floats:
        """Seconds of the slowest stage for the first u units of the prompt, for every u."""
        work: Floats = self._so_far @ splits.terms[0].T
        slowest: Floats = work[:, int(work[-1].argmax())]
        return slowest if slowest[-1] > 0 else self._ends.astype(np.float64)

    def _shaped(
        self, splits: Splits, work: Floats, longest: int, near: int | None, rounds: int
    ) -> tuple[int, ...]:
        """The best number of chunks, and then the best shape for it."""
        counts = chunk_counts(self._units)
        if near is not None:
            counts = [count for count in counts if near / 1.8 <= count <= near * 1.8] or [near]
        plain = [(count, PLAIN) for count in counts]
        best = self._best_of(splits, self._cut(work, self._kept_fractions(plain)), longest)
        best = min(best, self._best_of(splits, self._uniform(counts), longest))
        around = sorted({max(round(len(best[1]) * factor), 1) for factor in (0.87, 1.0, 1.15)})
        shapes = [(count, profile) for count in around for profile in SHAPES]
        groups = self._kept_fractions(shapes)
        best = min(best, self._best_of(splits, self._cut(work, groups), longest))
        if rounds:
            best = min(best, self._climb(splits, work, longest, around[len(around) // 2], rounds))
        return best[1] or uniform_chunks(int(self._ends[-1]), longest)

    def _climb(
        self, splits: Splits, work: Floats, longest: int, count: int, rounds: int
    ) -> tuple[float, tuple[int, ...]]:
        """From the best shape to better ones nearby, while there are any."""
        known: dict[tuple[int, Profile], tuple[float, tuple[int, ...]]] = {}

        def weigh(shapes: list[tuple[int, Profile]]) -> None:
            fresh = [shape for shape in dict.fromkeys(shapes) if shape not in known]
            if not fresh:
                return
            most = max(each for each, _ in fresh)
            lists = self._cut(work, [_fractions(fresh, most)])[0]
            values = np.where(
                lists.max(axis=1) <= longest, self._judge.bounds(splits, lists), np.inf
            )
            for row, shape in enumerate(fresh):
                chunks = tuple(lists[row][lists[row] > 0].tolist())
                known[shape] = (float(values[row]), chunks)

        weigh([(count, profile) for profile in SHAPES])
        best = min(known, key=lambda shape: known[shape][0])
        for _ in range(rounds):
            weigh(_near_shapes(*best, self._units))
            better = min(known, key=lambda shape: known[shape][0])
            if not known[better][0] < known[best][0] * (1 - 1e-6):
                break
            best = better
        return known[best]

    def _best_of(
        self, splits: Splits, groups: Sequence[Ints], longest: int
    ) -> tuple[float, tuple[int, ...]]:
        """The least lower bound of the lists without too long a chunk, and its list."""
        best: tuple[float, tuple[int, ...]] = (math.inf, ())
        for lists in groups:
            some = lists if longest >= self._ends[-1] else lists[lists.max(axis=1) <= longest]
            if len(some):
                values = self._judge.bounds(splits, some)
                place = int(values.argmin())
                if values[place] < best[0]:
                    best = (float(values[place]), tuple(some[place][some[place] > 0].tolist()))
        return best

    def _uniform(self, counts: Sequence[int]) -> list[Ints]:
        """Lists of one length, with about these numbers of chunks."""
        key = tuple(counts)
        if key not in self._uniform_lists:
            tokens = int(self._ends[-1])
            lengths = sorted({self._grid * -(-self._units // count) for count in counts})
            lists = [uniform_chunks(tokens, min(length, tokens)) for length in lengths]
            self._uniform_lists[key] = [
                padded_lists([lists[index] for index in members]) for members in _by_length(lists)
            ]
        return self._uniform_lists[key]

    def _cut(self, work: Floats, groups: Sequence[Floats]) -> list[Ints]:
        """Lists whose chunks end where these shares of the work are done; zeros behind."""
        found = []
        for fractions in groups:
            targets = fractions * work[-1]
            places = np.searchsorted(work, targets)
            nearer = targets - work[np.maximum(places - 1, 0)] < work[places] - targets
            cuts = self._ends[places - (nearer & (places > 0))]
            lengths = np.diff(cuts, axis=1, prepend=0)
            if (lengths == 0).any():
                behind = np.argsort(lengths == 0, axis=1, kind="stable")
                lengths = np.take_along_axis(lengths, behind, axis=1)
            found.append(lengths)
        return found

    def _kept_fractions(self, shapes: Sequence[tuple[int, Profile]]) -> list[Floats]:
        """Where the chunks of shapes end, grouped by length; kept, since shapes come again."""
        key = tuple(shapes)
        if key not in self._fractions:
            self._fractions[key] = [
                _fractions([shapes[index] for index in members], max(shapes[i][0] for i in members))
                for members in _by_length([range(count) for count, _ in shapes])
            ]
        return self._fractions[key]


def _fractions(shapes: Sequence[tuple[int, Profile]], longest: int) -> Floats:
    """Where each chunk of these shapes ends, as a share of all work; 1 behind the last."""
    rows: Floats = np.ones((len(shapes), longest))
    for row, (count, profile) in enumerate(shapes):
        shares = np.cumsum(_shares(count, profile))
        rows[row, : count - 1] = shares[:-1] / shares[-1]
    return rows


def _near_shapes(count: int, profile: Profile, units: int) -> list[tuple[int, Profile]]:
    """The shape with one property changed."""
    found = [
        (min(max(round(count * factor), 1), units), profile) for factor in (0.8, 0.92, 1.09, 1.25)
    ]
    for factor in FACTORS:
        for field in ("start", "end"):
            share = min(max(getattr(profile, field) * factor, LEAST_SHARE), 1.0)
            found.append((count, msgspec.structs.replace(profile, **{field: share})))
            part = min(max(getattr(profile, f"{field}_part") * factor, 0.02), 1.0)
            found.append((count, msgspec.structs.replace(profile, **{f"{field}_part": part})))
    for lean in LEANS:
        leaning = min(max(profile.lean + lean, -1.2), 1.2)
        found.append((count, msgspec.structs.replace(profile, lean=leaning)))
    return found


def chunk_counts(units: int) -> list[int]:
    """Numbers of chunks to try: all small ones, then ever wider apart."""
    counts = {1, 2, 3, 4, 5, 6}
    count = 8.0
    while count < units:
        counts.add(round(count))
        count *= COUNT_STEP
    counts.add(units)
    return sorted(count for count in counts if count <= units)


def padded_lists(lists: Sequence[Sequence[int]]) -> Ints:
    """Lists as rows, zeros behind the shorter ones."""
    longest = max(len(chunks) for chunks in lists)
    padded = np.zeros((len(lists), longest), dtype=np.int64)
    for row, chunks in enumerate(lists):
        padded[row, : len(chunks)] = chunks
    return padded


def _shares(count: int, profile: Profile) -> Floats:
    """What each chunk takes of the work, in full shares."""
    shares: Floats = 1.0 + profile.lean * np.linspace(-0.5, 0.5, count)
    for share, part, ramp in (
        (profile.start, profile.start_part, shares),
        (profile.end, profile.end_part, shares[::-1]),
    ):
        span = min(max(round(count * part), 1), count)
        if share < 1:
            ramp[:span] *= np.geomspace(share, 1.0, span + 1)[:span]
    return shares


def _by_length(lists: Sequence[Sequence[int]]) -> list[list[int]]:
    """Indices grouped by the power of two above their number of chunks, to pad little."""
    groups: dict[int, list[int]] = {}
    for index, chunks in enumerate(lists):
        groups.setdefault((len(chunks) - 1).bit_length(), []).append(index)
    return list(groups.values())
