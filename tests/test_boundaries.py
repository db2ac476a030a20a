"""What each process loads: a window or a worker that imports torch is slow and fragile."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from main import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers")
PROBE = """
import argparse, importlib, sys
importlib.import_module(sys.argv[1]).add_arguments(argparse.ArgumentParser())
print(*sorted(set(sys.argv[2:]) & set(sys.modules)))
"""


def loaded(module: str, names: tuple[str, ...]) -> str:
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, module, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.returncode == 0, probe.stderr
    return probe.stdout.strip()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_starts_without_torch(command: str) -> None:
    module, _ = COMMANDS[command]
    assert loaded(module, HEAVY) == ""


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"window"}))
def test_a_command_of_the_terminal_starts_without_qt(command: str) -> None:
    module, _ = COMMANDS[command]
    assert loaded(module, ("PySide6", "pyqtgraph", "app")) == ""


def test_nothing_is_unpickled_and_no_shell_is_used() -> None:
    """Each of these would run what a stranger sends."""
    found = []
    for path in (*ROOT.glob("main.py"), *ROOT.glob("app/**/*.py"), *ROOT.glob("runtime/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names) if any(name.name == "pickle" for name in names):
                    found.append((path.name, "imports pickle"))
                case ast.ImportFrom(module="pickle"):
                    found.append((path.name, "imports pickle"))
                case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="load")):
                    found.append((path.name, "torch.load"))
                case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                    found.append((path.name, "shell=True"))
    assert found == []
