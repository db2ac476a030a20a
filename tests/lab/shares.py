"""Slow processors made of fast ones: every share of a processor is always used up.

A quota would halt a machine's processor many times a second, and the processor itself is slower
after every halt: by a fifth and more, depending on how long it waited. Here a processor never
halts. Each machine has a control group with a weight, and in it a process that runs whenever the
machine itself has nothing to do; what no machine has is taken by one more. So a share of 0.4 is a
processor of 0.4 times the speed, whether its machine and its neighbours wait or work.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Control groups of version 1 have a tree for each controller, those of version 2 one for all.
FIRST_VERSION, SECOND_VERSION = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
IS_FIRST_VERSION = FIRST_VERSION.is_dir()
GROUPS = FIRST_VERSION if IS_FIRST_VERSION else SECOND_VERSION
# Ten times what a process of the system has that is in no group, in each version's own units.
WEIGHT_OF_A_PROCESSOR = 10_240 if IS_FIRST_VERSION else 1_000
LEAST_WEIGHT = 2
ALWAYS_BUSY = (sys.executable, "-c", "while True: pass")


@dataclass(frozen=True)
class Share:
    """A part of one processor: the control group that has it."""

    group: Path
    processor: int

    def entering(self) -> tuple[str, ...]:
        """What a command begins with to run in this share, and all that it starts."""
        enter = f'echo $$ > {self.group}/cgroup.procs && exec "$@"'
        return ("sh", "-c", enter, "sh", "taskset", "--cpu-list", str(self.processor))


class Processors:
    """The processors that this process may use, and who has how much of each."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._taken = dict.fromkeys(sorted(os.sched_getaffinity(0)), 0.0)
        self._rests: dict[int, Share] = {}
        self._cleanup = contextlib.ExitStack()

    def share(self, name: str, cores: float) -> Share:
        """That much of the processor with most left; OSError where it has less than that."""
        processor = min(self._taken, key=lambda number: self._taken[number])
        taken = self._taken[processor] + cores
        if taken > 1.001:
            raise OSError(f"no processor has {cores} of a core left for {name}")
        self._taken[processor] = taken
        if processor not in self._rests:
            self._rests[processor] = self._made(f"{self._name}-rest-{processor}", processor, 1.0)
        _weigh(self._rests[processor], 1.0 - taken)
        return self._made(name, processor, cores)

    def close(self) -> None:
        self._cleanup.close()

    def _made(self, name: str, processor: int, cores: float) -> Share:
        share = Share(GROUPS / name, processor)
        share.group.mkdir()
        self._cleanup.callback(wait_until, lambda: _removed(share.group))
        _weigh(share, cores)
        filler = subprocess.Popen([*share.entering(), "chrt", "--idle", "0", *ALWAYS_BUSY])
        self._cleanup.callback(_end, filler)
        return share


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def _removed(group: Path) -> bool:
    """Remove a control group; False as long as it still has processes."""
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _weigh(share: Share, cores: float) -> None:
    weight = max(LEAST_WEIGHT, round(cores * WEIGHT_OF_A_PROCESSOR))
    (share.group / ("cpu.shares" if IS_FIRST_VERSION else "cpu.weight")).write_text(str(weight))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
