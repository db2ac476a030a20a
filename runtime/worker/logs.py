"""Where a worker or a command writes what happened: a small file in the state folder, rotated."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from runtime.errors import SetupError

_LARGEST_BYTES = 1_000_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def write_log(state_folder: Path, name: str = "worker") -> Path:
    """Send this process's records to the file; returns it. SetupError when it cannot be made."""
    file = state_folder / "logs" / f"{name}.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            file, maxBytes=_LARGEST_BYTES, backupCount=2, encoding="utf-8", delay=False
        )
    except OSError as problem:
        raise SetupError(
            f"{file} could not be written ({problem.strerror}).",
            "Free some disk space or check the folder's permissions.",
        ) from problem
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    # It logs each admission with whole keys, and each refusal: the doors say what matters.
    logging.getLogger("zmq.auth").setLevel(logging.WARNING)
    return file
