"""How much memory this machine has and could give to engines now."""

from __future__ import annotations

import psutil
from msgspec import Struct

from runtime.profiling import cgroups


class Memory(Struct, frozen=True):
    total_bytes: int
    free_bytes: int

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
