"""The document that comes with HPipe, and questions about it whose answers are known."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "sample"


class Check(Struct, frozen=True):
    """A question about the sample document, and what a right answer contains."""

    question: str
    expected: str


# The demo model answers all of them, at any number of stages.
CHECKS = (
    Check("What is the total due on the first invoice?", "2,280 EUR"),
    Check("When does the rental begin?", "1 March 2026"),
    Check("What is the notice period?", "90 days"),
    Check("Who is the insurer?", "Nordlys Mutual"),
    Check("By when must the first invoice be paid?", "4 March 2026"),
)


def sample_document() -> Path:
    """The sample: an agreement between two made-up companies, as a PDF."""
    return _FOLDER / "agreement.pdf"


def sample_question() -> str:
    """A question about it that the demo model answers."""
    return CHECKS[0].question
