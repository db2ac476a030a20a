"""Documents that do not fit a model's context, and several that are read as one. No Qt in here."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from runtime.snapshots import DocumentSnapshot, PageAnchor

# The chat template, the instructions and the question around the document.
FRAME_TOKENS = 256
# Tokens are estimated from characters when a document is cut: stay clear of the edge.
FILL = 0.92
_BREAK = "\n\n"


class Length(Struct, frozen=True, kw_only=True):
    """A document's length against what a model can take beside an answer."""

    document_tokens: int
    context_tokens: int
    output_tokens: int

    @property
    def room_tokens(self) -> int:
        return max(0, self.context_tokens - self.output_tokens - FRAME_TOKENS)

    @property
    def is_too_long(self) -> bool:
        return self.context_tokens > 0 and self.document_tokens > self.room_tokens


def parts_that_fit(document: DocumentSnapshot, length: Length) -> tuple[DocumentSnapshot, ...]:
    """The document in as few parts as fit, cut at pages or sections, or inside a very long one."""
    per_token = max(1, len(document.text)) / max(1, length.document_tokens)
    room = max(1, int(length.room_tokens * per_token * FILL))
    groups: list[list[PageAnchor]] = [[]]
    for anchor in _cut_long(document, room):
        start = groups[-1][0].start if groups[-1] else anchor.start
        if groups[-1] and anchor.end - start > room:
            groups.append([])
        groups[-1].append(anchor)
    return tuple(_part(document, group) for group in groups if group)


def read_together(documents: Sequence[DocumentSnapshot], title: str) -> DocumentSnapshot:
    """Several documents as one, for a question about all; its anchors say which is meant."""
    text = ""
    anchors: list[PageAnchor] = []
    for document in documents:
        begin = len(text)
        text += f"{document.title}\n\n"
        offset = len(text)
        text += document.text.rstrip() + _BREAK
        own = document.anchors or (PageAnchor(label="", start=0, end=len(document.text)),)
        for number, anchor in enumerate(own, start=1):
            # The first takes the title with it and the last the gap, so that they cover all.
            start = begin if number == 1 else anchor.start + offset
            end = len(text) if number == len(own) else anchor.end + offset
            label = f"{document.title}, {anchor.label}" if anchor.label else document.title
            start, end = min(start, len(text)), min(end, len(text))
            anchors.append(PageAnchor(label=label, start=start, end=end))
    return DocumentSnapshot(path="", title=title, text=text, anchors=tuple(anchors))


def _cut_long(document: DocumentSnapshot, room: int) -> list[PageAnchor]:
    """The anchors, with any longer than the room cut at paragraphs, words, or where it must be."""
    whole = (PageAnchor(label=document.title, start=0, end=len(document.text)),)
    result = []
    for anchor in document.anchors or whole:
        start = anchor.start
        while anchor.end - start > room:
            cut = start + room
            for separator in (_BREAK, "\n", " "):
                found = document.text.rfind(separator, start + room // 2, cut)
                if found >= 0:
                    cut = found + len(separator)
                    break
            result.append(PageAnchor(label=anchor.label, start=start, end=cut))
            start = cut
        result.append(PageAnchor(label=anchor.label, start=start, end=anchor.end))
    return result


def _part(document: DocumentSnapshot, anchors: Sequence[PageAnchor]) -> DocumentSnapshot:
    start, end = anchors[0].start, anchors[-1].end
    first, last = anchors[0].label, anchors[-1].label
    places = first if first == last else f"{first} … {last}"
    return DocumentSnapshot(
        path=document.path,
        title=f"{document.title}: {places}",
        text=document.text[start:end],
        anchors=tuple(
            PageAnchor(label=a.label, start=a.start - start, end=a.end - start) for a in anchors
        ),
    )
