"""Opening a document: in a thread, and given up at once when whoever asked gives up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio.from_thread

from runtime.coordinator.threads import in_thread
from runtime.documents import read_document
from runtime.snapshots import DocumentSnapshot


async def open_document(path: Path) -> DocumentSnapshot:
    """The file as text with anchors. Raises DocumentError with what to do when it cannot be."""
    return await in_thread(partial(read_document, path, go_on=anyio.from_thread.check_cancelled))
