"""Handing out the parts of this machine's models, slice by slice."""

from __future__ import annotations

import asyncio

from runtime.errors import ModelError
from runtime.messages.control import PartSlice, ReadPart
from runtime.models.store import ModelStore
from runtime.transport.connection import Answer

LARGEST_SLICE_BYTES = 4 * 1024**2


async def read_part(store: ModelStore, request: ReadPart) -> Answer:
    """A slice, with the part's checksum if it is the last one. ModelError for what is not here."""
    if not 0 <= request.length <= LARGEST_SLICE_BYTES:
        raise ModelError(f"A slice holds at most {LARGEST_SLICE_BYTES:,} bytes.")
    return await asyncio.to_thread(_read, store, request)


def _read(store: ModelStore, request: ReadPart) -> Answer:
    data = store.read_slice(request.model_id, request.part, request.offset, request.length)
    total = store.open(request.model_id).manifest.part_bytes(request.part)
    is_last = request.offset + len(data) == total
    digest = store.part_digest(request.model_id, request.part) if is_last else ""
    return Answer(PartSlice(offset=request.offset, part_sha256=digest), (memoryview(data),))
