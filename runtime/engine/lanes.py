"""What waits at a stage, in two lanes: steps of answers overtake the chunks of other documents.

A document is read in long chunks, an answer is written in steps of a few rows. A step goes before
the chunks that wait, here and on the way to the next stage, so that one answer goes on while
another document is read. Within a lane, and so within a session, nothing overtakes anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from runtime.engine.sessions import Session
from runtime.engine.sockets import NextStage
from runtime.messages.stage import Chunk, ChunkRecord

# So many steps may go before a chunk that waits, so that reading goes on whoever is answered.
_STEPS_BEFORE_A_CHUNK = 8
# Taken from the stage before while they wait, to find the steps among them.
_MOST_IN_HAND = 32


class Waiting(Struct, frozen=True):
    """A chunk for this stage, with the connection it came from if it was a command."""

    chunk: Chunk
    frames: tuple[memoryview, ...]
    identity: bytes | None = None


class Outgoing(Struct):
    """A computed chunk on its way to the next stage, and the record to send when it has left."""

    session: Session
    record: ChunkRecord
    frames: tuple[Any, ...]
    since: float
    is_told: bool = False  # its record went ahead of it


class Lane:
    """Chunks of one kind, one behind the other. The next is begun when the last one has left."""

    def __init__(self) -> None:
        self.waiting: deque[Waiting] = deque()
        self.outgoing: Outgoing | None = None
        self.next: NextStage | None = None

    @property
    def is_ready(self) -> bool:
        return bool(self.waiting) and self.outgoing is None

    def drop(self, session: str) -> None:
        """Forget what belongs to a session."""
        self.waiting = deque(one for one in self.waiting if one.chunk.session != session)
        if self.outgoing is not None and self.outgoing.session.name == session:
            self.outgoing = None

    def leave(self) -> None:
        """Forget everything, and the next stage too."""
        self.waiting.clear()
        self.outgoing = None
        if self.next is not None:
            self.next.close()
            self.next = None


class Lanes:
    """The steps and the chunks of one stage."""

    def __init__(self) -> None:
        self.steps = Lane()
        self.chunks = Lane()
        self._steps_in_a_row = 0

    def __iter__(self) -> Iterator[Lane]:
        return iter((self.steps, self.chunks))

    def of(self, chunk: Chunk) -> Lane:
        return self.steps if chunk.is_step else self.chunks

    @property
    def is_ready(self) -> bool:
        """Whether there is something that can be begun."""
        return any(lane.is_ready for lane in self)

    @property
    def has_room(self) -> bool:
        """Whether more may be taken from the stage before."""
        return sum(len(lane.waiting) for lane in self) < _MOST_IN_HAND

    def take(self, waiting: Waiting) -> None:
        self.of(waiting.chunk).waiting.append(waiting)

    def next(self) -> Waiting | None:
        """What to begin now, None while nothing waits or nothing can leave."""
        is_due = self._steps_in_a_row >= _STEPS_BEFORE_A_CHUNK and self.chunks.is_ready
        if self.steps.is_ready and not is_due:
            self._steps_in_a_row += 1
            return self.steps.waiting.popleft()
        self._steps_in_a_row = 0
        return self.chunks.waiting.popleft() if self.chunks.is_ready else None

    def drop(self, session: str) -> None:
        for lane in self:
            lane.drop(session)

    def open(self) -> None:
        """Connect to the next stage, if there is one."""
        for lane in self:
            if lane.next is not None:
                lane.next.open()

    def leave(self) -> None:
        for lane in self:
            lane.leave()
