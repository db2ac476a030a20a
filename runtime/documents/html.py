"""HTML pages into text: blocks on lines of their own, tables by rows, sections by heading."""

from __future__ import annotations

import re
import warnings

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from runtime.documents.plain_text import decoded
from runtime.documents.sections import Sections

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe", "object"})
_LINES = frozenset({"br", "li", "tr", "dt", "dd", "option", "caption"})
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "aside", "nav", "table", "ul"}
    | {"ol", "dl", "blockquote", "pre", "figure", "figcaption", "form", "fieldset", "hr", "address"}
)
_CELLS = frozenset({"td", "th"})
_IN_A_ROW = (_BLOCKS | _LINES) - {"tr", "table"}
_SPACES = re.compile(r"\s+")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,40})""", re.I)


def read_html(data: bytes, name: str) -> Sections:
    """The visible text of a page, in sections by its headings."""
    with warnings.catch_warnings():
        # A text that happens to look like a file name or like XML is read all the same.
        warnings.simplefilter("ignore", UserWarning)
        soup = BeautifulSoup(_text_of(data, name), "html.parser")
    writer = _Writer()
    # A stack instead of recursion: pages can be nested as deeply as they like.
    waiting: list[tuple[object, bool]] = [(soup, False)]
    while waiting:
        node, leaving = waiting.pop()
        if isinstance(node, Tag):
            if leaving:
                writer.leave(node.name)
            elif node.name not in _UNSEEN:
                writer.enter(node)
                waiting.append((node, True))
                waiting.extend((child, False) for child in reversed(node.contents))
        # Comments and declarations are strings of other types.
        elif type(node) is NavigableString:
            writer.write(str(node))
    return writer.finish()


class _Writer:
    """Takes a page's elements in order and writes sections."""

    def __init__(self) -> None:
        self._sections = Sections()
        self._label = "Beginning"
        self._text: list[str] = []
        self._heading: list[str] | None = None
        self._as_written = 0
        self._cells = 0

    def enter(self, tag: Tag) -> None:
        name = tag.name
        if name in _HEADINGS:
            self._end_section()
            self._heading = []
        elif name in _CELLS:
            self._cells += 1
            if not self._at_line_start():
                self._text[-1] = self._text[-1].rstrip(" ")
                self._text.append(" | ")
        elif self._cells and name in _IN_A_ROW:
            # A row stays on its line, whatever its cells are made of.
            self._space()
        elif name in _BLOCKS:
            self._text.append("\n" if self._at_line_start() else "\n\n")
            self._as_written += name == "pre"
        elif name in _LINES:
            if name == "br" or not self._at_line_start():
                self._text.append("\n")
            if name == "li":
                self._text.append("- ")

    def leave(self, name: str) -> None:
        if name in _HEADINGS:
            self._label = "".join(self._heading or ()).strip() or self._label
            self._heading = None
            self._text.append("\n\n")
        elif name in _CELLS:
            self._cells -= 1
        elif self._cells and name in _IN_A_ROW:
            self._space()
        elif name in _BLOCKS:
            self._as_written -= name == "pre"
            self._text.append("\n\n")
        elif name in _LINES and name != "br":
            self._text.append("\n")

    def write(self, text: str) -> None:
        if not self._as_written:
            text = _SPACES.sub(" ", text)
            if self._at_line_start():
                text = text.lstrip()
        if not text:
            return
        self._text.append(text)
        if self._heading is not None:
            self._heading.append(text)

    def finish(self) -> Sections:
        self._end_section()
        return self._sections

    def _space(self) -> None:
        if not self._at_line_start() and not self._text[-1].endswith(" "):
            self._text.append(" ")

    def _at_line_start(self) -> bool:
        return not self._text or self._text[-1].endswith(("\n", "| ", "- "))

    def _end_section(self) -> None:
        self._sections.add(self._label, "".join(self._text))
        self._text = []


def _text_of(data: bytes, name: str) -> str:
    stated = _CHARSET.search(data[:4096])
    if stated:
        try:
            return data.decode(stated[1].decode("ascii"))
        # What a page says of itself is often wrong, or no encoding at all.
        except (LookupError, UnicodeDecodeError):
            pass
    return decoded(data, name)
