"""HPipe: the window by default; worker, pair, analyze, plan, bench and demo from a terminal."""

from __future__ import annotations

import argparse
import importlib
import sys

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


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    named = arguments and (
        arguments[0] in COMMANDS or arguments[0] in ("-h", "--help", "--version")
    )
    if not named:
        arguments = ["window", *arguments]
    parser = argparse.ArgumentParser(prog="hpipe", description=__doc__)
    parser.add_argument("--version", action="version", version=f"HPipe {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, explanation) in COMMANDS.items():
        command = commands.add_parser(name, help=explanation, description=explanation)
        if name == arguments[0]:
            importlib.import_module(module).add_arguments(command)
    parsed = parser.parse_args(arguments)
    code: int = parsed.run(parsed)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
