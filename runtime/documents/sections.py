"""A text put together piece by piece, with anchors that cover it from end to end."""

from __future__ import annotations

import re
from collections import Counter

from runtime.errors import DocumentError
from runtime.snapshots import PageAnchor

# More than the longest context of any model, in any language.
MOST_CHARACTERS = 40_000_000
_LONGEST_LABEL = 80
_BETWEEN = "\n\n"
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


class Sections:
    """Pages or sections in order. Empty ones are left out, labels are made unique."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._labels: list[str] = []
        self._seen: Counter[str] = Counter()
        self._length = 0

    def add(self, label: str, text: str) -> None:
        """The next section. DocumentError when the whole becomes too long to be of use."""
        text = cleaned(text)
        if not text:
            return
        label = " ".join(cleaned(label).split())[:_LONGEST_LABEL] or "Beginning"
        self._seen[label] += 1
        count = self._seen[label]
        self._labels.append(label if count == 1 else f"{label} ({count})")
        self._texts.append(text)
        self._length += len(text) + len(_BETWEEN)
        if self._length > MOST_CHARACTERS:
            raise DocumentError(
                f"The document has more than {MOST_CHARACTERS:,} characters of text, far more than "
                "any model reads.",
                "Split it, and ask about the parts one by one.",
            )

    def __len__(self) -> int:
        return len(self._texts)

    def joined(self) -> tuple[str, tuple[PageAnchor, ...]]:
        """The whole text and its anchors: each begins where the one before it ends."""
        anchors = []
        start = 0
        for number, (label, text) in enumerate(zip(self._labels, self._texts, strict=True)):
            last = number == len(self._texts) - 1
            end = start + len(text) + (0 if last else len(_BETWEEN))
            anchors.append(PageAnchor(label=label, start=start, end=end))
            start = end
        return _BETWEEN.join(self._texts), tuple(anchors)


def cleaned(text: str) -> str:
    """The same text with one kind of line end, no control characters and single blank lines."""
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    # Halves of characters, as damaged files give them, cannot be stored or sent.
    text = text.encode("utf-8", "replace").decode("utf-8")
    lines = (line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
