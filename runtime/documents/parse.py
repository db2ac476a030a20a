"""The child process that reads a document; a hostile file can harm nothing but this process.

`python -m runtime.documents.parse PATH` prints a DocumentSnapshot or a ChildFailed as JSON. The
parsers hold Python's lock for seconds, which would freeze a window that ran them in a thread.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from runtime.documents.kinds import Kind, kind_of
from runtime.documents.naming import shown
from runtime.documents.sections import Sections
from runtime.errors import DocumentError, HPipeError
from runtime.messages.spawn import ChildFailed
from runtime.snapshots import DocumentSnapshot

MEMORY_BYTES = 4 * 1024**3


def parse(path: Path) -> DocumentSnapshot:
    """Read a file that has been checked. DocumentError with what to do when it cannot be read."""
    data = path.read_bytes()
    name = shown(path.name)
    try:
        sections = _reader(kind_of(data, Path(name)))(data, name)
    except RecursionError as problem:
        raise DocumentError(
            f"{name} is nested too deeply to be read.",
            "Open it in the program that made it, and export it again.",
        ) from problem
    text, anchors = sections.joined()
    if not text.strip():
        raise DocumentError(f"{name} holds no text.", "Choose a document with text in it.")
    return DocumentSnapshot(path=shown(str(path)), title=name, text=text, anchors=anchors)


def _reader(kind: Kind) -> Callable[[bytes, str], Sections]:
    """Imported one by one, since each brings a library of its own."""
    # ruff: noqa: PLC0415
    if kind is Kind.PDF:
        from runtime.documents.pdf import read_pdf

        return read_pdf
    if kind is Kind.DOCX:
        from runtime.documents.docx import read_docx

        return read_docx
    if kind is Kind.HTML:
        from runtime.documents.html import read_html

        return read_html
    if kind is Kind.MARKDOWN:
        from runtime.documents.markdown import read_markdown

        return read_markdown
    from runtime.documents.plain_text import read_plain_text

    return read_plain_text


def main(arguments: list[str]) -> int:
    output = sys.stdout.buffer
    # Libraries print as they please; the parent reads only our line.
    sys.stdout = sys.stderr
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _limit_memory()
    path = Path(arguments[0])
    try:
        said = msgspec.json.encode(parse(path))
    except HPipeError as problem:
        said = msgspec.json.encode(ChildFailed.of(problem))
    except MemoryError:
        failed = ChildFailed(
            kind="DocumentError",
            message=f"{shown(path.name)} takes more than {MEMORY_BYTES / 1024**3:.0f} GB to read.",
            hint="Split it, or export it again without pictures.",
        )
        said = msgspec.json.encode(failed)
    output.write(said)
    output.flush()
    return 0


def _leave_with_parent() -> None:
    # Not through sys.stdin, whose lock would be held when this process ends.
    while os.read(0, 1):
        pass
    # Nobody is left to read for.
    os._exit(1)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    except (ValueError, OSError):
        # Not every system lets a process limit itself; the time limit still holds.
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
