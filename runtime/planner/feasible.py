"""Does the model fit at all: the furthest layer every set of devices can reach."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from runtime.planner.tables import Floats, Tables

MAX_SETS_DEVICES = 10


class Fit(Struct, frozen=True):
    """A split that fits the memory, by device indices."""

    order: tuple[int, ...]
    cuts: tuple[int, ...]


def find_fit(tables: Tables, longest_chunk: int) -> Fit | None:
    """Any order and cuts within every limit, with few devices preferred; None: there is none.

    Exact up to MAX_SETS_DEVICES devices: whoever reaches further with the same devices and the same
    last one is never worse. Beyond that, the roomiest are taken in turn.
    """
    count = len(tables.devices)
    reach = _Reach(tables, longest_chunk)
    if count > MAX_SETS_DEVICES:
        return _in_turn(tables, reach)
    # (members, last device) -> (layers placed, device before, layers before)
    states: dict[tuple[int, int], tuple[int, int, int]] = {}
    sets = sorted(range(1, 1 << count), key=lambda members: (members.bit_count(), members))
    for members in sets:
        for device in range(count):
            if not members >> device & 1:
                continue
            rest = members ^ (1 << device)
            best = (0, -1, 0)
            for previous in range(count) if rest else [-1]:
                if previous < 0:
                    start = 0
                    joined = tables.hop_in[device] < np.inf
                else:
                    start = states.get((rest, previous), (0, -1, 0))[0]
                    joined = bool(start and tables.latency[previous, device] < np.inf)
                if not joined:
                    continue
                end = reach.end(device, start)
                if end > max(best[0], start):
                    best = (end, previous, start)
            if not best[0]:
                continue
            states[members, device] = best
            if best[0] == tables.layer_count and tables.hop_out[device] < np.inf:
                return _walk_back(states, members, device)
    return None


class _Reach:
    """How far a device gets from a layer."""

    def __init__(self, tables: Tables, longest_chunk: int) -> None:
        self._tables = tables
        self._layers: Floats = tables.layer_memory(longest_chunk)
        self._activations = tables.activations(longest_chunk)

    def end(self, device: int, start: int) -> int:
        """The exclusive end of the longest range from `start` the device has room for."""
        tables = self._tables
        last = tables.layer_count
        room = tables.room[device] - self._activations
        at_start = start == 0
        needed = self._layers[last] - self._layers[start]
        if needed + tables.stage_ends(at_start, True) <= room:
            return last
        target = self._layers[start] + room - tables.stage_ends(at_start, False)
        end = int(np.searchsorted(self._layers, target, side="right")) - 1
        return max(min(end, last - 1), start)


def _in_turn(tables: Tables, reach: _Reach) -> Fit | None:
    ranked = sorted(range(len(tables.devices)), key=lambda device: -tables.room[device])
    order: list[int] = []
    cuts = [0]
    for device in ranked:
        if order and not tables.latency[order[-1], device] < np.inf:
            continue
        if not order and not tables.hop_in[device] < np.inf:
            continue
        end = reach.end(device, cuts[-1])
        if end == cuts[-1]:
            continue
        if end == tables.layer_count and not tables.hop_out[device] < np.inf:
            continue
        order.append(device)
        cuts.append(end)
        if end == tables.layer_count:
            return Fit(tuple(order), tuple(cuts))
    return None


def _walk_back(
    states: dict[tuple[int, int], tuple[int, int, int]], members: int, device: int
) -> Fit:
    order: list[int] = []
    cuts = [states[members, device][0]]
    while device >= 0:
        _, previous, start = states[members, device]
        order.insert(0, device)
        cuts.insert(0, start)
        members ^= 1 << device
        device = previous
    return Fit(tuple(order), tuple(cuts))
