"""A full disk or a folder that cannot be written, said with numbers."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import SetupError

_RESERVE_BYTES = 256 * 1024**2


def gibibytes(count: int) -> str:
    """Bytes as a person reads them: "1.5 GB" in units of 1024."""
    if count >= 1024**3:
        return f"{count / 1024**3:.1f} GB"
    return f"{max(count, 0) / 1024**2:.0f} MB"


def free_bytes(folder: Path) -> int:
    """Free space where the folder is, or will be."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return shutil.disk_usage(existing).free


def require_space(folder: Path, needed_bytes: int, what: str) -> None:
    """SetupError unless needed_bytes fit on the disk of this folder, with a reserve left."""
    free = free_bytes(folder)
    if free < needed_bytes + _RESERVE_BYTES:
        raise SetupError(
            f"{what} needs {gibibytes(needed_bytes)} on the disk of {folder}, "
            f"{gibibytes(free)} are free.",
            f"Free at least {gibibytes(needed_bytes + _RESERVE_BYTES - free)}, "
            "or choose another model folder in the settings.",
        )


@contextmanager
def writing(folder: Path, what: str) -> Iterator[None]:
    """Turn an OSError of the block into a SetupError a person understands."""
    try:
        yield
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise SetupError(
                f"The disk of {folder} is full while writing {what}: "
                f"{gibibytes(free_bytes(folder))} are free.",
                "Free some disk space, then try again; what has arrived is kept.",
            ) from problem
        raise SetupError(
            f"{what} could not be written to {folder} ({problem.strerror}).",
            "Check the folder's permissions, or choose another model folder in the settings.",
        ) from problem
