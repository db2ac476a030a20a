"""The best plan there is, found by weighing every one: for problems small enough to allow it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from runtime.planner.judge import LONGEST_CHUNK_TOKENS, Candidate, Judge
from runtime.planner.search import ROUNDING_GAIN
from runtime.planner.tables import Ints, Tables

BATCH = 20_000


def best_of_all(tables: Tables, grid: int) -> tuple[Candidate, float] | None:
    """Over every order of every set of devices, all cuts, all chunk lists and both widths."""
    sixteen = best_at(tables, grid, 16)
    eight = best_at(tables, grid, 8)
    if sixteen is None or eight is None:
        return sixteen
    return eight if eight[1] < (1 - ROUNDING_GAIN) * sixteen[1] else sixteen


def best_at(tables: Tables, grid: int, bits: int) -> tuple[Candidate, float] | None:
    judge = Judge(tables)
    longest = max(LONGEST_CHUNK_TOKENS, grid)
    lists = [chunks for chunks in every_list(tables.tokens, grid) if max(chunks) <= longest]
    best: tuple[Candidate, float] | None = None
    for stages in range(1, min(len(tables.devices), tables.layer_count) + 1):
        orders, cuts = every_split(tables, stages)
        for chunks in lists if len(orders) else ():
            fits = judge.fitting(orders, cuts, max(chunks))
            for start in range(0, int(fits.sum()), BATCH):
                some = judge.splits(
                    orders[fits][start : start + BATCH], cuts[fits][start : start + BATCH], bits
                )
                values = judge.exact_values(some, np.array([chunks]))
                place = int(values.argmin())
                if best is None or values[place] < best[1]:
                    order, cut = some.orders[place].tolist(), some.cuts[place].tolist()
                    candidate = Candidate(tuple(order), tuple(cut), chunks, bits)
                    best = candidate, float(values[place])
    return best


def every_split(tables: Tables, stages: int) -> tuple[Ints, Ints]:
    inner = itertools.combinations(range(1, tables.layer_count), stages - 1)
    cuts = [(0, *between, tables.layer_count) for between in inner]
    orders = [
        order
        for order in itertools.permutations(range(len(tables.devices)), stages)
        if tables.connected(order)
    ]
    pairs = list(itertools.product(orders, cuts))
    return (
        np.array([order for order, _ in pairs], dtype=np.int64).reshape(len(pairs), stages),
        np.array([cut for _, cut in pairs], dtype=np.int64).reshape(len(pairs), stages + 1),
    )


def every_list(tokens: int, grid: int) -> list[tuple[int, ...]]:
    """Every way to cut the prompt on the grid."""
    return [tuple(chunks) for chunks in _every(tokens, grid)]


def _every(tokens: int, grid: int) -> Iterator[list[int]]:
    places = range(grid, tokens, grid)
    for count in range(len(places) + 1):
        for inner in itertools.combinations(places, count):
            ends = (0, *inner, tokens)
            yield [after - before for before, after in itertools.pairwise(ends)]
