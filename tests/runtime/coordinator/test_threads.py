"""Threads that work for someone who may give up."""

from __future__ import annotations

import asyncio
import threading

import anyio.from_thread
import pytest

from runtime.coordinator.threads import in_thread


def test_it_gives_what_the_work_returns_and_raises_what_it_raises() -> None:
    assert asyncio.run(in_thread(lambda: 7)) == 7
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(lambda: 1 // 0))


def test_work_nobody_waits_for_any_more_is_stopped() -> None:
    """Ctrl-C during a conversion would otherwise wait for its end."""
    begun, stopped = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                anyio.from_thread.check_cancelled()
                stopped.wait(0.01)
        finally:
            stopped.set()

    async def give_up() -> None:
        task = asyncio.create_task(in_thread(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert stopped.wait(5.0)
