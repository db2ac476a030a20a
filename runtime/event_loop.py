"""The event loop that every part of HPipe runs on: one that ZeroMQ can wait in."""

from __future__ import annotations

import asyncio
import sys

# On Windows, Ctrl-C does not wake a loop that waits for sockets; it is noticed at the next wake-up.
_WAKE_UP_SECONDS = 0.25


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop factory, for asyncio.Runner and anyio.run."""
    if sys.platform != "win32":
        return asyncio.new_event_loop()
    # ZeroMQ cannot wait on sockets in the loop that Windows uses by default.
    loop = asyncio.SelectorEventLoop()
    _wake_up(loop)
    return loop


def _wake_up(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_later(_WAKE_UP_SECONDS, _wake_up, loop)
