"""The whole suite in two parts: `python -m tests`. With arguments, those are pytest's alone.

Most of it runs side by side on several cores. The machines of the lab come after it, one test at a
time: their speeds and deadlines would be those of their neighbours.
"""

from __future__ import annotations

import os
import subprocess
import sys

ONE_AT_A_TIME = "tests/lab"
INTERRUPTED = 2  # what pytest exits with after Ctrl-C
MOST_SIDE_BY_SIDE = 4  # every one of them holds torch and Qt in memory


def main(arguments: list[str]) -> int:
    """The exit code of pytest; of the first part that failed, when both ran."""
    if arguments:
        return pytest(*arguments)
    side_by_side = min(os.cpu_count() or 1, MOST_SIDE_BY_SIDE)
    first = pytest(
        *("tests", f"--ignore={ONE_AT_A_TIME}"),
        *("-n", str(side_by_side), "--dist", "worksteal"),
    )
    if first == INTERRUPTED:
        return first
    lab = pytest(ONE_AT_A_TIME)
    return first or lab


def pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C has reached pytest too: it tells what it has done and ends


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
