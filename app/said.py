"""What the runtime says, in the window's language.

The runtime writes English sentences and knows nothing of Qt; they also go into logs, the history
and the terminal. The window knows the sentences, finds one again by its pattern, and says it in its
own words. What it does not know is shown as it came.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from app.sentences import AND_THEN, END, NEXT, SENTENCES

# A name may hold anything but where one sentence or clause ends and the next begins.
_ANYTHING = r"(?:(?!\. [A-Z]|; ).)+?"
_MEMORY = r"[\d.,]+ [A-Za-z]+"
_FIELDS = {
    "time": r"[\d.,]+ (?:ms|s|min)",
    "times": r"[\d.,]+",
    "n": r"[\d.,]+",
    "size": _MEMORY,
    "room": _MEMORY,
    "taken": _MEMORY,
    "clause": r"[^:;]+",
}
_TRANSLATED = ("time", "clause", "subject", "reason")
_FIELD = re.compile(r"\{(\w+)\}")
_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=\S)")


def said(text: str) -> str:
    """The same in the window's language, as far as it is known there."""
    if not text or _translate(END) == END:
        return text
    return _said(text)


def _said(text: str) -> str:
    found = _find(text)
    if found is not None:
        sentence, fields = found
        words = {k: _said(v) if k in _TRANSLATED else v for k, v in fields.items()}
        return _translate(sentence).format(**words)
    for breaks, together in ((_SENTENCE_END, NEXT), (re.compile("; "), AND_THEN)):
        first, *rest = breaks.split(text, maxsplit=1)
        if rest:
            return _joined(together, first, rest[0], text)
    if text.endswith("."):
        inner = _said(text[:-1])
        return text if inner == text[:-1] else _translate(END).format(clause=inner)
    return text


def _joined(together: str, first: str, rest: str, text: str) -> str:
    """Both parts, put together as the language does; as it came where neither is known."""
    one, other = _said(first), _said(rest)
    if (one, other) == (first, rest):
        return text
    return _translate(together).format(clause=one, more=other)


def _translate(sentence: str) -> str:
    return QCoreApplication.translate("Said", sentence)


@lru_cache(maxsize=1024)
def _find(text: str) -> tuple[str, dict[str, str]] | None:
    """The known sentence that a text is, and what stands in its fields."""
    for sentence, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            return sentence, match.groupdict()
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those that say most by themselves come first."""
    by_length = sorted(SENTENCES, key=lambda sentence: -len(_FIELD.sub("", sentence)))
    return tuple((sentence, re.compile(_pattern(sentence))) for sentence in by_length)


def _pattern(sentence: str) -> str:
    parts = _FIELD.split(sentence)  # text, field, text, field, ...
    return "".join(
        f"(?P<{part}>{_FIELDS.get(part, _ANYTHING)})" if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    )
