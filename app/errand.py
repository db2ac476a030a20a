"""What the window is opened for. No Qt in here."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class Errand(Struct, frozen=True, kw_only=True):
    """A document to open with a question; model is a source to bring in first, "" for none.

    weight_bits are those that the model's layers keep their weights in.
    """

    document: Path | None = None
    question: str = ""
    model: str = ""
    starts: bool = False
    weight_bits: int = 16
