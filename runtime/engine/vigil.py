"""Waiting for the next step of an answer without falling asleep.

While one stage computes a token, the others wait. A processor that sleeps meanwhile wakes with cold
caches and a low clock, and then computes a step in up to a third more time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import zmq

# A wait as long as this is slept through, as is the next one: it would cost more than it gains.
AWAKE_SECONDS = 0.05


class Vigil:
    """Waits for what an engine is sent."""

    def __init__(self, *, may_stay_awake: bool) -> None:
        self._may_stay_awake = may_stay_awake
        self._is_expecting = False
        self._last_wait = 0.0

    def expect(self) -> None:
        """A step was computed, so that another one is likely to come soon."""
        self._is_expecting = self._may_stay_awake

    def wait(self, poller: zmq.Poller, timeout_milliseconds: int | None) -> None:
        """Until something happens on the poller's sockets; None: however long that takes."""
        began = time.monotonic()
        is_awake = self._is_expecting and timeout_milliseconds != 0
        self._is_expecting = False
        if not (is_awake and self._last_wait < AWAKE_SECONDS and _happens_soon(poller, began)):
            poller.poll(timeout_milliseconds)
        if is_awake:
            self._last_wait = time.monotonic() - began


def _happens_soon(poller: zmq.Poller, began: float) -> bool:
    """Whether something happens before it is time to fall asleep."""
    while not poller.poll(0):
        if time.monotonic() - began >= AWAKE_SECONDS:
            return False
        _let_others_run()
    return True


def _do_nothing() -> None:
    pass


_let_others_run: Callable[[], None] = getattr(os, "sched_yield", _do_nothing)
