"""Work in a thread that is told when whoever waits for it has given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

Result = TypeVar("Result")


async def in_thread(work: Callable[[], Result]) -> Result:
    """What work returns. In it, anyio.from_thread.check_cancelled raises once it is not wanted.

    anyio tells its threads of its own cancellations alone, and Ctrl-C is one of asyncio's.
    """
    with anyio.CancelScope() as scope:
        try:
            return await anyio.to_thread.run_sync(work)
        except asyncio.CancelledError as problem:
            scope.cancel()
            cancelled = problem
    raise cancelled
