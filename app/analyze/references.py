"""Finds the places of the document that an answer names, so that they can become links."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtime.snapshots import PageAnchor

_PAGE_LABEL = re.compile(r"page\s+(\d+)", re.IGNORECASE)
_COMPOUND_LABEL = re.compile(r".+, page\s+\d+", re.IGNORECASE)
# "Page 3", "pages 3, 4 and 9", "p. 3", "pp. 3-5", "Seite 3", "第3页"
_PAGES = re.compile(
    r"\b(?:pages?|pp?\.|seiten?|página|pagina)\s*"
    r"(?P<numbers>\d+(?:\s*(?:,|-|\u2013|\u2014|&|and|to|und|bis)\s*\d+)*)|第\s*(?P<chinese>\d+)\s*页",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_OPENING = r"(?<=[\[(\"'\u201c\u2018\u201e«»])"
_CLOSING = r"(?=[\])\"'\u201d\u2019\u201c«»,;.:])"

Piece = tuple[str, PageAnchor | None]


class PageReferences:
    """Knows a document's anchors and cuts texts at what names one of them."""

    def __init__(self, anchors: Sequence[PageAnchor]) -> None:
        self._pages: dict[int, PageAnchor] = {}
        self._labels: dict[str, PageAnchor] = {}
        anywhere: list[str] = []
        enclosed: list[str] = []
        for anchor in anchors:
            label = anchor.label.strip()
            page = _PAGE_LABEL.fullmatch(label)
            if page is not None:
                self._pages.setdefault(int(page[1]), anchor)
            elif label.casefold() not in self._labels and len(label) > 1:
                self._labels[label.casefold()] = anchor
                # A heading can be a common word: only where it is set off is it a reference.
                (anywhere if _COMPOUND_LABEL.fullmatch(label) else enclosed).append(label)
        self._label_pattern = _alternatives(anywhere, enclosed)

    def pieces(self, text: str) -> list[Piece]:
        """The text in order, cut into what is plain (None) and what names an anchor."""
        found: list[tuple[int, int, PageAnchor]] = []
        if self._label_pattern is not None:
            for match in self._label_pattern.finditer(text):
                found.append((*match.span(), self._labels[match[0].casefold()]))
        taken = [(start, end) for start, end, _ in found]
        for match in _PAGES.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found += self._of_pages(match)
        result: list[Piece] = []
        position = 0
        for start, end, anchor in sorted(found, key=lambda item: item[0]):
            if start > position:
                result.append((text[position:start], None))
            result.append((text[start:end], anchor))
            position = end
        if position < len(text):
            result.append((text[position:], None))
        return result

    def _of_pages(self, match: re.Match[str]) -> list[tuple[int, int, PageAnchor]]:
        """One link for each page a reference names; the first takes the word "page" with it."""
        group = "numbers" if match["numbers"] else "chinese"
        offset = match.start(group)
        links = []
        for index, number in enumerate(_NUMBER.finditer(match[group])):
            anchor = self._pages.get(int(number[0][:9]))
            if anchor is None:
                continue
            start = match.start() if index == 0 else offset + number.start()
            end = match.end() if group == "chinese" else offset + number.end()
            links.append((start, end, anchor))
        return links


def _alternatives(anywhere: list[str], enclosed: list[str]) -> re.Pattern[str] | None:
    """One pattern for all labels, the longest first, so that none hides a longer one."""
    parts = []
    for labels, before, after in ((anywhere, "", r"(?!\d)"), (enclosed, _OPENING, _CLOSING)):
        if labels:
            escaped = "|".join(re.escape(one) for one in sorted(labels, key=len, reverse=True))
            parts.append(f"{before}(?:{escaped}){after}")
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
