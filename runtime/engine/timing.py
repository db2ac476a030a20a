"""Timing several pieces of work in turns, so that a moment's disturbance spoils none of them."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from msgspec import Struct

from runtime.engine.device import synchronise

_ROUNDS = 5
# Shorter work is repeated up to this: a clock, a scheduler and a power limit have their own steps.
_LEAST_SECONDS = 0.02


class Work(Struct, frozen=True):
    """Something to time. size compares the work of those that run at the same rate."""

    run: Callable[[], object]
    rate: str
    size: float
    is_needed: bool = False


class _Begun(Struct):
    work: Work
    place: int
    warm_up_seconds: float
    repetitions: int
    seconds: list[float]


def time_in_rounds(
    works: Sequence[Work],
    device: torch.device,
    until: float,
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[int, float]:
    """Median seconds of one run of each work, by its place. Of some there is no time for any.

    until is a time of time.monotonic(); works come first things first. The first run of each,
    which warms up, counts only where there was no time for another.
    """
    began = time.monotonic()
    length = max(until - began, 1e-9)
    begun: list[_Begun] = []
    rates: dict[str, float] = {}

    def has_time(seconds: float) -> bool:
        return time.monotonic() + seconds <= until

    # Nothing is begun for which, and for all that was begun, there is no time for a second run.
    reserved = 0.0
    for place, work in enumerate(works):
        expected = rates.get(work.rate, 0.0) * work.size
        if not work.is_needed and not has_time(reserved + 2 * expected):
            continue
        seconds = _mean_seconds(work, device, 1)
        rates[work.rate] = seconds / work.size
        repetitions = max(1, math.ceil(_LEAST_SECONDS / max(seconds, 1e-6)))
        begun.append(_Begun(work, place, seconds, repetitions, []))
        reserved += seconds * repetitions
        on_progress(min(1.0, (time.monotonic() - began) / length))
    for _ in range(_ROUNDS):
        for one in begun:
            if has_time(one.warm_up_seconds * one.repetitions):
                one.seconds.append(_mean_seconds(one.work, device, one.repetitions))
                on_progress(min(1.0, (time.monotonic() - began) / length))
    return {one.place: statistics.median(one.seconds or [one.warm_up_seconds]) for one in begun}


def _mean_seconds(work: Work, device: torch.device, repetitions: int) -> float:
    synchronise(device)
    started = time.perf_counter()
    for _ in range(repetitions):
        work.run()
        synchronise(device)
    return (time.perf_counter() - started) / repetitions
