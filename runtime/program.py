"""Starting a further process of this program, quietly and with its pipes open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runtime.errors import SetupError

PROGRAM_FOLDER = Path(__file__).resolve().parents[1]
# A window without a console would open one for each child.
NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def start_python(
    arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """This Python with these arguments in the program's folder. SetupError when there is no room.

    It inherits this process's environment, with these variables added or replaced. The caller ends
    it and closes its three pipes.
    """
    try:
        return subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PROGRAM_FOLDER,
            env={**os.environ, **(variables or {})},
            creationflags=NO_CONSOLE,
        )
    except OSError as problem:
        raise SetupError(
            f"A process could not be started ({problem.strerror}).",
            "Close other programs, or restart the machine.",
        ) from problem
