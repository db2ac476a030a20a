"""Whose chunks are on their way: one document is fed at a time, no further ahead than is of use.

The stages take steps of answers before chunks. That helps only as far as they see the steps: what
has piled up in front of a slow stage or link is passed in order. So as many chunks are under way as
the stages compute and their queues hold, and the next one is fed when the last stage is done with
one. The next document follows the last chunk of the one before, so that no stage idles between.
"""

from __future__ import annotations

import asyncio

from runtime.planner.values import QUEUE_DEPTH


class Traffic:
    """The chunks of all sessions on their way through a number of stages."""

    def __init__(self, stages: int) -> None:
        self.turn = asyncio.Lock()  # held while a document is fed
        # One for each stage, what waits between them, and one more that waits at the first.
        self._most = stages + QUEUE_DEPTH * (stages - 1) + 1
        self._under_way: dict[str, list[int]] = {}
        self._moved = asyncio.Event()

    async def room(self) -> None:
        """Wait until another chunk may be fed."""
        while sum(len(sequences) for sequences in self._under_way.values()) >= self._most:
            self._moved.clear()
            await self._moved.wait()

    def sent(self, session: str, sequence: int) -> None:
        self._under_way.setdefault(session, []).append(sequence)

    def passed(self, session: str, sequence: int) -> None:
        """The last stage is done with a chunk, and so with those before it."""
        left = [later for later in self._under_way.pop(session, ()) if later > sequence]
        if left:
            self._under_way[session] = left
        self._moved.set()

    def forget(self, session: str | None = None) -> None:
        """What is under way of a session, or of all, will not arrive."""
        if session is None:
            self._under_way.clear()
        else:
            self._under_way.pop(session, None)
        self._moved.set()
