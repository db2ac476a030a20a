"""Prefill and decode of one session over a pipeline: token ids in, a stream of token ids out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from runtime.coordinator.guesses import MOST_GUESSES, Guesses
from runtime.coordinator.pipeline import Outcome, Pipeline
from runtime.messages.stage import Output

# Engines compute a token and its guesses in a way of their own, which rounds in another place: as
# long as no part of a prompt goes that way, a prompt gives the same however it is cut.
FEWEST_TOKENS = MOST_GUESSES + 2


def fit_chunks(chunk_lengths: Sequence[int], tokens: int) -> tuple[int, ...]:
    """Chunk lengths that add up to tokens, following a plan's lengths as far as they go.

    A plan is made for a whole prompt; a follow-up question reads only its own few tokens, and
    a prompt can turn out some tokens longer than planned: its last chunks are repeated or cut.
    None is shorter than FEWEST_TOKENS, unless it is all there is.
    """
    lengths: list[int] = []
    left = tokens
    planned = iter(chunk_lengths)
    longest = max(chunk_lengths, default=tokens)
    while left > 0:
        length = min(next(planned, longest), left)
        left -= length
        lengths.append(length)
        if min(lengths[-2:]) < FEWEST_TOKENS:
            both = sum(lengths[-2:])
            lengths[-2:] = [both]
            if both > max(longest, 2 * FEWEST_TOKENS - 1):
                lengths[-1:] = [both - FEWEST_TOKENS, FEWEST_TOKENS]
    return tuple(lengths)


async def prefill(
    pipeline: Pipeline,
    session: str,
    token_ids: Sequence[int],
    position: int,
    chunk_lengths: Sequence[int],
    *,
    on_turn: Callable[[], None] | None = None,
) -> Outcome:
    """Read token_ids[position:] in chunks and return the first sampled token.

    Documents are fed one after another, each when the last chunk of the one before is under way;
    on_turn is told when it begins.
    """
    sequence = 0
    lengths = fit_chunks(chunk_lengths, len(token_ids) - position)
    async with pipeline.traffic.turn:
        if on_turn is not None:
            on_turn()
        for index, length in enumerate(lengths):
            await pipeline.traffic.room()
            chunk = token_ids[position : position + length]
            output: Output = "sample" if index == len(lengths) - 1 else "none"
            sequence = await pipeline.feed(session, position, chunk, output)
            position += length
    return await pipeline.outcome(session, sequence)


async def decode(
    pipeline: Pipeline,
    session: str,
    first_token: int,
    *,
    position: int,
    limit: int,
    eos_token_ids: Sequence[int],
    guesses: Guesses | None = None,
) -> AsyncGenerator[int]:
    """Yield first_token and those that follow, up to limit of them or the end of sequence.

    position is where first_token will stand. The end-of-sequence token is not yielded. With
    guesses, which only a greedy answer can have, several tokens may come of one pass; they are the
    same as without.
    """
    pending = [first_token]
    produced, has_wrong_guesses = 0, False
    while True:
        for token in pending:
            if token in eos_token_ids:
                return
            if guesses is not None:
                guesses.add(token)
            yield token
            produced += 1
            if produced == limit:
                return
        guessed = guesses.next(limit - produced - 1) if guesses is not None else []
        sequence = await pipeline.feed(
            session,
            position,
            [pending[-1], *guessed],
            "greedy_rows" if guessed else "sample",
            rewinds=has_wrong_guesses,
            is_step=True,
        )
        outcome = await pipeline.outcome(session, sequence)
        right = 0
        while right < len(guessed) and guessed[right] == outcome.token_ids[right]:
            right += 1
        if guesses is not None and guessed:
            guesses.judge(len(guessed), right)
        has_wrong_guesses = right < len(guessed)
        pending = [*guessed[:right], outcome.token_ids[right]]
        position += 1 + right
