"""Which files are documents. No Qt in here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SUFFIXES = (".pdf", ".docx", ".md", ".markdown", ".txt", ".html", ".htm")
FILTER = " ".join(f"*{suffix}" for suffix in SUFFIXES)
# A folder dropped by mistake should not open a whole disk.
MOST_FROM_A_FOLDER = 100


def documents_in(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, and in place of a folder the documents in it; each once, in order."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_inside(path)[:MOST_FROM_A_FOLDER]))
        else:
            found[path] = None
    return list(found)


def _inside(folder: Path) -> list[Path]:
    """The documents in a folder, in order; none where it may not be read."""
    try:
        children = sorted(folder.iterdir())
    except OSError:
        return []
    return [child for child in children if child.suffix.lower() in SUFFIXES and child.is_file()]
