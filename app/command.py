"""`main.py`: opens the window. Qt is imported only here, when it is really wanted."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app.errand import Errand
from runtime.coordinator.options import ServiceOptions

DEMO_MODEL = "demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", nargs="?", help="a document to open")
    parser.add_argument("--ask", default="", metavar="TEXT", help="a question to begin with")
    parser.add_argument(
        "--local",
        type=_positive,
        metavar="N",
        help="use N workers of this machine instead of the network",
    )
    parser.add_argument(
        "--threads", type=_positive, metavar="T", help="give each local worker T threads"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    document = Path(arguments.document).expanduser().absolute() if arguments.document else None
    options = None
    if arguments.local is not None:
        options = ServiceOptions(local_workers=arguments.local, threads=arguments.threads)
    return _open(options, Errand(document=document, question=arguments.ask))


def demonstrate(workers: int, document: Path, question: str, weight_bits: int = 16) -> int:
    """The window with workers of this machine, the demo model, a document and its question."""
    options = ServiceOptions(local_workers=workers, threads=1, all_take_part=True)
    errand = Errand(
        document=document,
        question=question,
        model=DEMO_MODEL,
        starts=True,
        weight_bits=weight_bits,
    )
    return _open(options, errand)


def _open(options: ServiceOptions | None, errand: Errand) -> int:
    if not _has_screen():
        print(
            "There is no screen to open a window on. Use `main.py analyze` or `main.py demo "
            "--terminal` here, or start HPipe from a desktop session.",
            file=sys.stderr,
        )
        return 1
    try:
        from app.application import run_window  # noqa: PLC0415 (Qt may be missing)
    except ImportError as error:
        print(
            f"The window needs a library that is missing here ({error}). "
            "`python3 packaging/bootstrap.py` installs or names it.",
            file=sys.stderr,
        )
        return 1
    return run_window(options, errand)


def _has_screen() -> bool:
    """Without a display Qt would end the process with a crash instead of a sentence."""
    if sys.platform in ("win32", "darwin"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value
