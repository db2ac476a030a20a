"""`main.py demo`: several workers of this machine, the sample document and the demo model."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from runtime.commands import analyze
from runtime.commands.options import add_weight_bits_argument, positive
from runtime.commands.terminal import run_command, tell
from runtime.coordinator.options import ServiceOptions
from runtime.sample import sample_document, sample_question

WORKERS = 3
NEXT = (
    "Next: `main.py` opens the window, `main.py worker` on another machine lets it take part, and "
    "`main.py analyze FILE --ask TEXT` asks about a document of yours."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--terminal", action="store_true", help="stay in the terminal even where there is a screen"
    )
    parser.add_argument(
        "--workers", type=positive, default=WORKERS, metavar="N", help="how many workers (3)"
    )
    add_weight_bits_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if not arguments.terminal and not has_screen():
        tell("There is no screen here: the demonstration stays in the terminal.")
        return in_terminal(arguments.workers, arguments.weight_bits)
    if arguments.terminal:
        return in_terminal(arguments.workers, arguments.weight_bits)
    # The window is imported by name, since the runtime knows nothing of it.
    demonstrate = importlib.import_module("app.command").demonstrate
    code: int = demonstrate(
        arguments.workers, sample_document(), sample_question(), arguments.weight_bits
    )
    return code


def has_screen() -> bool:
    """Whether a window can be shown: always on Windows and macOS, elsewhere with a display."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def in_terminal(workers: int, weight_bits: int = 16) -> int:
    """The same job as in the window, with progress bars."""
    document, question = sample_document(), sample_question()
    parser = argparse.ArgumentParser()
    analyze.add_arguments(parser)
    arguments = parser.parse_args(
        [str(document), "--ask", question, "--weight-bits", str(weight_bits)]
    )
    options = ServiceOptions(local_workers=workers, threads=1, all_take_part=True)

    async def demonstrate() -> int:
        who = f"{workers} workers" if workers > 1 else "One worker"
        tell(f"{who} of this computer, as if each were a machine, read {document.name} together.")
        tell(f"Question: {question}")
        code = await analyze.analyze(arguments, options)
        tell(NEXT)
        return code

    return run_command(demonstrate)
