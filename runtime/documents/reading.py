"""Reading a document: the file is looked at here, and parsed in a process of its own."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from runtime.documents.naming import shown
from runtime.errors import DocumentError, error_from_wire
from runtime.messages.spawn import ChildFailed
from runtime.program import start_python
from runtime.snapshots import DocumentSnapshot

MOST_BYTES = 512 * 1024**2
TIME_LIMIT_SECONDS = 300.0
_LOOK_SECONDS = 0.25
_CHOOSE = "Choose a PDF, DOCX, Markdown, HTML or text file."


def read_document(
    path: Path,
    *,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
    go_on: Callable[[], object] = lambda: None,
) -> DocumentSnapshot:
    """A file as text with anchors that cover it. DocumentError with what to do when it cannot be.

    Takes seconds for a long PDF: call it in a thread. What go_on raises stops the reading.
    """
    path = path.expanduser()
    _check(path)
    process = start_python(["-m", "runtime.documents.parse", str(path.absolute())])
    # Its end tells the reader that this process is gone: kept from communicate(), which closes it.
    lifeline, process.stdin = process.stdin, None
    try:
        said, words = _listen(process, path, time_limit_seconds, go_on)
    finally:
        process.kill()
        process.wait()
        for pipe in (lifeline, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if process.returncode != 0 or not said:
        text = words.decode(errors="replace").strip()
        logging.getLogger(__name__).warning("reading %s failed: %s", path, text[-2000:])
        raise DocumentError(
            f"{shown(path.name)} could not be read: its reader broke off "
            f"(code {process.returncode}).",
            "Open it in the program that made it, and export it again.",
        )
    return _understood(said)


def _listen(
    process: subprocess.Popen[bytes],
    path: Path,
    time_limit_seconds: float,
    go_on: Callable[[], object],
) -> tuple[bytes, bytes]:
    """What the reader says on its output and its error stream until it ends."""
    limit = time.monotonic() + time_limit_seconds
    while time.monotonic() < limit:
        go_on()
        try:
            return process.communicate(timeout=min(_LOOK_SECONDS, time_limit_seconds))
        except subprocess.TimeoutExpired:
            continue
    raise DocumentError(
        f"{shown(path.name)} could not be read within {time_limit_seconds:.0f} seconds.",
        "It may be damaged or made to be unreadable: export it again, or split it.",
    )


def _understood(said: bytes) -> DocumentSnapshot:
    try:
        failed = msgspec.json.decode(said, type=ChildFailed)
    except msgspec.ValidationError:
        return msgspec.json.decode(said, type=DocumentSnapshot)
    raise error_from_wire(failed.kind, failed.message, failed.hint)


def _check(path: Path) -> None:
    """DocumentError for what needs no parser to be refused."""
    place, name = shown(str(path)), shown(path.name)
    try:
        status = path.stat()
    except FileNotFoundError as problem:
        raise DocumentError(f"There is no file {place}.", "Check its name and place.") from problem
    except OSError as problem:
        raise DocumentError(
            f"{place} cannot be looked at ({problem.strerror}).",
            "Check its name, and that you may read its folder.",
        ) from problem
    if stat.S_ISDIR(status.st_mode):
        raise DocumentError(f"{place} is a folder.", _CHOOSE)
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError(f"{place} is no file that holds a document.", _CHOOSE)
    if status.st_size == 0:
        raise DocumentError(f"{name} is empty.", _CHOOSE)
    if status.st_size > MOST_BYTES:
        raise DocumentError(
            f"{name} has {status.st_size / 1024**2:,.0f} MB, more than the "
            f"{MOST_BYTES / 1024**2:,.0f} MB that are read.",
            "Split it, or export it without its pictures.",
        )
    if not os.access(path, os.R_OK):
        raise DocumentError(
            f"You may not read {name}.", "Change its permissions, or copy it first."
        )
