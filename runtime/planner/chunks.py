"""Chunk lengths for given stages: equal-time lists, ramps at both ends, then small moves.

For every longest-chunk time there is one greedy list with the fewest chunks (TeraPipe and HPipe
enumerate these); here the lists are cut at equal shares of the work of the slowest stage, in
tokens as well as in time, optionally with shorter chunks while the pipeline fills and drains. The
makespan decides.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from runtime.planner.judge import Candidate, Judge
from runtime.planner.tables import Floats, Ints, Tables, visible

FLOOR_TOKENS = 64
MANY_UNITS = 9
RAMPS = ((1.0, 1.0), (0.5, 1.0), (1.0, 0.5), (0.5, 0.5), (0.25, 1.0), (1.0, 0.25), (0.25, 0.25))
STEPS = (1, 2, 4, 8)


def grid_tokens(tokens: int, sequences: int = 1) -> int:
    """Chunk lengths are multiples of this; side-by-side documents share the floor of rows."""
    grid = FLOOR_TOKENS
    while grid > 8 and sequences * grid >= 2 * FLOOR_TOKENS:
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
    lists = [uniform_chunks(tokens, n) for n in uniform_lengths(tokens, grid, longest)]
    return pick(judge, order, cuts, bits, lists)


def pick(
    judge: Judge,
    order: tuple[int, ...],
    cuts: tuple[int, ...],
    bits: int,
    lists: Iterable[Sequence[int]],
    incumbent: Candidate | None = None,
) -> Candidate | None:
    """The best of some chunk lists, or the incumbent if none is better."""
    unique = list(dict.fromkeys(tuple(n for n in chunks if n) for chunks in lists))
    best = incumbent
    best_value = math.inf if incumbent is None else judge.value(incumbent)
    bounds: list[tuple[float, int]] = []
    for members in _by_length(unique):
        padded = _padded([unique[index] for index in members])
        values = judge.bound_chunks(order, cuts, padded, bits)
        bounds += zip(values.tolist(), members, strict=True)
    for bound, index in sorted(bounds):
        if bound >= best_value:
            break
        candidate = Candidate(order, cuts, unique[index], bits)
        value = judge.value(candidate)
        if value < best_value:
            best, best_value = candidate, value
    return best


def starting_lists(
    judge: Judge, order: Sequence[int], cuts: Sequence[int], grid: int, longest: int
) -> list[tuple[int, ...]]:
    """Chunk lists worth weighing for these stages, none longer than `longest` per chunk."""
    tables = judge.tables
    units = -(-tables.tokens // grid)
    if units <= MANY_UNITS:
        return [chunks for chunks in _compositions(tables.tokens, grid) if max(chunks) <= longest]
    lists = [
        uniform_chunks(tables.tokens, length)
        for length in uniform_lengths(tables.tokens, grid, longest)
    ]
    work = _work_by_unit(tables, order, cuts, grid)
    counts = _chunk_counts(units)
    for count in counts:
        for start, end in RAMPS if count > 2 else RAMPS[:1]:
            for span in sorted({1, max(count // 8, 1), max(count // 4, 1)}):
                if (start, end) == (1.0, 1.0) and span > 1:
                    continue
                shares = np.ones(count)
                shares[:span] *= np.linspace(start, 1.0, span + 1)[:span]
                shares[count - span :] *= np.linspace(end, 1.0, span + 1)[:span][::-1]
                lists.append(_cut_by_work(work, shares, grid, tables.tokens))
    return [chunks for chunks in lists if max(chunks) <= longest]


def improve_chunks(
    judge: Judge, candidate: Candidate, grid: int, longest: int, rounds: int
) -> Candidate:
    """Shift, split and join chunks while that helps."""
    for _ in range(rounds):
        lists = _moves(candidate.chunks, grid, longest, judge.tables.tokens)
        better = pick(judge, candidate.order, candidate.cuts, candidate.bits, lists, candidate)
        if better is None or better == candidate:
            break
        candidate = better
    return candidate


def _moves(chunks: tuple[int, ...], grid: int, longest: int, tokens: int) -> list[tuple[int, ...]]:
    """Chunk lists one small step away."""
    ends = list(itertools.accumulate(chunks))
    inner = ends[:-1]
    found: list[tuple[int, ...]] = []

    def keep(cuts: list[int]) -> None:
        lengths = tuple(b - a for a, b in zip([0, *cuts], [*cuts, tokens], strict=True))
        if max(lengths) <= longest:
            found.append(lengths)

    for index, cut in enumerate(inner):
        before = inner[index - 1] if index else 0
        after = ends[index + 1]
        for step in STEPS:
            for moved in (cut - step * grid, cut + step * grid):
                if before < moved < after:
                    keep([*inner[:index], moved, *inner[index + 1 :]])
        keep([*inner[:index], *inner[index + 1 :]])
        for step in STEPS[:2]:
            # All later cuts move along: this chunk grows at the last one's expense, or shrinks.
            for shift in (-step * grid, step * grid):
                shifted = [other + shift for other in inner[index:]]
                if before < shifted[0] and shifted[-1] < tokens:
                    keep([*inner[:index], *shifted])
    for index, length in enumerate(chunks):
        start = ends[index] - length
        for part in {length // 2 // grid * grid, length // 4 // grid * grid, grid}:
            if 0 < part < length:
                keep([*inner[:index], start + part, *inner[index:]])
    return found


def _compositions(tokens: int, grid: int) -> list[tuple[int, ...]]:
    """Every way to cut the prompt on the grid."""
    places = range(grid, tokens, grid)
    found = []
    for count in range(len(places) + 1):
        for cuts in itertools.combinations(places, count):
            found.append(tuple(b - a for a, b in zip((0, *cuts), (*cuts, tokens), strict=True)))
    return found


def _chunk_counts(units: int) -> list[int]:
    counts = {1, 2, 3, 4, 5, 6, 7}
    count = 8.0
    while count < units:
        counts.add(round(count))
        count *= 1.19
    return sorted(count for count in counts if count <= units)


def _work_by_unit(tables: Tables, order: Sequence[int], cuts: Sequence[int], grid: int) -> Floats:
    """Seconds of the slowest stage for the first u units of the prompt, for every u."""
    units = -(-tables.tokens // grid)
    ends: Ints = np.minimum(np.arange(units + 1, dtype=np.int64) * grid, tables.tokens)
    slowest: Floats = ends.astype(float)
    longest = -1.0
    for stage, device in enumerate(order):
        counts = tables.counts[cuts[stage + 1]] - tables.counts[cuts[stage]]
        costs = tables.costs[device]
        work = float(counts @ costs.per_token) * ends
        for kind, (_, window) in enumerate(tables.kinds):
            work = work + counts[kind] * costs.per_pair[kind] * visible(ends, window)
        if work[-1] > longest:
            longest, slowest = float(work[-1]), work
    return slowest if slowest[-1] > 0 else ends.astype(float)


def _cut_by_work(work: Floats, shares: Floats, grid: int, tokens: int) -> tuple[int, ...]:
    """Cut so that each chunk has its share of the work, rounded to the grid."""
    targets = np.cumsum(shares)[:-1] / shares.sum() * work[-1]
    places = np.searchsorted(work, targets)
    nearer = (places > 0) & (targets - work[places - 1] < work[places] - targets)
    cuts = np.minimum((places - nearer) * grid, tokens)
    lengths = np.diff(np.concatenate(([0], cuts, [tokens])))
    return tuple(int(length) for length in lengths if length > 0)


def _by_length(lists: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Indices grouped by the power of two above their number of chunks, to pad little."""
    groups: dict[int, list[int]] = {}
    for index, chunks in enumerate(lists):
        groups.setdefault((len(chunks) - 1).bit_length(), []).append(index)
    return list(groups.values())


def _padded(lists: Sequence[tuple[int, ...]]) -> Ints:
    longest = max(len(chunks) for chunks in lists)
    padded = np.zeros((len(lists), longest), dtype=np.int64)
    for row, chunks in enumerate(lists):
        padded[row, : len(chunks)] = chunks
    return padded
