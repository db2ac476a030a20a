"""The documents an engine is in the middle of: their caches, and which chunks are still wanted."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.engine.cache import StageCache
from runtime.engine.sampling import Sampler
from runtime.errors import EngineError
from runtime.messages.stage import Chunk, OpenSession, Sampling


class Session:
    """One document on this stage. identity is the coordinator's connection that opened it."""

    def __init__(
        self, identity: bytes, opened: OpenSession, cache: StageCache, reserved_bytes: int
    ) -> None:
        self.name = opened.session
        self.identity = identity
        self.capacity_tokens = opened.capacity_tokens
        self.cache = cache
        self.sampler = Sampler(opened.sampling)
        self.reserved_bytes = reserved_bytes
        self.length = 0
        self.failed = False
        self._spoiled = False
        self._cancels = 0
        self._newest_generation = 0

    def wants(self, chunk: Chunk) -> bool:
        """Whether a chunk is of the current run. One of a newer run makes older ones unwanted.

        A chunk can overtake the cancel command that precedes it, since they come over different
        connections: then the chunk's own generation tells of the cancel.
        """
        if chunk.generation > self._newest_generation:
            self._newest_generation = chunk.generation
            self.failed = False
        return chunk.generation >= max(self._cancels, self._newest_generation) and not self.failed

    def cancel(self) -> None:
        self._cancels += 1

    def sample_as(self, sampling: Sampling) -> None:
        """Draw the next answer in another way, from the beginning of its random numbers."""
        self.sampler = Sampler(sampling)

    def check(self, chunk: Chunk) -> None:
        """EngineError unless the chunk continues what the cache holds, within its capacity.

        A chunk that rewinds continues what is left once the cache was cut short for it.
        """
        if self._spoiled:
            raise EngineError(
                "An earlier chunk of this session failed half-way through the layers.",
                "Ask again: the document will be read anew.",
            )
        if chunk.tokens <= 0:
            raise EngineError("A chunk without tokens cannot be computed.")
        if chunk.rewinds and chunk.position < self.length:
            self.truncate(chunk.position)
        if chunk.position != self.length:
            raise EngineError(
                f"A chunk at position {chunk.position} does not follow the {self.length} tokens "
                "this stage has read.",
                "Ask again: the document will be read anew.",
            )
        if chunk.position + chunk.tokens > self.capacity_tokens:
            raise EngineError(
                f"The session was opened for {self.capacity_tokens} tokens; this chunk ends at "
                f"{chunk.position + chunk.tokens}.",
                "Ask again: the document will be read with more room.",
            )

    def fail(self) -> None:
        """Take back what a failed chunk may have left in some layers; its run ends here."""
        self.failed = True
        if self.cache.can_truncate(self.length):
            self.cache.truncate(self.length)
        else:
            self._spoiled = True

    def truncate(self, tokens: int) -> None:
        """Forget what comes after the first `tokens` tokens; EngineError when that cannot be."""
        if not 0 <= tokens <= self.length:
            raise EngineError(f"{tokens} tokens cannot be kept of {self.length}.")
        if tokens == self.length and not self._spoiled:
            self.failed = False
            return
        if self._spoiled or not self.cache.can_truncate(tokens):
            raise EngineError(
                f"The cache no longer holds what is needed to go back to token {tokens}.",
                "The document has to be read again.",
            )
        self.cache.truncate(tokens)
        self.length = tokens
        self.failed = False


class Sessions:
    """All open sessions by name."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions.values())

    def add(self, session: Session) -> None:
        self._sessions[session.name] = session

    def get(self, name: str) -> Session:
        """EngineError for a session that is not open."""
        try:
            return self._sessions[name]
        except KeyError:
            raise EngineError(
                "The stage has no such session open.", "Ask again: the document will be read anew."
            ) from None

    def discard(self, name: str) -> bool:
        """Whether there was one."""
        return self._sessions.pop(name, None) is not None

    def clear(self) -> None:
        self._sessions.clear()

    @property
    def reserved_bytes(self) -> int:
        return sum(session.reserved_bytes for session in self)
