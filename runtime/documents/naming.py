"""File names as they can be shown, stored and sent."""

from __future__ import annotations


def shown(name: str) -> str:
    """On Linux a name is bytes, which need not be text: what is none becomes "?"."""
    return name.encode("utf-8", "replace").decode("utf-8")
