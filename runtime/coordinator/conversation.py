"""One document's session on a pipeline: what the stages have read, and how much of it is reused."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from runtime.coordinator.guesses import Guesses
from runtime.coordinator.pipeline import Pipeline
from runtime.coordinator.reading import decode, prefill
from runtime.errors import HPipeError
from runtime.messages.stage import Sampling
from runtime.planner.values import Plan


def common_prefix_length(first: Sequence[int], second: Sequence[int]) -> int:
    """How many leading token ids two sequences share."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


class Conversation:
    """A document and the questions about it. Its KV caches live on the stages until closed."""

    def __init__(
        self,
        pipeline: Pipeline,
        model_id: str,
        plan: Plan,
        capacity_tokens: int,
        sampling: Sampling,
        *,
        takes_spare: bool = True,
    ) -> None:
        """takes_spare: room may be made for it at the price of speed."""
        self.pipeline = pipeline
        self.model_id = model_id
        self.plan = plan
        self.session = uuid.uuid4().hex
        self.capacity_tokens = capacity_tokens
        self._sampling = sampling
        self._takes_spare = takes_spare
        self._is_open = False
        self._has_read = False
        # Every stage has read at least these; one more that was fed may be on its way.
        self._cached: list[int] = []
        self._reading: Sequence[int] = ()
        self._passed = 0
        self._next_token = -1

    @property
    def is_of_use(self) -> bool:
        """Whether a further question can go on from it."""
        return self._is_open and self.pipeline.broken is None

    async def open(self) -> None:
        await self.pipeline.open_session(
            self.session, self.capacity_tokens, self._sampling, takes_spare=self._takes_spare
        )
        self._is_open, self._has_read = True, False

    async def reuse(self, token_ids: Sequence[int], sampling: Sampling) -> int:
        """Keep the cached prefix that a prompt shares and forget the rest; returns its length.

        At least one token is left to read, since its output is what is sampled. If a
        stage's sliding window has dropped what the shorter prefix needs, the session starts anew.
        """
        shared = min(common_prefix_length(self._cached, token_ids), len(token_ids) - 1)
        self._sampling = sampling
        # Even where nothing is shared: the first stages may have read more than the last one.
        if self._has_read:
            try:
                await self.pipeline.truncate_session(self.session, shared, sampling)
            except HPipeError:
                if self.pipeline.broken is not None:
                    raise
                await self.pipeline.close_session(self.session)
                await self.open()
                shared = 0
        self._cached = list(token_ids[:shared])
        return shared

    async def read(
        self,
        token_ids: Sequence[int],
        position: int,
        chunk_lengths: Sequence[int],
        on_turn: Callable[[], None] | None = None,
    ) -> None:
        """Read token_ids[position:] after what `reuse` kept, and sample the first token.

        on_turn is told when it begins, since another document may be read first.
        """
        self._reading, self._passed, self._has_read = token_ids, position, True
        outcome = await prefill(
            self.pipeline, self.session, token_ids, position, chunk_lengths, on_turn=on_turn
        )
        self._cached = list(token_ids)
        self._reading = ()
        self._next_token = outcome.token_ids[0]

    def passed(self, tokens: int) -> None:
        """The last stage has read this many tokens, and so has every stage before it."""
        self._passed = max(self._passed, tokens)

    async def answer(
        self, limit: int, eos_token_ids: Sequence[int], *, guesses: bool = True
    ) -> AsyncGenerator[int]:
        """Yield the answer's token ids. The caller may stop early; then `stop` or `close`.

        They are the same without guesses, which only benchmarks want.
        """
        may_guess = guesses and self._sampling.temperature <= 0
        tokens = decode(
            self.pipeline,
            self.session,
            self._next_token,
            position=len(self._cached),
            limit=limit,
            eos_token_ids=eos_token_ids,
            guesses=Guesses(self._cached) if may_guess else None,
        )
        previous: int | None = None
        async with aclosing(tokens):
            async for token in tokens:
                # A token enters the caches when the one after it is asked for.
                if previous is not None:
                    self._cached.append(previous)
                previous = token
                yield token

    async def stop(self) -> None:
        """Break off what is under way; what every stage has read by then can be reused."""
        if not self._is_open:
            await self.close()
            return
        await self.pipeline.cancel_session(self.session)
        if self._reading:
            self._cached = list(self._reading[: self._passed])
            self._reading = ()

    async def close(self) -> None:
        """Give back its memory on every stage. Safe to call twice."""
        self._is_open = False
        await self.pipeline.close_session(self.session)
