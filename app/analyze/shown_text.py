"""A document's text as the window shows it: page labels between the pages, and places in it."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from app.analyze.lines import joined_lines
from runtime.snapshots import DocumentSnapshot

# Characters a text widget would take for the end of a paragraph, or drop.
_UNSHOWABLE = str.maketrans({"\r": " ", "\u2029": " ", "\ufdd0": " ", "\ufdd1": " ", "\0": " "})


class Heading(Struct, frozen=True, kw_only=True):
    """Where a page or section begins in the shown text, in UTF-16 units, as Qt counts."""

    label: str
    start: int
    length: int
    is_inserted: bool  # False: the document's own text begins with it


class _Piece(Struct, frozen=True):
    """A run of the document's text, and where it stands in the shown text."""

    source_start: int
    source_end: int
    shown_start: int


class ShownText:
    """The text with its labels; `position` finds a place of the document in it."""

    def __init__(self, document: DocumentSnapshot) -> None:
        text = document.text.translate(_UNSHOWABLE)
        self._source = joined_lines(text) if document.path.lower().endswith(".pdf") else text
        self._pieces: list[_Piece] = []
        self._parts: list[str] = []
        self._length = 0
        headings: list[Heading] = []
        covered = 0
        for anchor in document.anchors:
            self._take(covered, anchor.start)
            own = self._own_heading(anchor.start, anchor.end, anchor.label)
            if own is None:
                self._break_line()
                label = anchor.label.translate(_UNSHOWABLE).replace("\n", " ")
                start = self._length
                self._add(label + "\n")
                headings.append(
                    Heading(
                        label=label, start=start, length=utf16_length(label), is_inserted=True
                    )
                )  # fmt: skip
                self._take(max(covered, anchor.start), anchor.end)
            else:
                self._take(max(covered, anchor.start), anchor.end)
                headings.append(
                    Heading(
                        label=anchor.label,
                        start=self.position(own),
                        length=utf16_length(anchor.label),
                        is_inserted=False,
                    )
                )
            covered = max(covered, anchor.end)
        self._take(covered, len(self._source))
        self.headings = tuple(headings)
        self.text = "".join(self._parts)
        self._parts.clear()

    def position(self, offset: int) -> int:
        """Where a place of the document's text stands in the shown text, in UTF-16 units."""
        offset = max(0, min(offset, len(self._source)))
        index = bisect_right(self._pieces, offset, key=lambda piece: piece.source_start) - 1
        if index < 0:
            return 0
        piece = self._pieces[index]
        inside = self._source[piece.source_start : min(offset, piece.source_end)]
        return piece.shown_start + utf16_length(inside)

    def end_position(self, offset: int) -> int:
        """Where a range that ends before a place ends: not behind the label of the next page."""
        return self.position(offset - 1) + utf16_length(self._source[offset - 1 : offset])

    def heading_at(self, position: int) -> int:
        """Index of the page or section a place of the shown text belongs to; -1 before any."""
        return bisect_right(self.headings, position, key=lambda heading: heading.start) - 1

    def _own_heading(self, start: int, end: int, label: str) -> int | None:
        """Where the document itself says the label at the beginning of its part."""
        beginning = self._source[start : min(end, start + len(label) + 16)]
        bare = beginning.lstrip("# \t\n*_")
        if label and bare.startswith(label):
            return start + len(beginning) - len(bare)
        return None

    def _take(self, start: int, end: int) -> None:
        if start < end:
            self._pieces.append(_Piece(start, end, self._length))
            self._add(self._source[start:end])

    def _break_line(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self._add("\n")

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += utf16_length(text)


def utf16_length(text: str) -> int:
    """How many UTF-16 units a text takes, which is how Qt counts places."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
