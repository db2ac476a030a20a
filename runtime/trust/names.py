"""Names that other machines give themselves, made safe to show."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 60


def plain_name(text: str, fallback: str = "A machine without a name") -> str:
    """One line of printable characters: nothing that moves a cursor or reverses a sentence."""
    kept = "".join(
        " " if character.isspace() else character
        for character in text[: 4 * LONGEST_NAME]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return " ".join(kept.split())[:LONGEST_NAME].strip() or fallback
