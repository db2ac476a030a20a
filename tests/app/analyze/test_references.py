"""What an answer says about places becomes links to them, and nothing else does."""

from __future__ import annotations

import pytest

from app.analyze.references import PageReferences
from runtime.snapshots import PageAnchor

PAGES = tuple(PageAnchor(label=f"Page {n}", start=n * 10, end=n * 10 + 9) for n in range(1, 13))
SECTIONS = (
    PageAnchor(label="Costs", start=0, end=10),
    PageAnchor(label="Costs of dredging", start=10, end=20),
    PageAnchor(label="Report, Page 3", start=20, end=30),
)


def links(anchors: tuple[PageAnchor, ...], text: str) -> list[tuple[str, str]]:
    pieces = PageReferences(anchors).pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    return [(piece, anchor.label) for piece, anchor in pieces if anchor is not None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is so (Page 8).", [("Page 8", "Page 8")]),
        ("see page 8 and p. 9", [("page 8", "Page 8"), ("p. 9", "Page 9")]),
        (
            "pages 3, 4 and 12",
            [("pages 3", "Page 3"), ("4", "Page 4"), ("12", "Page 12")],
        ),
        ("pp. 3-5", [("pp. 3", "Page 3"), ("5", "Page 5")]),
        ("在第3页。", [("第3页", "Page 3")]),
        ("Page 99 does not exist", []),
        ("The homepage 3 is no page", []),
        ("a price of 8 euros", []),
        ("Page 99999999999999999999", []),
    ],
)
def test_pages(text: str, expected: list[tuple[str, str]]) -> None:
    assert links(PAGES, text) == expected


def test_a_heading_is_a_link_only_where_it_is_set_off() -> None:
    """ "Costs" in a plain sentence is a word, not a reference."""
    assert links(SECTIONS, "Costs rose, as written in (Costs).") == [("Costs", "Costs")]


def test_the_longer_heading_wins() -> None:
    assert links(SECTIONS, "see “Costs of dredging”") == [
        ("Costs of dredging", "Costs of dredging")
    ]


def test_a_page_of_one_of_several_documents_is_a_link_anywhere() -> None:
    assert links(SECTIONS, "as Report, Page 3 says") == [("Report, Page 3", "Report, Page 3")]
    assert links(SECTIONS, "as Report, Page 31 says") == []
