"""HPipe: the window by default; worker, pair, analyze, plan, bench and demo from a terminal."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from collections.abc import Collection
from pathlib import Path

from runtime.version import VERSION

# Each command's module is imported only when it is asked for: the window and the worker start
# without what they do not use.
COMMANDS = {
    "window": ("app.command", "open the window (what happens without a command)"),
    "worker": ("runtime.worker.command", "let this machine take part, without a window"),
    "pair": ("runtime.commands.pair", "pair with another machine by the code it shows"),
    "analyze": ("runtime.commands.analyze", "answer a question about a document"),
    "plan": ("runtime.commands.plan", "show the split and what it is predicted to cost"),
    "bench": ("runtime.commands.bench", "measure whether pooling is worth it here"),
    "demo": ("runtime.commands.demo", "several workers here, the sample document, the demo model"),
}
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    first = arguments[0] if arguments else ""
    if first not in (*COMMANDS, "-h", "--help", "--version"):
        if unknown := complaint_about(first):
            return _complain(unknown)
        arguments = ["window", *arguments]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", action="version", version=f"HPipe {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True)
    try:
        for name, (module, explanation) in COMMANDS.items():
            command = commands.add_parser(name, help=explanation, description=explanation)
            if name == arguments[0]:
                importlib.import_module(module).add_arguments(command)
        parsed = parser.parse_args(arguments)
        code: int = parsed.run(parsed)
    except KeyboardInterrupt:
        # Before a command's own handling has begun, or after it has ended.
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
    except ImportError as problem:
        return _complain(_missing(problem))
    return code


def complaint_about(word: str, commands: Collection[str] = tuple(COMMANDS)) -> str:
    """What is wrong with a single word that is neither a command nor a file; else nothing.

    Whoever types such a word has mistyped a command rather than named a document.
    """
    if word in commands or not word.isalpha() or Path(word).exists():
        return ""
    close = difflib.get_close_matches(word, commands, n=1)
    meant = f"Did you mean {close[0]}?" if close else f"Commands: {', '.join(commands)}."
    return f'There is no command and no file "{word}". {meant}'


def _missing(problem: ImportError) -> str:
    """HPipe's own modules are all there; what is missing is a library."""
    name = (problem.name or "").partition(".")[0]
    if name in ("", "app", "runtime"):
        raise problem
    return (
        f"The library {name} is missing or damaged ({problem}). "
        "`python3 packaging/bootstrap.py` installs what HPipe needs; then use `.venv`'s Python."
    )


def _complain(text: str) -> int:
    sys.stderr.write(text + "\n")
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
