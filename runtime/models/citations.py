"""Where in the document an answer comes from: the passages that say what it says."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from runtime.snapshots import Citation, DocumentSnapshot, PageAnchor

MOST_CITATIONS = 3
_LONGEST_QUOTE = 160
_LONGEST_PASSAGE = 400
# A passage says what a claim says when it holds this share of the weight of its words.
_ENOUGH = 0.6
# How much a word of the question counts beside a word of the answer.
_QUESTION_SHARE = 0.35
# Numbers are what an answer is checked by.
_NUMBER_WEIGHT = 2.0
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
# A claim goes over the end of a line, unless the next line begins a list's item.
_CLAIM_END = re.compile(r"(?<=[.!?])\s+(?=\S)|\n\s*\n|\n\s*(?=[-*\u2022]|\d+[.)]\s)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)|\n+")
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
    """A sentence or a line, or two that follow each other: where it lies, and its words."""

    start: int
    end: int
    words: frozenset[str]


def cite(answer: str, document: DocumentSnapshot, question: str = "") -> tuple[Citation, ...]:
    """The places an answer rests on, in its own order; none where nothing supports it.

    Every sentence of the answer is looked up by itself. Words weigh by how rare they are in the
    document. What an answer merely repeats of the question proves nothing and is used only to
    choose between passages that support the rest.
    """
    asked = _content(question)
    claims = [
        claim - asked or claim for part in _CLAIM_END.split(answer) if (claim := _content(part))
    ]
    if not claims or not document.text.strip():
        return ()
    passages = list(_passages(document.text, frozenset(asked.union(*claims))))
    weights = _weights(passages, asked.union(*claims))
    candidates = [*passages, *_pairs(document.text, passages)]
    found: list[Citation] = []
    for claim in claims:
        best = max(candidates, key=lambda each: _support(each, claim, asked, weights), default=None)
        if best is None or _weight(claim & best.words, weights) < _ENOUGH * _weight(claim, weights):
            continue
        citation = _citation(document, best, claim)
        if len(found) < MOST_CITATIONS and citation not in found:
            found.append(citation)
    return tuple(found)


def _support(
    passage: _Passage, claim: set[str], asked: set[str], weights: dict[str, float]
) -> tuple[float, int]:
    gained = _weight(claim & passage.words, weights)
    near = _weight(asked & passage.words, weights) if gained else 0.0
    # Of equals, the shortest passage says it most plainly.
    return (gained + _QUESTION_SHARE * near, passage.start - passage.end)


def _weight(words: Iterable[str], weights: dict[str, float]) -> float:
    return sum(weights[word] for word in words)


def _weights(passages: Iterable[_Passage], words: Iterable[str]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    total = 0
    for passage in passages:
        total += 1
        counts.update(passage.words)
    return {
        word: math.log(1 + (total + 1) / (counts[word] + 1))
        * (_NUMBER_WEIGHT if word[0].isdigit() else 1.0)
        for word in words
    }


def _content(text: str) -> set[str]:
    return {word for word in _words(text) if word not in _COMMON}


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        # "1,250" and "1250" are the same number; "machines" and "machine" nearly the same word.
        if word[0].isdigit():
            yield re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", word)
        else:
            yield word[:-1] if len(word) > 3 and word.endswith("s") else word


def _passages(text: str, wanted: frozenset[str]) -> Iterator[_Passage]:
    """The sentences and lines that hold wanted words, with those of their words that are wanted.

    Long documents have a hundred thousand lines: most are passed over without a closer look.
    """
    beginnings = sorted({re.escape(word[:4]) for word in wanted})
    glance = re.compile("|".join(beginnings), re.IGNORECASE)
    start = 0
    for line in text.split("\n"):
        if glance.search(line):
            for first, last in _sentences(line):
                words = wanted.intersection(_words(line[first:last]))
                # A number that stands alone is a heading's or a list's.
                if words and len(line[first:last].split()) > 1:
                    yield _Passage(start + first, start + last, words)
        start += len(line) + 1


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in [*_SENTENCE_END.finditer(line), None]:
        end = match.start() if match else len(line)
        while end - start > _LONGEST_PASSAGE:
            cut = line.rfind(" ", start + 1, start + _LONGEST_PASSAGE)
            cut = cut if cut > start else start + _LONGEST_PASSAGE
            yield start, cut
            start = cut
        yield start, end
        start = match.end() if match else end


def _pairs(text: str, passages: list[_Passage]) -> Iterator[_Passage]:
    """Two passages that follow each other: a sentence that goes over the end of a line."""
    for first, second in pairwise(passages):
        between = text[first.end : second.start]
        if not between.strip() and between.count("\n") <= 1:
            yield _Passage(first.start, second.end, first.words | second.words)


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
