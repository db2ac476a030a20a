"""Writing a file so that a crash or a full disk never leaves half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from runtime.errors import SetupError


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write beside the file, flush to disk, then put it in place.

    private keeps others on this machine from reading it where the system has file modes.
    Raises SetupError with what to do when the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp creates the file readable by its owner alone.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        written = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not private:
                written.chmod(0o644)
            written.replace(path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise SetupError(
            f"{path} could not be written ({problem.strerror}).",
            "Free some disk space or check the folder's permissions.",
        ) from problem
