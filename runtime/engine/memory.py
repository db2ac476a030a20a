"""How much memory an engine holds and may still take, and telling out-of-memory from a fault."""

from __future__ import annotations

import contextlib
import ctypes
import sys

import psutil
import torch

from runtime.errors import DoesNotFit

MIB = 1024 * 1024
# Numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_REUSED_BYTES = 64 * MIB
# Code that a process reads, and kernels that it makes, when it computes: 60 MB for the first text,
# and up to 60 more for a long one.
_FIRST_USE_BYTES = 90 * MIB


def held_bytes(device: torch.device) -> int:
    """What this process holds on the device now; for a CPU its resident memory."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    if device.type == "xpu":
        return int(torch.xpu.memory_reserved(device))
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(psutil.Process().memory_info().rss)


def floor_bytes(device: torch.device) -> int:
    """What a process that has not computed yet takes once it has, whatever it then loads."""
    return held_bytes(device) + (_FIRST_USE_BYTES if device.type == "cpu" else 0)


def free_bytes(device: torch.device) -> int:
    """What the device could still give to this process."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + unused)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return int(psutil.virtual_memory().available)


def keep_freed_memory() -> None:
    """Let a CPU's temporary tensors reuse memory instead of asking the system for it every time.

    With glibc's own settings a chunk spends up to an eighth of its time on page faults. What is
    larger than the threshold, such as a session's cache, still goes back to the system at once.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):  # a C library without these settings
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_REUSED_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, 4 * _LARGEST_REUSED_BYTES)


def _trim() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)


def return_unused(device: torch.device) -> None:
    """Give memory that a freed session or stage left behind back to the system."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    elif device.type == "cpu":
        _trim()


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether an exception of torch or Python means that memory ran out."""
    if isinstance(problem, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(problem, RuntimeError) and (
        "can't allocate memory" in str(problem) or "not enough memory" in str(problem)
    )


def require(
    device: torch.device,
    needed_bytes: int,
    limit_bytes: int | None,
    used_bytes: int,
    what: str,
    *,
    promised_bytes: int = 0,
) -> None:
    """Refuse, with the numbers, what would exceed the limit or the memory that is free.

    used_bytes is what counts against the limit already, promised_bytes what will still be taken of
    the free memory by what was let in before. Raises DoesNotFit.
    """
    if limit_bytes is not None and used_bytes + needed_bytes > limit_bytes:
        raise DoesNotFit(
            f"{what} needs {in_mib(needed_bytes)}, but of the {in_mib(limit_bytes)} this machine "
            f"may use {in_mib(used_bytes)} are taken.",
            "Ask about a shorter text, raise the machine's memory limit, or add a machine.",
        )
    free = max(0, free_bytes(device) - promised_bytes)
    if needed_bytes > free:
        raise DoesNotFit(
            f"{what} needs {in_mib(needed_bytes)}, but only {in_mib(free)} are free.",
            "Close other programs, ask about a shorter text, or add a machine.",
        )


def room_bytes(device: torch.device, limit_bytes: int | None, floor_bytes: int) -> int:
    """All that a stage and its sessions may take, held already or not."""
    room = free_bytes(device) + held_bytes(device)
    return (room if limit_bytes is None else min(limit_bytes, room)) - floor_bytes


def in_mib(count: int) -> str:
    """Bytes for people: "1,234 MB"."""
    return f"{count / MIB:,.0f} MB"
