"""What a container or a service may use on Linux, which can be less than the machine has.

Control groups of version 2 and 1; a limit of any group above this process counts too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path("/")
# Version 1 writes "no limit" as the largest multiple of a page.
_UNLIMITED_BYTES = 1 << 60


class MemoryLimit(Struct, frozen=True):
    """A group's limit, and what of it is still free (file caches count as free)."""

    limit_bytes: int
    free_bytes: int


def memory_limit(root: Path = ROOT) -> MemoryLimit | None:
    """The tightest memory limit of this process; None without one, or on another system."""
    limits = [
        *(_memory(group, "memory.max", "memory.current") for group in _groups(root, "")),
        *(
            _memory(group, "memory.limit_in_bytes", "memory.usage_in_bytes")
            for group in _groups(root, "memory")
        ),
    ]
    found = [limit for limit in limits if limit is not None]
    if not found:
        return None
    return MemoryLimit(
        min(limit.limit_bytes for limit in found), min(limit.free_bytes for limit in found)
    )


def cpu_limit(root: Path = ROOT) -> float | None:
    """How many processors' time this process may use; None without a limit."""
    shares: list[float] = []
    for group in _groups(root, ""):
        words = _read(group / "cpu.max").split()
        if len(words) == 2 and words[0].isdigit():
            shares.append(int(words[0]) / int(words[1]))
    for group in _groups(root, "cpu"):
        quota = _number(group / "cpu.cfs_quota_us")
        period = _number(group / "cpu.cfs_period_us")
        if quota and quota > 0 and period:
            shares.append(quota / period)
    return min(shares, default=None)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The group of this process and all above it; controller "" is version 2."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller not in controllers.split(",") or (not controller and number != "0"):
            continue
        for mount in (controllers, controller) if controller else ("", "unified"):
            top = root / "sys/fs/cgroup" / mount
            group = top / path.strip("/")
            # Inside a container the path may be one of the host's, while its own group is the top.
            while group != top:
                yield group
                group = group.parent
            yield top


def _memory(group: Path, limit_file: str, usage_file: str) -> MemoryLimit | None:
    limit, usage = _number(group / limit_file), _number(group / usage_file)
    if limit is None or usage is None or limit >= _UNLIMITED_BYTES:
        return None
    cached = 0
    for line in _read(group / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name == "inactive_file" and value.isdigit():
            cached = int(value)
    return MemoryLimit(limit, max(0, limit - max(0, usage - cached)))


def _number(file: Path) -> int | None:
    text = _read(file).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
