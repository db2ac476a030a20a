"""Everything from a fresh clone: makes .venv, installs what is locked, and starts HPipe.

    python3 packaging/bootstrap.py demo      three workers here read a sample document together
    python3 packaging/bootstrap.py test      the whole test suite
    python3 packaging/bootstrap.py           the window
    python3 packaging/bootstrap.py worker    let this machine take part, without a window

Any other command of main.py works the same way. Needs nothing but Python 3.11 or newer.
"""

import os
import subprocess
import sys

OLDEST_PYTHON = (3, 11)

# Only now, since the modules below need a newer Python than this check does.
if sys.version_info < OLDEST_PYTHON:
    sys.exit(
        f"HPipe needs Python 3.11 or newer, and this is {sys.version_info[0]}."
        f"{sys.version_info[1]}. Install a newer one from your system's packages or from "
        "python.org, then run the same command with it."
    )

import qt_libraries  # noqa: E402
from environment import ROOT, Environment, Problem  # noqa: E402

sys.path.insert(0, str(ROOT))
# It needs nothing that is installed until a command runs.
from main import COMMANDS as PROGRAM_COMMANDS  # noqa: E402
from main import complaint_about  # noqa: E402

COMMANDS = (*PROGRAM_COMMANDS, "test", "install")
USAGE_ERROR = 2
LISTS = {
    "demo": ("runtime", "window", "demo"),
    "test": ("runtime", "window", "demo", "test"),
    "install": ("runtime", "window"),
    "window": ("runtime", "window"),
}


def main(arguments: list[str]) -> int:
    """Prepare what a command needs and hand over to it; returns its exit code."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    command, *rest = arguments or ["window"]
    if command.startswith("-"):
        command, rest = "window", arguments
    if unknown := complaint_about(command, COMMANDS):
        print(unknown, file=sys.stderr)
        return USAGE_ERROR
    with_window = command in ("window", "test") or (command == "demo" and shows_window(rest))
    lists = LISTS.get(command, ("runtime",))
    if not with_window and command == "demo":
        lists = ("runtime", "demo")
    try:
        environment = Environment(ROOT / ".venv")
        environment.prepare(lists)
        if with_window:
            qt_libraries.require(environment.python, needs_screen=command != "test")
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one ended.", file=sys.stderr)
        return 130
    if command == "install":
        return 0
    program = [str(ROOT / "main.py"), command]
    if command == "test":
        os.chdir(ROOT)
        program = ["-m", "tests"]
    return hand_over([environment.python, *program, *rest])


def shows_window(options: list[str]) -> bool:
    """Whether the demo can open a window here."""
    if "--terminal" in options:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def hand_over(command: list[str]) -> int:
    """Become another program where the system can, so that signals reach it directly."""
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execv(command[0], command)  # noqa: S606 (a program of our own, no shell wanted)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C has reached the child too: it cleans up and ends by itself


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
