"""Waiting for the next step of an answer without falling asleep.

While one stage computes a token, the others wait. A processor that sleeps meanwhile wakes with cold
caches and a low clock, and then computes a step in up to a third more time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

import zmq

# A wait as long as this is slept through, as is the next one: it would cost more than it gains.
AWAKE_SECONDS = 0.05
# Between two looks others had the processor, who need it more.
_OUSTED_SECONDS = 0.001

_let_others_run: Callable[[], object] = getattr(os, "sched_yield", partial(time.sleep, 0))


class Vigil:
    """Waits for what an engine is sent."""

    def __init__(self, *, may_stay_awake: bool) -> None:
        self._may_stay_awake = may_stay_awake
        self._is_expecting = False
        self._pays = True

    def expect(self) -> None:
        """A step was computed, so that another one is likely to come soon."""
        self._is_expecting = self._may_stay_awake

    def wait(self, poller: zmq.Poller, timeout_milliseconds: int | None) -> None:
        """Until something happens on the poller's sockets; None: however long that takes.

        What is expected may make it longer by AWAKE_SECONDS.
        """
        is_expecting = self._is_expecting and timeout_milliseconds != 0
        self._is_expecting = False
        if is_expecting and self._pays:
            self._pays = _happens_soon(poller)
            if self._pays:
                return
        began = time.monotonic()
        poller.poll(timeout_milliseconds)
        if is_expecting:
            self._pays = time.monotonic() - began < AWAKE_SECONDS


def _happens_soon(poller: zmq.Poller) -> bool:
    """Whether something happens before it is time to fall asleep."""
    began = looked = time.monotonic()
    while not poller.poll(0):
        _let_others_run()
        now = time.monotonic()
        if now - began >= AWAKE_SECONDS or now - looked >= _OUSTED_SECONDS:
            return False
        looked = now
    return True
