"""A document that is too long is cut where a person agreed to, and nothing of it gets lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.analyze.lengths import FRAME_TOKENS, Length, parts_that_fit, read_together
from runtime.snapshots import DocumentSnapshot, PageAnchor


def document(pages: list[str], title: str = "Report") -> DocumentSnapshot:
    text, anchors = "", []
    for number, page in enumerate(pages, start=1):
        anchors.append(
            PageAnchor(label=f"Page {number}", start=len(text), end=len(text) + len(page))
        )
        text += page
    return DocumentSnapshot(path="r.txt", title=title, text=text, anchors=tuple(anchors))


def length(document_tokens: int, room: int) -> Length:
    return Length(
        document_tokens=document_tokens,
        context_tokens=room + 100 + FRAME_TOKENS,
        output_tokens=100,
    )


def test_the_answer_needs_room_too() -> None:
    assert not length(500, 500).is_too_long
    assert length(501, 500).is_too_long


def test_an_unknown_context_never_forbids_asking() -> None:
    unknown = Length(document_tokens=10**6, context_tokens=0, output_tokens=100)
    assert not unknown.is_too_long


def test_parts_end_at_pages_and_say_which() -> None:
    whole = document(["a" * 400, "b" * 400, "c" * 400])
    first, second = parts_that_fit(whole, length(300, 220))
    assert first.title == "Report: Page 1 … Page 2"
    assert second.title == "Report: Page 3"
    assert [anchor.label for anchor in first.anchors] == ["Page 1", "Page 2"]
    assert second.anchors[0].start == 0


@given(
    st.lists(st.text("ab \n", max_size=900), min_size=1, max_size=8),
    st.integers(1, 400),
)
def test_no_part_is_too_long_and_no_text_is_lost(pages: list[str], room: int) -> None:
    whole = document(pages)
    tokens = max(1, len(whole.text) // 4)
    parts = parts_that_fit(whole, length(tokens, room))
    assert "".join(part.text for part in parts) == whole.text
    per_token = max(1, len(whole.text)) / tokens
    assert all(len(part.text) <= max(1, room * per_token) for part in parts)
    for part in parts:
        assert part.anchors[0].start == 0
        assert part.anchors[-1].end == len(part.text)


def test_documents_read_together_keep_their_places_apart() -> None:
    together = read_together([document(["one\n", "two\n"], "A"), document(["three"], "B")], "Both")
    labels = [anchor.label for anchor in together.anchors]
    assert labels == ["A, Page 1", "A, Page 2", "B, Page 1"]
    assert together.anchors[0].start == 0
    assert together.anchors[-1].end == len(together.text)
    for before, after in zip(together.anchors, together.anchors[1:], strict=False):
        assert before.end == after.start
    third = together.anchors[2]
    assert "three" in together.text[third.start : third.end]
