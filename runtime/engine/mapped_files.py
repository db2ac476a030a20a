"""Files that a model's weights are still read from, and letting go of what was read of them.

A stage's weights are looked at one layer at a time while it is made ready. Without this each page
of its files stays in memory from its first use on, beside the packed weights.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from msgspec import Struct

# A number of Linux's sys/mman.h: what is read again comes from the file.
_DONT_NEED = 4
# Of an embedding: no more is copied before what it was copied from is let go of.
_ROWS_AT_ONCE = 4_096
_MAPPING = re.compile(r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) .{4} \S+ \S+ [1-9]\d* +/")


class _Mapping(Struct, frozen=True):
    """A part of this process's memory; it stays what it is as long as owner is held."""

    start: int
    end: int
    owner: Any


class MappedFiles:
    """The files that tensors of a module lie in; none, where that cannot be told."""

    def __init__(self, module: torch.nn.Module) -> None:
        tensors = [tensor for tensor in module.parameters() if tensor.device.type == "cpu"]
        self._mappings = _mappings_of(tensors) if sys.platform == "linux" else []

    def let_go(self) -> None:
        """Give back the memory that their pages take, until they are read again."""
        for mapping in self._mappings:
            size = mapping.end - mapping.start
            _library().madvise(ctypes.c_void_p(mapping.start), ctypes.c_size_t(size), _DONT_NEED)

    def leave(self, *modules: torch.nn.Module) -> None:
        """Copy what is still mapped from them, which most layers no longer use.

        As long as one tensor is, all of a file that was read counts as this process's memory.
        """
        for parameter in {parameter for module in modules for parameter in module.parameters()}:
            mapped, own = parameter.data, torch.empty_like(parameter.data)
            for first in range(0, len(mapped) if mapped.dim() else 1, _ROWS_AT_ONCE):
                rows = slice(first, first + _ROWS_AT_ONCE) if mapped.dim() else ...
                own[rows] = mapped[rows]
                self.let_go()
            parameter.data = own


def _mappings_of(tensors: Sequence[torch.Tensor]) -> list[_Mapping]:
    found = []
    for start, end in _unwritten_files():
        inside = [tensor for tensor in tensors if start <= tensor.data_ptr() < end]
        if inside:
            found.append(_Mapping(start, end, inside[0].untyped_storage()))
    return found


def _unwritten_files() -> list[tuple[int, int]]:
    """Where files are mapped whose pages nobody wrote to: what was written would be lost."""
    try:
        lines = Path("/proc/self/smaps").read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    place: tuple[int, int] | None = None
    for line in lines:
        if line.startswith("Anonymous:"):
            if place is not None and int(line.split()[1]) == 0:
                found.append(place)
            place = None
        elif match := _MAPPING.match(line):
            place = int(match["start"], 16), int(match["end"], 16)
    return found


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
