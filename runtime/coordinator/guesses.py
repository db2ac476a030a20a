"""Guesses at the next tokens: an answer about a document often says what the document says.

Where the last few tokens have stood before, what followed them there may follow here too (prompt
lookup). The stages check all guesses in one pass, so that right ones come for the price of one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

# As many rows as the engines take in one go beside the token itself.
MOST_GUESSES = 7
# So many last tokens must have stood before; the longer the match, the likelier the guess.
_MATCHES = (8, 4, 3)
_FIRST_GUESSES = 3
# After a wrong guess this many tokens pass without one, twice as many each time, up to a limit.
_FEWEST_PAUSED, _MOST_PAUSED = 1, 16


class Guesses:
    """What has been read and written so far, and how well guesses have done lately."""

    def __init__(self, token_ids: Sequence[int]) -> None:
        self._text = array("i", token_ids)
        self._count = _FIRST_GUESSES
        self._pause = _FEWEST_PAUSED
        self._paused = 0

    def add(self, token: int) -> None:
        """A token that was written."""
        self._text.append(token)

    def next(self, most: int) -> list[int]:
        """Up to `most` tokens that may come next; none where nothing suggests any."""
        if self._paused > 0:
            self._paused -= 1
            return []
        wanted = min(self._count, most)
        if wanted <= 0:
            return []
        place = self._after_last_match()
        if place is None:
            return []
        guessed: list[int] = self._text[place : place + wanted].tolist()
        # What repeats itself goes on so: behind its end comes what is guessed to.
        for index in range(wanted - len(guessed)):
            guessed.append(guessed[index])
        return guessed

    def judge(self, guessed: int, right: int) -> None:
        """Learn how many of so many guesses, from the first on, were right."""
        if right == guessed:
            self._count = min(2 * self._count + 1, MOST_GUESSES)
        else:
            self._count = max(right + 1, 2)
        if right:
            self._pause = _FEWEST_PAUSED
        else:
            self._paused = self._pause
            self._pause = min(2 * self._pause, _MOST_PAUSED)

    def _after_last_match(self) -> int | None:
        """The index behind the last earlier occurrence of the text's last few tokens."""
        size = self._text.itemsize
        everything = self._text.tobytes()
        for length in _MATCHES:
            if length >= len(self._text):
                continue
            pattern = everything[-length * size :]
            # An occurrence must end before the text does, or nothing follows it.
            end = len(everything) - size
            while (found := everything.rfind(pattern, 0, end)) >= 0:
                if found % size == 0:
                    return found // size + length
                end = found + len(pattern) - 1
        return None
