"""One split's pipeline, opened up: what each small change of the chunk list would do.

The finish time is the longest path through a grid of resources (stages and links) and chunks.
With the longest paths to and from every place known, a change of two neighbouring chunks needs
only those two columns again: a path crosses into the unchanged rest along some resource. So all
small changes of a list are weighed at once, as if queues had no bound.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runtime.planner.judge import Judge, Splits
from runtime.planner.tables import Floats, Ints

# Chunk boundaries move by these many units of the grid.
SHIFTS = (1, 2, 4, 8, 16, 32)


class Flow:
    """The resources of one split: stage, link, stage, ..., stage."""

    def __init__(self, judge: Judge, splits: Splits) -> None:
        self._judge = judge
        self._splits = splits
        stages = splits.orders.shape[1]
        self._resources = 2 * stages - 1
        self._delays: Floats = np.zeros(self._resources)
        self._delays[1::2] = splits.latencies[0]
        self._head = float(splits.head[0])
        # Busy seconds come as stages, then links; here they alternate.
        self._alternating = np.zeros(self._resources, dtype=np.int64)
        self._alternating[0::2] = np.arange(stages)
        self._alternating[1::2] = stages + np.arange(stages - 1)

    def improve(
        self, chunks: Sequence[int], grid: int, longest: int, rounds: int
    ) -> tuple[int, ...]:
        """Take the best small change again and again, while there is one."""
        current = np.array(chunks, dtype=np.int64)
        for _ in range(rounds):
            changed = self._step(current, grid, longest)
            if changed is None:
                break
            current = changed
        return tuple(int(length) for length in current)

    def _step(self, chunks: Ints, grid: int, longest: int) -> Ints | None:
        seconds = self._columns(chunks)
        reached = self._forward(seconds)
        remaining = self._backward(seconds)
        moves = _moves(chunks, grid, longest)
        if not len(moves):
            return None
        values = self._weigh(moves, chunks, reached, remaining, seconds)
        now = self._worth(reached[-1, -1:], seconds.sum(axis=1)[None])[0]
        best = int(values.argmin())
        if not values[best] < now * (1 - 1e-9):
            return None
        return _changed(chunks, moves[best])

    def _columns(self, chunks: Ints) -> Floats:
        """Seconds of shape (resources, chunks)."""
        stages, links = self._judge.seconds(self._splits, chunks[None])
        found: Floats = np.empty((self._resources, len(chunks)))
        found[0::2] = stages[0]
        found[1::2] = links[0]
        return found

    def _forward(self, seconds: Floats) -> Floats:
        """When each resource ends each chunk."""
        ends: Floats = np.empty_like(seconds)
        arrivals: Floats = np.zeros(seconds.shape[1])
        for resource in range(self._resources):
            done = np.cumsum(seconds[resource])
            waits = np.maximum.accumulate(arrivals - (done - seconds[resource]))
            ends[resource] = done + np.maximum(waits, 0.0)
            arrivals = ends[resource] + self._delays[resource]
        return ends

    def _backward(self, seconds: Floats) -> Floats:
        """The longest path from the start of each chunk on each resource to the end of all."""
        left: Floats = np.empty_like(seconds)
        behind: Floats = np.zeros(seconds.shape[1])
        for resource in range(self._resources - 1, -1, -1):
            turned = seconds[resource, ::-1]
            done = np.cumsum(turned)
            waits = np.maximum.accumulate(behind[::-1] - (done - turned))
            left[resource] = (done + np.maximum(waits, 0.0))[::-1]
            behind = left[resource] + self._delays[resource - 1]
        return left

    def _weigh(
        self, moves: Ints, chunks: Ints, reached: Floats, remaining: Floats, seconds: Floats
    ) -> Floats:
        """Values of all moves, rows of (first chunk, chunks replaced, new length, new length)."""
        start, taken = moves[:, 0], moves[:, 1]
        positions = np.cumsum(chunks) - chunks
        fresh, final = self._fresh(moves[:, 2:], positions[start])
        at_end = start + taken == len(chunks)
        has_second = moves[:, 3] > 0
        for place, is_last in enumerate((at_end & ~has_second, at_end & has_second)):
            fresh[-1, is_last, place] += final[is_last, place]
        before: Floats = np.where(start > 0, reached[:, start - 1], 0.0)
        column = before
        for place in (0, 1):
            column = self._pass_column(column, fresh[:, :, place])
        after = np.where(at_end, 0.0, remaining[:, np.minimum(start + taken, len(chunks) - 1)])
        finish: Floats = (column + after).max(axis=0)
        total = np.concatenate(([[0.0]] * self._resources, np.cumsum(seconds, axis=1)), axis=1)
        gone = total[:, start + taken] - total[:, start]
        busy = total[:, -1:] - gone + fresh.sum(axis=2)
        return self._worth(finish, busy.T)

    def _fresh(self, lengths: Ints, positions: Ints) -> tuple[Floats, Floats]:
        """Seconds of the new chunks, shape (resources, moves, 2), and what each would cost the last
        stage beside that if it were the last one, shape (moves, 2).
        """
        tables = self._judge.tables
        features = tables.features_at(lengths, positions)
        terms = self._splits.terms[0]
        found: Floats = np.empty((self._resources, len(lengths), 2))
        found[0::2] = np.tensordot(terms, features, axes=([1], [1]))
        found[1::2] = self._splits.rates[0][:, None, None] * lengths
        return found, self._head + np.tensordot(features, self._splits.final[0], axes=([1], [0]))

    def _pass_column(self, column: Floats, seconds: Floats) -> Floats:
        """One more chunk: when each resource ends it, shape (resources, moves)."""
        ends: Floats = np.empty_like(column)
        arrived: Floats = np.zeros(column.shape[1])
        for resource in range(self._resources):
            ends[resource] = np.maximum(column[resource], arrived) + seconds[resource]
            arrived = ends[resource] + self._delays[resource]
        return ends

    def _worth(self, finish: Floats, busy: Floats) -> Floats:
        """busy has shape (plans, resources), in this class's order of resources."""
        back = np.empty_like(busy)
        back[:, self._alternating] = busy
        return self._judge.worth(finish, back, self._splits)


def _moves(chunks: Ints, grid: int, longest: int) -> Ints:
    """Every boundary moved, every two neighbours joined, every chunk cut in two."""
    count = len(chunks)
    found = []
    places = np.arange(count - 1)
    for shift in SHIFTS:
        for step in (-shift * grid, shift * grid):
            first, second = chunks[:-1] + step, chunks[1:] - step
            fine = (first > 0) & (second > 0) & (first <= longest) & (second <= longest)
            found.append(_rows(places[fine], 2, first[fine], second[fine]))
    joined = chunks[:-1] + chunks[1:]
    fine = joined <= longest
    found.append(_rows(places[fine], 2, joined[fine], np.zeros_like(joined[fine])))
    every = np.arange(count)
    for share in (2, 4):
        part = np.maximum(chunks // share // grid, 1) * grid
        for first in (part, (chunks - part) // grid * grid):
            fine = (first > 0) & (first < chunks)
            found.append(_rows(every[fine], 1, first[fine], (chunks - first)[fine]))
    return np.concatenate(found)


def _changed(chunks: Ints, move: Ints) -> Ints:
    start, taken, first, second = (int(part) for part in move)
    new = [first, second] if second else [first]
    return np.concatenate((chunks[:start], new, chunks[start + taken :])).astype(np.int64)


def _rows(start: Ints, taken: int, first: Ints, second: Ints) -> Ints:
    return np.stack((start, np.full_like(start, taken), first, second), axis=1)
