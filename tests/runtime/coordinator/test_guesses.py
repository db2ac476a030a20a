"""Guessing ahead never changes an answer, and saves passes where an answer quotes its document."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.coordinator.guesses import MOST_GUESSES, Guesses
from runtime.coordinator.pipeline import Outcome
from runtime.coordinator.reading import decode

END = 0


def test_what_repeats_itself_is_guessed_to_go_on_beyond_its_end():
    """A single guess at a time would be made where a table's rows are all alike."""
    guesses = Guesses([9, 5, 6, 5, 6, 5, 6])
    assert guesses.next(7) == [5, 6, 5]
    guesses.judge(3, 3)
    assert guesses.next(7) == [5, 6, 5, 6, 5, 6, 5]
    assert guesses.next(2) == [5, 6]


class Stages:
    """A pipeline whose model writes a fixed text, and that minds what it has been fed."""

    def __init__(self, read, text):
        self.held = list(read)
        self.start = len(read)
        self.text = text
        self.passes = 0
        self.outcomes = {}

    def follows(self, held):
        """What a model that writes the text says after these tokens; nonsense off its way."""
        written = held[self.start :]
        if written != self.text[: len(written)]:
            return 999
        return self.text[len(written)] if len(written) < len(self.text) else END

    async def feed(
        self, session, position, token_ids, output="none", *, rewinds=False, is_step=False
    ):
        assert position == len(self.held) or (rewinds and position < len(self.held))
        del self.held[position:]
        rows = []
        for token in token_ids:
            self.held.append(token)
            rows.append(self.follows(self.held))
        assert is_step and len(token_ids) <= 1 + MOST_GUESSES
        assert output == ("sample" if len(token_ids) == 1 else "greedy_rows")
        self.passes += 1
        self.outcomes[self.passes] = Outcome(token_ids=tuple(rows))
        return self.passes

    async def outcome(self, session, sequence):
        return self.outcomes[sequence]


def answer(read, text, limit, guesses):
    stages = Stages(read, text)

    async def run():
        return [
            token
            async for token in decode(
                stages,
                "session",
                text[0] if text else END,
                position=len(read),
                limit=limit,
                eos_token_ids=(END,),
                guesses=guesses,
            )
        ]

    return asyncio.run(run()), stages


tokens = st.lists(st.integers(1, 5), max_size=60)


@settings(max_examples=300, deadline=None)
@given(read=tokens, text=tokens, limit=st.integers(1, 70))
def test_the_answer_is_the_same_with_guesses_and_without(read, text, limit):
    """Few different tokens, so that matches, right guesses and wrong ones abound."""
    plain, _ = answer(read, text, limit, None)
    guessed, stages = answer(read, text, limit, Guesses(read))
    assert guessed == plain == text[:limit]
    # No room was used beyond what an answer of that length may take.
    assert len(stages.held) <= len(read) + limit


def test_a_quotation_takes_few_passes():
    document = list(range(1, 400))
    text = [*document[100:200], END]
    _, plain = answer(document, text[:-1], 200, None)
    written, quick = answer(document, text[:-1], 200, Guesses(document))
    assert written == document[100:200]
    assert plain.passes == 100
    assert quick.passes < 25


def test_wrong_guesses_become_rare():
    """A text in which the same three tokens are followed by something else each time."""
    document = [token for number in range(100) for token in (1, 2, 3, 500 + number)]
    text = [token for number in range(100) for token in (1, 2, 3, 1_000 + number)]
    guesses = Guesses(document)
    asked = []
    following = guesses.next
    guesses.next = lambda most: asked.append(following(most)) or asked[-1]
    written, _ = answer(document, text, 400, guesses)
    assert written == text
    assert sum(map(len, asked)) < 200


def test_nothing_is_guessed_from_nothing():
    assert Guesses([]).next(7) == []
    assert Guesses([1, 2, 3, 4, 5]).next(7) == []
    assert Guesses([1, 2, 3, 9, 1, 2, 3]).next(0) == []
    assert Guesses([1, 2, 3, 9, 8, 1, 2, 3]).next(2) == [9, 8]
