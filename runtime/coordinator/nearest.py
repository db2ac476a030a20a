"""Trying several ways to the same end: the first that works wins, slow ones overtaken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from runtime.errors import HPipeError

STAGGER_SECONDS = 0.4

Result = TypeVar("Result")
Attempt = Callable[[], Awaitable[Result]]


async def first_of(attempts: Sequence[Attempt[Result]]) -> Result | None:
    """What the first successful attempt gives, or None when each raised an HPipeError.

    An attempt starts when those before it failed or have taken a moment; the rest is cancelled.
    """
    waiting = list(attempts)
    running: set[asyncio.Task[Result]] = set()
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(_run(waiting.pop(0))))
            done, running = await asyncio.wait(
                running,
                timeout=STAGGER_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                if not isinstance(task.exception(), HPipeError):
                    return task.result()
        return None
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _run(attempt: Attempt[Result]) -> Result:
    return await attempt()
