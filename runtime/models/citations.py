"""Where in the document an answer comes from: the passages that say what it says."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from runtime.snapshots import Citation, DocumentSnapshot, PageAnchor

MOST_CITATIONS = 3
_LONGEST_QUOTE = 160
_LONGEST_PASSAGE = 400
# A passage says what the answer says when it holds this share of the weight of its words.
_ENOUGH = 0.6
# Further passages are named only when they add as much again.
_WORTH_ADDING = 0.25
# How much a word of the question counts beside a word of the answer.
_QUESTION_SHARE = 0.35
# Numbers are what an answer is checked by.
_NUMBER_WEIGHT = 2.0
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_BREAK = re.compile(r"(?<=[.!?])\s+(?=\S)|\n+")
# They say nothing about where an answer comes from. English only: in other languages, the weight
# by rarity does the same, less sharply.
_COMMON_TEXT = """
a an and are as at be been by can do does for from had has have he her his how i if in into is it
its may more must no not of on one or our she should so such than that the their them then there
these they this to was we were what when where which who will with would yes you your document
answer question
"""
_COMMON = frozenset(_COMMON_TEXT.split())


class _Passage(Struct, frozen=True):
    """A sentence or a line: where it lies, and its words."""

    start: int
    end: int
    words: frozenset[str]


def cite(answer: str, document: DocumentSnapshot, question: str = "") -> tuple[Citation, ...]:
    """The places an answer rests on, the strongest first; none where nothing supports it.

    Every word weighs by how rare it is in the document. Words of the question only decide between
    passages that support the answer.
    """
    wanted = _content(answer)
    if not wanted or not document.text.strip():
        return ()
    passages = list(_passages(document.text))
    weights = _weights(passages, wanted | _content(question))
    total = sum(weights[word] for word in wanted)
    asked = _content(question) - wanted
    found: list[_Passage] = []
    left = set(wanted)
    while left and len(found) < MOST_CITATIONS:
        best = max(passages, key=lambda each: _support(each, left, asked, weights), default=None)
        if best is None:
            break
        gained = sum(weights[word] for word in left & best.words)
        if gained < total * (_WORTH_ADDING if found else 0.0) or gained == 0.0:
            break
        found.append(best)
        left -= best.words
    covered = total - sum(weights[word] for word in left)
    if covered < total * _ENOUGH:
        return ()
    return tuple(_citation(document, passage, wanted) for passage in found)


def _support(
    passage: _Passage, wanted: set[str], asked: set[str], weights: dict[str, float]
) -> tuple[float, int]:
    gained = sum(weights[word] for word in wanted & passage.words)
    if gained == 0.0:
        return (0.0, 0)
    near = sum(weights[word] for word in asked & passage.words)
    # Of equals, the shortest passage says it most plainly.
    return (gained + _QUESTION_SHARE * near, passage.start - passage.end)


def _weights(passages: Iterable[_Passage], words: Iterable[str]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    total = 0
    wanted = set(words)
    for passage in passages:
        total += 1
        counts.update(wanted & passage.words)
    return {
        word: math.log(1 + (total + 1) / (counts[word] + 1))
        * (_NUMBER_WEIGHT if word[0].isdigit() else 1.0)
        for word in wanted
    }


def _content(text: str) -> set[str]:
    return {word for word in _words(text) if word not in _COMMON}


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        # "1,250" and "1250" are the same number; so are "machines" and "machine" nearly.
        if word[0].isdigit():
            yield re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", word)
        else:
            yield word[:-1] if len(word) > 3 and word.endswith("s") else word


def _passages(text: str) -> Iterator[_Passage]:
    start = 0
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        for piece in _pieces(text, start, end):
            words = frozenset(_words(text[piece[0] : piece[1]]))
            if words:
                yield _Passage(piece[0], piece[1], words)
        start = match.end() if match else end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long for one passage, at spaces where there are any."""
    while end - start > _LONGEST_PASSAGE:
        cut = text.rfind(" ", start + 1, start + _LONGEST_PASSAGE)
        cut = cut if cut > start else start + _LONGEST_PASSAGE
        yield start, cut
        start = cut
    yield start, end


def _citation(document: DocumentSnapshot, passage: _Passage, wanted: set[str]) -> Citation:
    start, end = _trimmed(document.text, passage.start, passage.end)
    anchor = _anchor_at(document.anchors, start)
    return Citation(
        label=anchor.label if anchor else document.title,
        start=start,
        end=end,
        quote=_quote(document.text[start:end], wanted),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _anchor_at(anchors: tuple[PageAnchor, ...], place: int) -> PageAnchor | None:
    return next((anchor for anchor in anchors if anchor.start <= place < anchor.end), None)


def _quote(text: str, wanted: set[str]) -> str:
    """The passage on one line; of a long one, the part around the answer's first word."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST_QUOTE:
        return line
    place = next((m.start() for m in _WORD.finditer(line) if set(_words(m[0])) & wanted), 0)
    start = max(0, min(place - _LONGEST_QUOTE // 3, len(line) - _LONGEST_QUOTE))
    piece = line[start : start + _LONGEST_QUOTE].strip()
    return f"{'…' if start else ''}{piece}{'…' if start + _LONGEST_QUOTE < len(line) else ''}"
