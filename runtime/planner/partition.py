"""Layers over devices by dynamic programming: first guesses of order and boundaries.

A candidate is approximated as (time of its busiest stage or link) + (time its first chunk takes to
travel through) + (the answer's tokens). For a ceiling on the busiest, the rest is a sum over
stages, so that dynamic programming over boundaries gives the best split, and over sets of devices
the best order too. Several ceilings cover the trade between a balanced pipeline and a short one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from runtime.planner.bound import lower_bound_seconds
from runtime.planner.judge import ANSWER_WEIGHT, Judge
from runtime.planner.tables import Floats, Ints, Tables

MAX_SET_DEVICES = 9
# Ceilings on the busiest stage or link, as multiples of what equally busy devices would need.
CEILINGS = (1.0, 1.02, 1.05, 1.1, 1.17, 1.27, 1.4, 1.6, 2.0, 3.0, 6.0, 20.0, 1e6)
FEW_CEILINGS = (1.03, 1.1, 1.25, 1.6, 3.0, 1e6)


class Split(NamedTuple):
    """Devices in order and cuts, with the value the approximation gives them."""

    value: float
    order: tuple[int, ...]
    cuts: tuple[int, ...]


class Ranges:
    """Every device's approximate times for every range of layers, at a number of chunks.

    Ranges start and end on `marks`: all layer boundaries, or a coarser choice for large models.
    busy is the seconds a range takes over the whole prompt, once what it adds to the time the first
    chunk needs to pass; both have shape (devices, marks, marks) and are inf where memory ends.
    """

    def __init__(
        self,
        judge: Judge,
        chunk_count: int,
        bits: int,
        *,
        grid: int,
        blocks: int,
        ceilings: Sequence[float] = CEILINGS,
    ) -> None:
        tables = judge.tables
        self.tables = tables
        self.devices = len(tables.devices)
        layers = tables.layer_count
        places = np.linspace(0, layers, min(layers, blocks) + 1)
        self.marks: Ints = np.unique(np.round(places).astype(np.int64))
        self.bits = bits
        self.chunk_count = min(max(chunk_count, 1), -(-tables.tokens // grid))
        self.chunk_tokens = -(-tables.tokens // (self.chunk_count * grid)) * grid
        self._throughput = judge.throughput
        # With "most documents" the time of one answer decides only between equal throughputs.
        weight = ANSWER_WEIGHT if judge.throughput else 1.0
        self.hop_in: Floats = weight * tables.hop_in
        self.hop_out: Floats = weight * tables.hop_out
        self._fill_ranges()
        self._fill_links()
        least = max(lower_bound_seconds(tables), float(self.busy.min(initial=math.inf)))
        base = least if least < math.inf else 1.0
        self.ceilings: Floats = np.array([base * factor for factor in ceilings])
        self.limited: Floats = np.where(
            self.busy[:, None] <= self.ceilings[:, None, None], self.once[:, None], np.inf
        )

    def _fill_ranges(self) -> None:
        tables = self.tables
        prompt = tables.even_prompt(self.chunk_count)
        step = tables.step_features
        busy, answer = self._of_ranges(prompt), self._of_ranges(step)
        if self.bits == 8:
            busy += 2 * (tables.rounding_terms @ prompt)[:, None, None]
        answer *= tables.output_tokens
        once = busy / self.chunk_count + answer
        if self._throughput:
            busy, once = busy + answer, ANSWER_WEIGHT * once
        fits = self._fitting()
        self.busy: Floats = np.where(fits, busy, np.inf)
        self.once: Floats = np.where(fits, once, np.inf)

    def _of_ranges(self, features: Floats) -> Floats:
        """Seconds of every device for every range, with the ends it includes."""
        tables = self.tables
        until = tables.layer_terms[:, self.marks] @ features
        found: Floats = until[:, None, :] - until[:, :, None]
        found += (tables.stage_terms @ features)[:, None, None]
        found[:, 0] += (tables.start_terms @ features)[:, None]
        final = tables.final_terms @ features / self.chunk_count
        found[:, :, -1] += (tables.head + final)[:, None]
        return found

    def _fitting(self) -> np.ndarray:
        tables = self.tables
        layers = tables.layer_memory(self.chunk_tokens)[self.marks]
        needed = layers[None, :] - layers[:, None] + tables.activations(self.chunk_tokens)
        needed[0, :-1] += tables.stage_ends(True, False)
        needed[1:, -1] += tables.stage_ends(False, True)
        needed[0, -1] += tables.stage_ends(True, True)
        count = len(self.marks)
        later = np.triu(np.ones((count, count), dtype=bool), 1)
        fits: np.ndarray = (needed <= tables.room[:, None, None]) & later
        return fits

    def _fill_links(self) -> None:
        """Like busy and once, for links, shape (devices, devices)."""
        tables = self.tables
        token = tables.bytes_per_token(self.bits) * tables.seconds_per_byte
        with np.errstate(invalid="ignore"):
            self.link_busy: Floats = tables.tokens * token
            self.link_once: Floats = self.link_busy / self.chunk_count + tables.latency
            if tables.output_tokens:
                self.link_once = self.link_once + tables.output_tokens * (tables.latency + token)
            if self._throughput:
                self.link_busy = self.link_busy + tables.output_tokens * token
                self.link_once = ANSWER_WEIGHT * self.link_once

    def handed_over(self) -> Floats:
        """What a hand-over adds under each ceiling, shape (from, to, ceilings); inf: too slow."""
        fine = self.link_busy[:, :, None] <= self.ceilings
        found: Floats = np.where(fine, self.link_once[:, :, None], np.inf)
        return found

    def split(self, order: Sequence[int], marks: Sequence[int]) -> Split:
        """A split with its approximate value: the busiest one's time instead of a ceiling."""
        value = float(self.hop_in[order[0]] + self.hop_out[order[-1]])
        busiest = 0.0
        for device, first, last in zip(order, marks, marks[1:], strict=False):
            value += float(self.once[device, first, last])
            busiest = max(busiest, float(self.busy[device, first, last]))
        for device, following in pairwise(order):
            value += float(self.link_once[device, following])
            busiest = max(busiest, float(self.link_busy[device, following]))
        return Split(value + busiest, tuple(order), tuple(int(self.marks[mark]) for mark in marks))


