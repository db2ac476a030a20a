"""How the pairing exchange travels: short frames over plain TCP, each with its length before it.

Plain TCP, because a ZeroMQ socket without CURVE lets anybody fill the memory: it limits each frame
but buffers a message of endless frames (a gigabyte within seconds), and accepts any number of
connections. What is said here needs no secrecy; everything after pairing runs over CURVE.
"""

from __future__ import annotations

import asyncio

from runtime.errors import NetworkError
from runtime.messages.pairing import LARGEST_FRAME_BYTES

_LENGTH_BYTES = 2


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame, None at the end. Raises NetworkError for one that is too long."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
        if length > LARGEST_FRAME_BYTES:
            raise NetworkError("This is not HPipe: its first bytes make no sense.")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        return None


def write_frame(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
