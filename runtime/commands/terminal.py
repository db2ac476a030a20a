"""How commands talk to a person: progress on the error stream, results on the output."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from rich.console import Console

from runtime.errors import Cancelled, HPipeError
from runtime.event_loop import new_event_loop
from runtime.paths import state_directory
from runtime.worker.logs import write_log

INTERRUPTED = 130
# What a person ends a command with: a polite kill, a terminal that is closed.
_POLITE_SIGNALS = ("SIGTERM", "SIGHUP")
_TIDY_SECONDS = 3.0

_log = logging.getLogger(__name__)

# Progress and messages go here, so that the output holds the answer alone.
messages = Console(stderr=True, highlight=False)
# Tables and what they mean, where they are what was asked for.
results = Console(highlight=False)


def run_command(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a command's coroutine; errors become a sentence and an exit code that is not 0."""
    _write_unicode()
    _keep_log()
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(_until_ended(main))
    except KeyboardInterrupt:
        tell("Stopped.")
        _leave_threads()
        return INTERRUPTED
    except Cancelled as problem:
        tell(problem.message)
        return INTERRUPTED
    except HPipeError as problem:
        tell(problem.message, style="bold red")
        tell(problem.hint)
        return 1
    except BrokenPipeError:
        # Whoever read the output has enough of it; Python must not try to flush it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as problem:
        _log.exception("a command failed unexpectedly")
        tell(
            f"Something unexpected went wrong ({type(problem).__name__}: {problem}).",
            style="bold red",
        )
        tell("This is a bug of HPipe; the log in its state folder has the details.")
        return 1


def tell(text: str, *, style: str = "") -> None:
    """A sentence for the person, as it is: never cut into lines where a program reads it."""
    if text:
        messages.print(
            text, style=style, markup=False, emoji=False, soft_wrap=not messages.is_terminal
        )


def print_json(value: Any) -> None:
    """One JSON object on the output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
    sys.stdout.flush()


def print_json_line(value: Any) -> None:
    """One of several JSON objects, on a line of its own."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


async def _until_ended(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """A polite kill ends the command like Ctrl-C, so that nothing is left running."""
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        for name in _POLITE_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(signal.Signals[name], task.cancel)
    try:
        return await main()
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _leave_threads() -> None:
    """Let threads tidy up after themselves, but leave those that wait for a slow server."""
    until = time.monotonic() + _TIDY_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                sys.stdout.flush()
                os._exit(INTERRUPTED)


def _write_unicode() -> None:
    """An answer may hold any character, whatever a terminal or a file takes by default."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def _keep_log() -> None:
    """A command that cannot write its log does its work all the same."""
    try:
        write_log(state_directory(), "commands")
    except HPipeError:
        logging.getLogger().addHandler(logging.NullHandler())