def every_split(tables: Tables, stages: int) -> tuple[Ints, Ints]:
    """All orders of so many devices along which chunks can travel, each with all cuts."""
    inner = itertools.combinations(range(1, tables.layer_count), stages - 1)
    cuts = np.array([(0, *between, tables.layer_count) for between in inner], dtype=np.int64)
    orders = [
        order
        for order in itertools.permutations(range(len(tables.devices)), stages)
        if tables.connected(order)
    ]
    found = np.array(orders, dtype=np.int64).reshape(len(orders), stages)
    return np.repeat(found, len(cuts), axis=0), np.tile(cuts, (len(orders), 1))


def splits_by_sets(ranges: Ranges, keep: int) -> list[Split]:
    """The best orders and cuts over all sets of devices, by the approximation, best first.

    reached[set, last device] holds, by ceiling and mark, the least cost of placing the layers up
    to the mark on exactly these devices.
    """
    count = ranges.devices
    levels, marks = len(ranges.ceilings), len(ranges.marks)
    handed = ranges.handed_over()
    reached: Floats = np.full((1 << count, count, levels, marks), np.inf)
    for device in range(count):
        reached[1 << device, device] = ranges.limited[device][:, 0] + ranges.hop_in[device]
    sizes = np.array([members.bit_count() for members in range(1 << count)])
    for size in range(2, min(count, marks - 1) + 1):
        for device in range(count):
            sets = np.flatnonzero(sizes == size - 1)
            sets = sets[(sets >> device & 1) == 0]
            entry = (reached[sets] + handed[:, device, :, None]).min(axis=1)
            reached[sets | 1 << device, device] = _extend(entry, ranges.limited[device])
    done = reached[:, :, :, -1] + ranges.hop_out[:, None] + ranges.ceilings
    best = np.argsort(done, axis=None)[: 8 * keep]
    ends = np.stack(np.unravel_index(best, done.shape), axis=1).tolist()
    found: set[Split] = set()
    for members, device, level in ends:
        if not done[members, device, level] < math.inf or len(found) == 2 * keep:
            break
        found.add(_walk_back(ranges, reached, handed, (members, device, level)))
    return sorted(found)[:keep]


