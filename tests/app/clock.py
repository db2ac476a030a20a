"""A clock that scripted jobs run on: real time at some speed, or moved by a test."""

from __future__ import annotations

import asyncio


class VirtualClock:
    """Seconds that pass `speed` times as fast as real ones, or only when told to (speed None).

    Awaited on the runtime's loop; `advance` may be called from any thread.
    """

    def __init__(self, speed: float | None = 1.0) -> None:
        self.now = 0.0
        self._speed = speed
        self._horizon = 0.0
        self._moved: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def sleep(self, seconds: float) -> None:
        await self.until(self.now + seconds)

    async def until(self, moment: float) -> None:
        if self._speed is not None:
            await asyncio.sleep(max(0.0, moment - self.now) / self._speed)
        else:
            self._loop = asyncio.get_running_loop()
            while self._horizon < moment:
                self._moved = self._moved or asyncio.Event()
                await self._moved.wait()
            await asyncio.sleep(0)
        self.now = max(self.now, moment)

    def advance(self, seconds: float) -> None:
        """Let what waits for moments up to `seconds` later go on (speed None only)."""
        self._horizon = max(self._horizon, self.now) + seconds
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._moved is not None:
            self._moved.set()
            self._moved = None
