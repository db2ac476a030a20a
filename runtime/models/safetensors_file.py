"""Where each tensor of a safetensors file lies, and a file's header written ahead of its data."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.errors import ModelError
from runtime.models.manifest import TensorEntry

# safetensors itself refuses larger headers.
HEADER_LIMIT_BYTES = 100_000_000
_LENGTH = struct.Struct("<Q")
_DOWNLOAD_AGAIN = "The file may be damaged or half downloaded: fetch it again."

BITS_BY_DTYPE = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


class TensorSpan(Struct, frozen=True):
    """A tensor's type, shape and bytes [start, end) counted from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class _HeaderEntry(Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def tensor_bytes(dtype: str, shape: Sequence[int]) -> int:
    """Bytes of a tensor as safetensors stores it; ModelError for a type it does not know."""
    bits = BITS_BY_DTYPE.get(dtype)
    if bits is None:
        raise ModelError(f"The model holds tensors of the unknown type {dtype[:40]!r}.")
    return (math.prod(shape) * bits + 7) // 8


def read_spans(path: Path) -> dict[str, TensorSpan]:
    """Every tensor of a safetensors file by name. ModelError when the file is not whole."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            prefix = file.read(_LENGTH.size)
            length = _LENGTH.unpack(prefix)[0] if len(prefix) == _LENGTH.size else 0
            if not 2 <= length <= min(HEADER_LIMIT_BYTES, size):
                raise ModelError(f"{path.name} is no safetensors file.", _DOWNLOAD_AGAIN)
            header = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
    except OSError as problem:
        raise ModelError(
            f"{path} cannot be read ({problem.strerror}).",
            "Check that the file is still there and that you may read it.",
        ) from problem
    except msgspec.MsgspecError as problem:
        raise ModelError(f"{path.name} has a broken header.", _DOWNLOAD_AGAIN) from problem
    header.pop("__metadata__", None)
    base = _LENGTH.size + length
    return {name: _span(path, name, raw, base, size) for name, raw in header.items()}


def _span(path: Path, name: str, raw: msgspec.Raw, base: int, size: int) -> TensorSpan:
    try:
        entry = msgspec.json.decode(raw, type=_HeaderEntry)
    except msgspec.MsgspecError as problem:
        raise ModelError(f"{path.name} has a broken header.", _DOWNLOAD_AGAIN) from problem
    start, end = (base + offset for offset in entry.data_offsets)
    sound = base <= start <= end and end - start == tensor_bytes(entry.dtype, entry.shape)
    if not sound:
        raise ModelError(f"{path.name} describes {name} wrongly.", _DOWNLOAD_AGAIN)
    if end > size:
        raise ModelError(
            f"{path.name} is cut short: {size:,} bytes, {name} ends at {end:,}.", _DOWNLOAD_AGAIN
        )
    return TensorSpan(entry.dtype, entry.shape, start, end)


def header_for(tensors: Sequence[TensorEntry]) -> bytes:
    """The start of a safetensors file whose data are these tensors, end to end in this order."""
    entries: dict[str, _HeaderEntry] = {}
    offset = 0
    for tensor in tensors:
        entries[tensor.name] = _HeaderEntry(
            tensor.dtype, tensor.shape, (offset, offset + tensor.nbytes)
        )
        offset += tensor.nbytes
    encoded = msgspec.json.encode(entries)
    # Data starts on a multiple of 8 so that it can be mapped.
    encoded += b" " * (-len(encoded) % 8)
    return _LENGTH.pack(len(encoded)) + encoded
