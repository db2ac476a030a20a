"""Orders of devices: small changes of one, and a search over them where sets are too many."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from runtime.planner.partition import Ranges, values_in_line
from runtime.planner.tables import Ints

# Devices beyond this many are left out at once: the slowest, unless their memory is needed.
MOST_IN_LINE = 20
# Lines weighed at once, and in all.
BATCH = 128
BUDGET = 8_000
# Longer lines, which only memory makes necessary, are taken as they are.
LONGEST_SEARCHED = 24


def neighbour_orders(
    order: tuple[int, ...], spare: Sequence[int], reach: int
) -> list[tuple[int, ...]]:
    """Orders one swap, move, drop, addition or replacement away, by spare devices if any.

    Swaps and moves go no further than `reach` places.
    """
    found: dict[tuple[int, ...], None] = {}
    length = len(order)
    for drop in range(length if length > 1 else 0):
        found[order[:drop] + order[drop + 1 :]] = None
    for changed in _swaps_and_moves(order, reach):
        found[changed] = None
    for device in spare:
        for place in range(length + 1):
            found[(*order[:place], device, *order[place:])] = None
        for place in range(length):
            found[(*order[:place], device, *order[place + 1 :])] = None
    return list(found)


def good_lines(
    ranges: Ranges, known: Sequence[tuple[int, ...]], keep: int
) -> list[tuple[int, ...]]:
    """Lines of many devices, any of which may be skipped, improved by swaps and moves.

    known lines, good for a similar problem, take the place of the usual starts. No lines where no
    device has room for the smallest range.
    """
    devices = _worth_a_place(ranges)
    if not devices:
        return []
    tried: dict[tuple[int, ...], float] = {}
    for start in known[:2] or _starting_lines(ranges, devices):
        line = start
        _weigh(ranges, [line], tried)
        while len(tried) < BUDGET and len(line) <= LONGEST_SEARCHED:
            others = _swaps_and_moves(line, len(line))
            _weigh(ranges, others, tried)
            best = min(others, key=lambda other: tried[other])
            if not tried[best] < tried[line] * (1 - 1e-4):
                break
            line = best
    return sorted(tried, key=lambda line: tried[line])[:keep]


def _weigh(
    ranges: Ranges, lines: Sequence[tuple[int, ...]], tried: dict[tuple[int, ...], float]
) -> None:
    fresh = [line for line in lines if line not in tried]
    for batch in range(0, len(fresh), BATCH):
        some = fresh[batch : batch + BATCH]
        rows: Ints = np.array(some)
        tried.update(zip(some, values_in_line(ranges, rows).tolist(), strict=True))


def _worth_a_place(ranges: Ranges) -> list[int]:
    """The fastest devices, and as many more as the model needs for its memory."""
    tables = ranges.tables
    prompt = tables.whole_prompt()
    seconds = tables.layer_terms[:, -1] @ prompt + tables.output_tokens * (
        tables.layer_terms[:, -1] @ tables.step_features
    )
    usable = [device for device in range(ranges.devices) if np.isfinite(ranges.once[device]).any()]
    by_speed = sorted(usable, key=lambda device: float(seconds[device]))
    needed = float(tables.layer_memory(ranges.chunk_tokens)[-1]) * 1.2
    chosen: list[int] = []
    for device in by_speed:
        room = sum(float(tables.room[other]) for other in chosen)
        if len(chosen) >= MOST_IN_LINE and room > needed:
            break
        chosen.append(device)
    return chosen


def _starting_lines(ranges: Ranges, devices: Sequence[int]) -> list[tuple[int, ...]]:
    """Lines along fast links, from the fastest device, from the roomiest and from the slowest."""
    tables = ranges.tables
    first = [devices[0], max(devices, key=lambda device: tables.room[device]), devices[-1]]
    lines = [tuple(devices), tuple(reversed(devices))]
    for start in dict.fromkeys(first):
        left = [device for device in devices if device != start]
        line = [start]
        while left:
            nearest = min(left, key=lambda other: float(ranges.link_once[line[-1], other]))
            left.remove(nearest)
            line.append(nearest)
        lines.append(tuple(line))
    return list(dict.fromkeys(lines))


def _swaps_and_moves(line: tuple[int, ...], reach: int) -> list[tuple[int, ...]]:
    found: dict[tuple[int, ...], None] = {}
    for one, other in itertools.combinations(range(len(line)), 2):
        if other - one <= reach:
            swapped = list(line)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            found[tuple(swapped)] = None
    for source, target in itertools.permutations(range(len(line)), 2):
        if abs(source - target) <= reach:
            moved = list(line)
            moved.insert(target, moved.pop(source))
            found[tuple(moved)] = None
    return [*found]
