"""The GPUs torch can use here, asked of a short-lived process: this one never imports torch."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.errors import SetupError
from runtime.files import write_atomically
from runtime.program import NO_CONSOLE, PROGRAM_FOLDER

_ASK_SECONDS = 90.0
_MIB = 1024**2
# A new card or driver is noticed after a day, or at once with another torch.
_KEPT_SECONDS = 24 * 3600.0
_CHOICE_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")

_log = logging.getLogger(__name__)


class Gpu(Struct, frozen=True, kw_only=True):
    """One GPU as torch sees it. uuid is what nvidia-smi knows it by, "" for others."""

    kind: str
    index: int
    name: str
    total_memory_bytes: int
    free_memory_bytes: int
    uuid: str = ""


class Card(Struct, frozen=True):
    """What an NVIDIA card has free now, and what each process holds of it."""

    free_bytes: int
    used_bytes: dict[int, int] = {}


class _Kept(Struct, frozen=True, kw_only=True):
    asked_of: str
    asked_at: float
    gpus: tuple[Gpu, ...]

    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.asked_at < _KEPT_SECONDS


def find_gpus(cache_file: Path) -> tuple[Gpu, ...]:
    """All GPUs; none where torch is missing or cannot use any. Takes seconds the first time."""
    version = torch_version()
    if not version or version.endswith("+cpu"):
        return ()
    choices = [os.environ.get(variable, "") for variable in _CHOICE_VARIABLES]
    asked_of = "|".join((version, sys.executable, *choices))
    kept = _read(cache_file)
    if kept is not None and kept.asked_of == asked_of and kept.is_fresh():
        return kept.gpus
    gpus = _ask_torch()
    if gpus is None:
        return ()
    fresh = _Kept(asked_of=asked_of, asked_at=time.time(), gpus=gpus)
    with contextlib.suppress(SetupError):  # asked again next time
        write_atomically(cache_file, msgspec.json.encode(fresh))
    return gpus


def torch_version() -> str:
    """The installed torch, "" without one; known without importing it."""
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""


def read_cards() -> dict[str, Card]:
    """What NVIDIA's own tool says of each card, by uuid; empty where the tool is missing."""
    cards: dict[str, Card] = {}
    for uuid, free in _ask_nvidia("--query-gpu=uuid,memory.free"):
        if free.isdigit():
            cards[_plain(uuid)] = Card(free_bytes=int(free) * _MIB)
    for uuid, process_id, used in _ask_nvidia("--query-compute-apps=gpu_uuid,pid,used_memory"):
        card = cards.get(_plain(uuid))
        # Windows does not tell how much a process uses.
        if card is not None and process_id.isdigit() and used.isdigit():
            card.used_bytes[int(process_id)] = int(used) * _MIB
    return cards


def _ask_nvidia(query: str) -> list[list[str]]:
    try:
        asked = subprocess.run(
            ["nvidia-smi", query, "--format=csv,noheader,nounits"],  # noqa: S607
            capture_output=True,
            timeout=5,
            check=True,
            text=True,
            creationflags=NO_CONSOLE,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    columns = query.count(",") + 1
    rows = [[cell.strip() for cell in line.split(",")] for line in asked.stdout.splitlines()]
    return [row for row in rows if len(row) == columns]


def _plain(uuid: str) -> str:
    """torch leaves out what the tool puts in front."""
    return uuid.removeprefix("GPU-")


def _ask_torch() -> tuple[Gpu, ...] | None:
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "runtime.engine.list_gpus"],
            cwd=PROGRAM_FOLDER,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_SECONDS,
            check=True,
            creationflags=NO_CONSOLE,
        )
        return msgspec.json.decode(asked.stdout, type=tuple[Gpu, ...])
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as problem:
        _log.warning("torch could not be asked for GPUs: %s", problem)
        return None


def _read(cache_file: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(cache_file.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None
