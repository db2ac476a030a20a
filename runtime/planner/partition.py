"""Layers over devices by dynamic programming: first guesses of order and boundaries.

A candidate is approximated as (time of its busiest stage or link) + (time its first chunk takes to
travel through) + (the answer's tokens). For a ceiling T on the busiest, the rest is a sum over
stages, so that dynamic programming over boundaries gives the best split, and over sets of devices
the best order too. Several ceilings cover the trade between a balanced pipeline and a short one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from runtime.planner.judge import Judge
from runtime.planner.tables import Floats, Ints, Tables

MAX_BLOCKS = 32
MAX_EXACT_DEVICES = 9
CEILINGS = (1.0, 1.03, 1.07, 1.12, 1.2, 1.35, 1.6, 2.0, 3.0, 6.0, 20.0, math.inf)


class Ranges:
    """Every device's approximate times for every range of layers, at a number of chunks.

    Ranges start and end on `marks`: all layer boundaries, or a coarser choice for large models.
    """

    def __init__(self, judge: Judge, chunk_count: int, bits: int, grid: int, coarse: bool) -> None:
        tables = judge.tables
        self.tables = tables
        layers = tables.layer_count
        blocks = min(layers, MAX_BLOCKS) if coarse else layers
        self.marks: Ints = np.unique(np.round(np.linspace(0, layers, blocks + 1)).astype(np.int64))
        self.bits = bits
        self.chunk_count = max(chunk_count, 1)
        self._throughput = tables.problem.goal == "most_documents"
        self.chunk_tokens = -(-tables.tokens // (self.chunk_count * grid)) * grid
        self.busy: list[Floats] = []
        self.once: list[Floats] = []
        for device in range(len(tables.devices)):
            busy, once = self._device(device)
            self.busy.append(busy)
            self.once.append(once)
        self._links()
        self.ceilings = self._ceilings()
        self.limited = [
            np.where(busy <= self.ceilings[:, None, None], once, np.inf)
            for busy, once in zip(self.busy, self.once, strict=True)
        ]

    def _device(self, device: int) -> tuple[Floats, Floats]:
        """Busy seconds over the whole prompt, and seconds paid once, of every range; inf: too big.

        Both have shape (marks, marks), for a range from the first index to the second.
        """
        tables = self.tables
        whole = np.array([[tables.tokens]], dtype=np.int64)
        zero = np.zeros_like(whole)
        costs = tables.costs[device]
        rows = tables.tokens * tables.problem.sequences
        pairs = np.array([float(each[0, 0]) for each in tables.pairs(whole, zero)])
        layer = (
            costs.fixed * self.chunk_count
            + costs.per_token * rows
            + costs.per_pair * pairs * tables.problem.sequences
        )
        prefill = (tables.counts @ layer)[self.marks]
        decode = tables.decode[device][self.marks]
        busy = prefill[None, :] - prefill[:, None] + self.chunk_count * tables.overheads[device]
        step = decode[None, :] - decode[:, None] + tables.overheads[device]
        embedding, head = tables.decode_ends[device]
        ends = tables.devices[device].embedding
        busy[0, :] += ends.fixed_seconds * self.chunk_count + ends.per_token_seconds * rows
        step[0, :] += embedding
        busy[:, -1] += head
        step[:, -1] += head
        if self.bits == 8:
            busy += 2 * tables.rounding[device] * tables.tokens
        once = busy / self.chunk_count
        if self._throughput:
            busy = busy + tables.output_tokens * step
        else:
            once = once + tables.output_tokens * step
        fits = self._fitting(device)
        return np.where(fits, busy, np.inf), np.where(fits, once, np.inf)

    def _fitting(self, device: int) -> np.ndarray:
        tables = self.tables
        layers = tables.layer_memory(self.chunk_tokens)[self.marks]
        needed = layers[None, :] - layers[:, None] + tables.activations(self.chunk_tokens)
        needed[0, :-1] += tables.stage_ends(True, False)
        needed[1:, -1] += tables.stage_ends(False, True)
        needed[0, -1] += tables.stage_ends(True, True)
        count = len(self.marks)
        return (needed <= tables.room[device]) & np.triu(np.ones((count, count), dtype=bool), 1)

    def _links(self) -> None:
        tables = self.tables
        whole = float(tables.chunk_bytes(np.array(tables.tokens), self.bits))
        token = whole / tables.tokens
        with np.errstate(invalid="ignore"):
            self.link_busy: Floats = whole * tables.seconds_per_byte
            step = tables.latency + token * tables.seconds_per_byte
            self.link_once: Floats = self.link_busy / self.chunk_count + tables.latency
            if self._throughput:
                self.link_busy = self.link_busy + tables.output_tokens * step
            elif tables.output_tokens:
                self.link_once = self.link_once + tables.output_tokens * step

    def _ceilings(self) -> Floats:
        """Ceilings from "everyone is always busy" up to none."""
        speeds = 0.0
        for device in range(len(self.tables.devices)):
            costs = self.tables.costs[device]
            rows = self.tables.tokens * self.tables.problem.sequences
            alone = float(self.tables.counts[-1] @ (costs.per_token * rows))
            pairs = self.tables.pairs(np.array([self.tables.tokens]), np.zeros(1, dtype=np.int64))
            for kind, each in enumerate(pairs):
                alone += float(self.tables.counts[-1, kind] * costs.per_pair[kind] * each[0])
            speeds += 1 / max(alone, 1e-12)
        finite = [float(busy[np.isfinite(busy)].min(initial=math.inf)) for busy in self.busy]
        least = max(1 / speeds, min(finite, default=0.0))
        return np.array([least * factor for factor in CEILINGS])


def orders_by_sets(ranges: Ranges, keep: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The best orders and cuts over all sets of devices, by the approximation, best first."""
    tables = ranges.tables
    count = len(tables.devices)
    best: dict[tuple[int, int], Floats] = {}
    finals: list[tuple[float, int, int, int]] = []
    for members in range(1, 1 << count):
        for device in range(count):
            if not members >> device & 1:
                continue
            rest = members ^ (1 << device)
            if not rest:
                reached = ranges.limited[device][:, 0, :] + tables.hop_in[device]
            else:
                entry = _entry(ranges, best, rest, device)
                if entry is None:
                    continue
                reached = (entry[:, :, None] + ranges.limited[device]).min(axis=1)
            if np.isfinite(reached).any():
                best[members, device] = reached
                done = reached[:, -1] + tables.hop_out[device]
                for level in np.flatnonzero(np.isfinite(done)):
                    ceiling = ranges.ceilings[level]
                    bound = 0.0 if math.isinf(ceiling) else ceiling
                    finals.append((float(done[level]) + bound, members, device, int(level)))
    finals.sort()
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for _, members, device, level in finals[: 4 * keep]:
        split = _trace(ranges, best, members, device, level)
        if split not in found:
            found.append(split)
        if len(found) == keep:
            break
    unbounded = len(ranges.ceilings) - 1
    for _, members, device, level in finals:
        if level == unbounded:
            split = _trace(ranges, best, members, device, level)
            if split not in found:
                found.append(split)
            break
    return found


