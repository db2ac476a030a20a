"""How much memory this machine has and could give to engines now."""

from __future__ import annotations

import psutil
from msgspec import Struct

from runtime.profiling import cgroups


class Memory(Struct, frozen=True):
    total_bytes: int
    free_bytes: int

    def plus(self, held_bytes: int) -> Memory:
        """The same with what an engine would give back."""
        return Memory(self.total_bytes, min(self.total_bytes, self.free_bytes + held_bytes))

    def limited(self, limit_bytes: int | None) -> Memory:
        """The same within what a person allows."""
        if limit_bytes is None:
            return self
        return Memory(min(self.total_bytes, limit_bytes), min(self.free_bytes, limit_bytes))


def machine_memory() -> Memory:
    """The machine's memory, or the share of it that its container may use."""
    figures = psutil.virtual_memory()
    total, free = int(figures.total), int(figures.available)
    limit = cgroups.memory_limit()
    if limit is not None:
        total, free = min(total, limit.limit_bytes), min(free, limit.free_bytes)
    return Memory(total, free)


def held_bytes(process_id: int) -> int:
    """Memory that would be free if a process ended; 0 for one that is gone."""
    try:
        used = psutil.Process(process_id).memory_info()
    except psutil.Error:
        return 0
    # What is mapped from files counts as free already.
    return max(0, int(used.rss) - int(getattr(used, "shared", 0)))
