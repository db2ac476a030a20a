"""Asking Linux for large pages under a CPU engine's weights."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_VARIABLE = "GLIBC_TUNABLES"
_SETTING = "glibc.malloc.hugetlb"


def large_pages() -> Mapping[str, str]:
    """What a process that computes on the CPU is started with; nothing but on Linux.

    A token of an answer reads all weights once. In pages of 4 KB these have many times as many
    addresses as a processor remembers; of pages of 2 MB there are 512 times fewer. Most systems
    give those to programs that ask. glibc, from 2.35 on, reads its settings before a program's
    first line, so that a program cannot ask for itself. What a person set stays.
    """
    if sys.platform != "linux":
        return {}
    own = os.environ.get(_VARIABLE, "")
    if _SETTING in own:
        return {}
    return {_VARIABLE: ":".join(filter(None, (own, f"{_SETTING}=1")))}