def _entry(
    ranges: Ranges, best: dict[tuple[int, int], Floats], rest: int, device: int
) -> Floats | None:
    """The least cost of reaching each boundary with the devices `rest`, at this device's door."""
    entry: Floats | None = None
    for previous in range(len(ranges.tables.devices)):
        reached = best.get((rest, previous))
        if reached is None:
            continue
        once = ranges.link_once[previous, device]
        if not once < math.inf:
            continue
        open_levels = ranges.link_busy[previous, device] <= ranges.ceilings
        arrived = np.where(open_levels[:, None], reached + once, np.inf)
        entry = arrived if entry is None else np.minimum(entry, arrived)
    return entry


def _trace(
    ranges: Ranges,
    best: dict[tuple[int, int], Floats],
    members: int,
    device: int,
    level: int,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Walk back through the tables to the order and the cuts."""
    order = [device]
    cuts = [len(ranges.marks) - 1]
    while members ^ (1 << device):
        rest = members ^ (1 << device)
        entry = _entry(ranges, best, rest, device)
        if entry is None:
            break
        at = int(np.argmin(entry[level] + ranges.limited[device][level, :, cuts[0]]))
        cuts.insert(0, at)
        members = rest
        choices = [
            (float(best[rest, previous][level, at] + ranges.link_once[previous, device]), previous)
            for previous in range(len(ranges.tables.devices))
            if (rest, previous) in best
            and ranges.link_busy[previous, device] <= ranges.ceilings[level]
        ]
        device = min(choices)[1]
        order.insert(0, device)
    return tuple(order), tuple(int(ranges.marks[cut]) for cut in [0, *cuts])


def cuts_for_order(ranges: Ranges, order: Sequence[int]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The best cuts of one order under each ceiling, with their approximate values."""
    tables = ranges.tables
    reached = ranges.limited[order[0]][:, 0, :] + tables.hop_in[order[0]]
    choices: list[Ints] = []
    for previous, device in itertools.pairwise(order):
        once = ranges.link_once[previous, device]
        if not once < math.inf:
            return
        open_levels = ranges.link_busy[previous, device] <= ranges.ceilings
        entry = np.where(open_levels[:, None], reached + once, np.inf)
        sums = entry[:, :, None] + ranges.limited[device]
        choice = sums.argmin(axis=1)
        reached = np.take_along_axis(sums, choice[:, None, :], axis=1)[:, 0, :]
        choices.append(choice)
    for level, ceiling in enumerate(ranges.ceilings):
        value = float(reached[level, -1])
        if not value < math.inf:
            continue
        cuts = [len(ranges.marks) - 1]
        for choice in reversed(choices):
            cuts.insert(0, int(choice[level, cuts[0]]))
        marks = tuple(int(ranges.marks[cut]) for cut in [0, *cuts])
        yield value + (0.0 if math.isinf(ceiling) else float(ceiling)), marks
