"""An answer is traced to where the document says it, and to nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.models.citations import MOST_CITATIONS, cite
from runtime.snapshots import DocumentSnapshot, PageAnchor

PAGES = (
    "Agreement between Halden Ltd and Brook Street Bakery, signed on 12 February 2026.\n"
    "The rental begins on 1 March 2026. The deposit is 4,440 EUR.",
    "4.\nResponse times\nUrgent | The oven does not heat | 4 hours | 120 EUR\n"
    "Normal | A display is hard to read | 3 business days | 20 EUR",
    "The insurer is Nordlys Mutual, and the policy\nnumber is NM-884210. Marks of normal use cost "
    "nothing.",
    "Invoice 2026-0387\nSubtotal | 1,900 EUR\nTotal due | 2,280 EUR\n"
    "Payment is due by 4 March 2026.",
)


def document(pages=PAGES):
    anchors, text = [], ""
    for number, page in enumerate(pages):
        start = len(text)
        text += page if number == len(pages) - 1 else f"{page}\n\n"
        anchors.append(PageAnchor(label=f"Page {number + 1}", start=start, end=len(text)))
    return DocumentSnapshot(path="", title="r.pdf", text=text, anchors=tuple(anchors))


@pytest.mark.parametrize(
    ("question", "answer", "label", "quote"),
    [
        (
            "What is the total due?",
            "The total due is 2,280 EUR.",
            "Page 4",
            "Total due | 2,280 EUR",
        ),
        ("What is the total due?", "2280 EUR", "Page 4", "Total due | 2,280 EUR"),
        ("When does it begin?", "1 March 2026", "Page 1", "The rental begins on 1 March 2026."),
        # The same date stands twice: the question decides which is meant.
        ("When must one pay?", "4 March 2026", "Page 4", "Payment is due by 4 March 2026."),
        ("Response time if urgent?", "4 hours", "Page 2", "Urgent | The oven does not heat"),
        # A sentence that goes over the end of a line.
        (
            "Which policy?",
            "The policy number is NM-884210.",
            "Page 3",
            "policy number is NM-884210",
        ),
        ("Who insures?", "Nordlys Mutual", "Page 3", "The insurer is Nordlys Mutual"),
    ],
)
def test_where_an_answer_comes_from(question, answer, label, quote):
    """A citation of the wrong page is worse than none: people check answers by it."""
    given_document = document()
    found = cite(answer, given_document, question)
    assert found[0].label == label
    assert quote in found[0].quote
    place = given_document.text[found[0].start : found[0].end]
    assert " ".join(place.split()) == found[0].quote


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which policy?", "The policy number is XK-31337."),
        ("What is the phone number?", "0142 20 20 20"),
        ("Is it fine?", "Yes."),
        ("What?", ""),
        ("What?", "..."),
        # It repeats the question, and its own words stand nowhere.
        ("Who is the insurer?", "The insurer is Sunshine Assurance of Wexford."),
    ],
)
def test_an_invented_answer_has_no_source(question, answer):
    """A made-up answer with a page under it looks proven."""
    assert cite(answer, document(), question) == ()


def test_each_sentence_has_its_own_source():
    answer = (
        "The deposit is 4,440 EUR. The insurer is Nordlys Mutual. It is blue and 9 metres tall."
    )
    assert [found.label for found in cite(answer, document())] == ["Page 1", "Page 3"]


def test_an_empty_document_supports_nothing():
    assert cite("4 hours", document(("", ""))) == ()


def test_long_passages_are_quoted_around_the_answer():
    """A quote of a thousand words is no quote."""
    page = "word " * 300 + "the password is swordfish " + "word " * 300
    (found,) = cite("swordfish", document((page,)), "What is the password?")
    assert "swordfish" in found.quote
    assert len(found.quote) < 200
    assert found.quote.startswith("…")


@given(
    answer=st.text(max_size=200),
    pages=st.lists(st.text(max_size=200), min_size=1, max_size=3),
    question=st.text(max_size=60),
)
def test_places_lie_inside_the_document(answer, pages, question):
    """The window marks these ranges: one outside the text would crash it."""
    made = document(pages)
    found = cite(answer, made, question)
    assert len(found) <= MOST_CITATIONS
    for citation in found:
        assert 0 <= citation.start < citation.end <= len(made.text)
        assert made.text[citation.start : citation.end].strip()