def _extend(entry: Floats, limited: Floats) -> Floats:
    """entry (sets, ceilings, marks) and one more range of layers: the least over its start."""
    found: Floats = np.full_like(entry, np.inf)
    for start in range(1, entry.shape[2] - 1):
        longer = entry[:, :, start, None] + limited[:, start, start + 1 :]
        np.minimum(found[:, :, start + 1 :], longer, out=found[:, :, start + 1 :])
    return found


def _walk_back(ranges: Ranges, reached: Floats, handed: Floats, end: tuple[int, int, int]) -> Split:
    """From the last device back to the first."""
    members, device, level = end
    order, cuts = [device], [len(ranges.marks) - 1]
    while members != 1 << device:
        members ^= 1 << device
        entry = reached[members, :, level] + handed[:, device, level, None]
        total = entry + ranges.limited[device][level, :, cuts[0]]
        device, mark = (int(part) for part in np.unravel_index(int(total.argmin()), total.shape))
        order.insert(0, device)
        cuts.insert(0, mark)
    return ranges.split(order, [0, *cuts])


def splits_in_line(ranges: Ranges, line: Sequence[int], *, skip: bool = True) -> list[Split]:
    """For each ceiling the best cuts along a line of devices; with skip any may be left out."""
    values, back = _along(ranges, np.array([line]), skip=skip)
    return list(_in_line(ranges, line, values[0], back, skip))


def values_in_line(ranges: Ranges, lines: Ints) -> Floats:
    """The best values along many lines of devices, any left out, shape (lines,)."""
    values, _ = _along(ranges, lines, skip=True)
    best: Floats = values.min(axis=(1, 2))
    return best


class _Back(NamedTuple):
    """What was reached at each place of the lines, to walk back through."""

    reached: list[Floats]
    handed: Floats


def _along(ranges: Ranges, lines: Ints, *, skip: bool) -> tuple[Floats, _Back]:
    """Values of ending at each place of the lines, shape (lines, places, ceilings)."""
    handed = ranges.handed_over()
    reached: list[Floats] = []
    ends = []
    places = lines.shape[1]
    for place in range(places):
        device = lines[:, place]
        here: Floats = np.full((len(lines), len(ranges.ceilings), len(ranges.marks)), np.inf)
        if place == 0 or skip:
            here = ranges.limited[device, :, 0] + ranges.hop_in[device][:, None, None]
        before = range(place) if skip else range(max(place - 1, 0), place)
        if place:
            entry: Floats = np.full_like(here, np.inf)
            for other in before:
                arrived = reached[other] + handed[lines[:, other], device][:, :, None]
                np.minimum(entry, arrived, out=entry)
            if len(lines) == 1:
                longer = entry[0, :, 1:, None] + ranges.limited[device[0], :, 1:]
                np.minimum(here[0], longer.min(axis=1), out=here[0])
            for start in range(1, entry.shape[2] - 1) if len(lines) > 1 else ():
                longer = ranges.limited[device, :, start, start + 1 :]
                longer += entry[:, :, start, None]
                np.minimum(here[:, :, start + 1 :], longer, out=here[:, :, start + 1 :])
        reached.append(here)
        last = here[:, :, -1] + ranges.hop_out[device][:, None] + ranges.ceilings
        ends.append(last if skip or place == places - 1 else np.full_like(last, np.inf))
    return np.stack(ends, axis=1), _Back(reached, handed)


def _in_line(
    ranges: Ranges, line: Sequence[int], values: Floats, back: _Back, skip: bool
) -> Iterator[Split]:
    for level in range(len(ranges.ceilings)):
        place = int(values[:, level].argmin())
        if not values[place, level] < math.inf:
            continue
        order, cuts = [line[place]], [len(ranges.marks) - 1]
        while place:
            device = line[place]
            cost = ranges.limited[device, level, :, cuts[0]]
            best = float(cost[0] + ranges.hop_in[device]) if skip else math.inf
            choice: tuple[int, int] | None = None
            for other in range(place) if skip else [place - 1]:
                arrived = back.reached[other][0, level] + back.handed[line[other], device, level]
                mark = int((arrived + cost).argmin())
                if arrived[mark] + cost[mark] < best:
                    best, choice = float(arrived[mark] + cost[mark]), (other, mark)
            if choice is None:
                break
            place = choice[0]
            order.insert(0, line[place])
            cuts.insert(0, choice[1])
        yield ranges.split(order, [0, *cuts])
