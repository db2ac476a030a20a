"""Write the locked requirements anew: `python packaging/lock.py`, with uv installed.

Each list in requirements/*.in becomes a *.txt of exact versions and hashes for all systems. A later
list holds only what it adds to the earlier ones, so that they are installed together:
`pip install -r runtime.txt -r window.txt -r test.txt`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LISTS = ("runtime", "window", "demo", "test")
OLDEST_PYTHON = "3.11"
FOLDER = Path(__file__).parent / "requirements"
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Resolve all lists at once, so that they agree, then deal the pins out."""
    everything = resolve([FOLDER / f"{name}.in" for name in LISTS])
    given: set[str] = set()
    for index, name in enumerate(LISTS):
        wanted = resolve([FOLDER / f"{each}.in" for each in LISTS[: index + 1]])
        fresh = {package: pin for package, pin in everything.items() if package in wanted}
        pins = [pin for package, pin in fresh.items() if package not in given]
        given |= set(fresh)
        (FOLDER / f"{name}.txt").write_text("".join(pins), encoding="utf-8", newline="\n")
        print(f"{name}: {len(pins)} packages")
    return 0


def resolve(lists: list[Path]) -> dict[str, str]:
    """Package name to its pin with hashes, for every system at once."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--python-version", OLDEST_PYTHON, *map(str, lists)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pins: dict[str, str] = {}
    for match in PINNED.finditer(printed):
        # A package can be pinned differently on different systems: its lines stay together.
        pins[match["name"]] = pins.get(match["name"], "") + match.group()
    return pins


if __name__ == "__main__":
    sys.exit(main())
