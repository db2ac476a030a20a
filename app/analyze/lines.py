"""Lines of a printed page put together to paragraphs again, for a window of another width."""

from __future__ import annotations

import re
from itertools import pairwise

# Lines shorter than this part of a full one end where their writer ended them.
_FULL_LINE = 0.6
_NARROWEST = 40
_ENDING = re.compile(r"[.!?:;|]\s*$")
_BEGINNING = re.compile(r"\s*(?:[-•*–|]|\d+[.)]\s|\()")


def joined_lines(text: str) -> str:
    """The same text with spaces for the line ends inside paragraphs, so of the same length."""
    lines = text.split("\n")
    lengths = sorted(len(line) for line in lines if line.strip())
    if not lengths:
        return text
    width = lengths[len(lengths) * 9 // 10]
    if width < _NARROWEST:
        return text
    parts = [lines[0]]
    for line, following in pairwise(lines):
        goes_on = len(line) >= _FULL_LINE * width and _continues(line, following)
        parts += (" " if goes_on else "\n", following)
    return "".join(parts)


def _continues(line: str, following: str) -> bool:
    """Whether a sentence goes on; a row of a table and an item of a list do not."""
    if not following.strip() or "|" in line or "|" in following or _BEGINNING.match(following):
        return False
    return following.lstrip()[0].islower() or not _ENDING.search(line)
