"""Putting the cells of a table's row, which a PDF draws one by one, back on one line."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

_SAME_LINE = 0.35
# No usual font is narrower on average, in parts of its size.
_LEAST_CHARACTER_WIDTH = 0.3


class Piece(Struct, frozen=True, kw_only=True):
    """Text drawn at a place of a page, y upwards, with the size of its font."""

    text: str
    x: float
    y: float
    size: float


def rows_on_lines(pieces: Sequence[Piece]) -> str:
    """The pieces in order. A line end becomes " | " where the next piece goes on to its right.

    pypdf itself joins the words of a line; what it takes for a new line there is a new cell.
    Only pieces drawn one after the other are joined: columns of text, which are drawn from top to
    bottom, stay apart.
    """
    written: list[str] = []
    before: Piece | None = None
    for piece in pieces:
        if before is not None and _goes_on(before, piece):
            written[-1] = written[-1].rstrip("\n") + " | "
        written.append(piece.text)
        if piece.text.strip():
            before = piece
        elif "\n" in piece.text:
            before = None
    return "".join(written)


def _goes_on(before: Piece, piece: Piece) -> bool:
    ends_line = before.text.endswith("\n") and "\n" not in before.text.strip("\n")
    is_level = abs(piece.y - before.y) <= _SAME_LINE * max(before.size, 1.0)
    least_width = len(before.text.strip()) * _LEAST_CHARACTER_WIDTH * before.size
    is_behind = piece.x > before.x + least_width
    return ends_line and is_level and is_behind and bool(piece.text.strip())
