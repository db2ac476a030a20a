"""Folders in the model store in which something is made: whole when adopted, gone otherwise."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from runtime.models.disk import writing

_NAME = re.compile(r"\.making-([0-9]+)-.+")


@contextmanager
def workspace(root: Path) -> Iterator[Path]:
    """A new folder under root, on the same disk as what it becomes. Removed unless moved away."""
    with writing(root, "the model"):
        root.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(root)
        folder = Path(tempfile.mkdtemp(prefix=f".making-{os.getpid()}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(root: Path) -> None:
    """What processes that were killed have left behind."""
    for folder in root.iterdir():
        match = _NAME.fullmatch(folder.name)
        if match and not psutil.pid_exists(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)
