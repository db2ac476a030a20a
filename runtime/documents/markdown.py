"""Markdown as it is written, which models read well, in sections by its headings."""

from __future__ import annotations

from itertools import pairwise

from markdown_it import MarkdownIt

from runtime.documents.plain_text import decoded
from runtime.documents.sections import Sections


def read_markdown(data: bytes, name: str) -> Sections:
    """Sections by heading; a "#" inside a block of code is none."""
    text = decoded(data, name)
    # The parser counts lines by "\n" alone.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    sections = Sections()
    label = "Beginning"
    start = 0
    for line, heading in _headings("\n".join(lines)):
        sections.add(label, "\n".join(lines[start:line]))
        label, start = heading, line
    sections.add(label, "\n".join(lines[start:]))
    return sections


def _headings(text: str) -> list[tuple[int, str]]:
    """The line each heading begins on, and its text."""
    tokens = MarkdownIt("commonmark").parse(text)
    found = []
    for token, inside in pairwise(tokens):
        # A heading in a quotation or a list begins no section.
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            words = (part.content for part in inside.children or ())
            found.append((token.map[0], "".join(words) or inside.content))
    return found
