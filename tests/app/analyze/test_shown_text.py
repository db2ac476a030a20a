"""Places of a document in the text that is shown: off by a label or a surrogate would mislead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from app.analyze.shown_text import ShownText, utf16_length
from runtime.snapshots import DocumentSnapshot, PageAnchor


def document(*pages: tuple[str, str]) -> DocumentSnapshot:
    text, anchors = "", []
    for label, page in pages:
        anchors.append(PageAnchor(label=label, start=len(text), end=len(text) + len(page)))
        text += page
    return DocumentSnapshot(path="a.txt", title="a", text=text, anchors=tuple(anchors))


def shown_at(shown: ShownText, position: int, length: int) -> str:
    units = shown.text.encode("utf-16-le")
    return units[position * 2 : (position + length) * 2].decode("utf-16-le")


def test_every_page_gets_its_label_once() -> None:
    shown = ShownText(document(("Page 1", "One.\n"), ("Page 2", "Two.\n")))
    assert shown.text == "Page 1\nOne.\nPage 2\nTwo.\n"
    assert [heading.label for heading in shown.headings] == ["Page 1", "Page 2"]


def test_a_section_that_says_its_own_name_is_not_named_twice() -> None:
    shown = ShownText(document(("Costs", "# Costs\nMuch.\n"), ("Dates", "## Dates\nSoon.\n")))
    assert shown.text == "# Costs\nMuch.\n## Dates\nSoon.\n"
    heading = shown.headings[1]
    assert shown_at(shown, heading.start, heading.length) == "Dates"


def test_a_place_is_found_behind_labels_and_characters_of_two_units() -> None:
    whole = document(("Page 1", "A 😀 here.\n"), ("Page 2", "The target.\n"))
    shown = ShownText(whole)
    start = whole.text.index("target")
    assert shown_at(shown, shown.position(start), 6) == "target"


def test_a_range_that_fills_a_page_ends_before_the_next_label() -> None:
    whole = document(("Page 1", "One.\n"), ("Page 2", "Two.\n"))
    shown = ShownText(whole)
    start, end = shown.position(0), shown.end_position(whole.anchors[0].end)
    assert shown_at(shown, start, end - start) == "One.\n"


def test_the_page_of_a_place_is_the_one_it_stands_on() -> None:
    whole = document(("Page 1", "One.\n"), ("Page 2", "Two.\n"))
    shown = ShownText(whole)
    assert shown.heading_at(shown.position(whole.text.index("One"))) == 0
    assert shown.heading_at(shown.position(whole.text.index("Two"))) == 1
    assert ShownText(document()).heading_at(0) == -1


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_qt_counts_like_the_shown_text(pages: list[str]) -> None:
    """A character Qt drops or joins (CRLF, U+2029) would move every later place."""
    labelled = [(f"Page {number}", page) for number, page in enumerate(pages, start=1)]
    shown = ShownText(document(*labelled))
    qt = QTextDocument()
    qt.setPlainText(shown.text)
    assert qt.characterCount() == utf16_length(shown.text) + 1
