"""What a newcomer reads when something is missing, and what is installed for which command."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
Usage = namedtuple("Usage", "total used free")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment() -> ModuleType:
    return load("environment")


@pytest.fixture
def bootstrap(environment: ModuleType) -> ModuleType:
    load("qt_libraries")
    return load("bootstrap")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection", "could not be reached"),
        ("ERROR: No matching distribution found for torch==2.13.0", "has no build for Python"),
        ("error: [Errno 13] Permission denied: '/x'", "permissions"),
        ("something else", "could not be installed"),
    ],
)
def test_a_failed_installation_is_explained(
    environment: ModuleType, printed: str, expected: str
) -> None:
    explained = environment.explain(["Collecting x", printed])
    assert expected in explained
    assert printed in explained


def test_too_little_disk_is_told_with_numbers(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = Usage(total=0, used=0, free=1 * environment.GIGABYTE)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(environment.Problem, match=r"needs about 3 GB .* 1\.0 GB are free"):
        environment.require_space(tmp_path / ".venv", 3 * environment.GIGABYTE)


def test_a_mistyped_command_installs_nothing(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(_environment: object, _lists: object) -> None:
        raise AssertionError("something is installed")

    monkeypatch.setattr(bootstrap.Environment, "prepare", prepare)
    assert bootstrap.main(["benhc"]) == 2
    assert "Did you mean bench?" in capsys.readouterr().err


def test_every_command_of_the_program_is_known_before_it_is_installed(
    bootstrap: ModuleType,
) -> None:
    spec = importlib.util.spec_from_file_location("program", ROOT / "main.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    assert {*bootstrap.COMMANDS} == {*program.COMMANDS, "test", "install"}


def test_a_record_that_cannot_be_written_is_told(environment: ModuleType, tmp_path: Path) -> None:
    nowhere = environment.Environment(tmp_path / "gone")
    with pytest.raises(environment.Problem, match="could not be written"):
        nowhere._remember("torch", "1")


def test_a_prepared_environment_installs_nothing(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second start takes seconds."""
    prepared = environment.Environment(tmp_path)
    prepared._remember("torch", environment.TORCH_VERSION)
    for name in ("runtime", "window"):
        prepared._remember(name, environment._fingerprint(name))
    ran: list[list[str]] = []
    monkeypatch.setattr(prepared, "_pip", ran.append)
    monkeypatch.setattr(prepared, "_create", lambda: None)
    prepared.prepare(("runtime", "window"))
    assert ran == []
    prepared.prepare(("runtime", "test"))
    assert [arguments[-1] for arguments in ran] == [str(environment.REQUIREMENTS / "test.txt")]


def test_another_python_prepares_anew(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = environment.Environment(tmp_path)
    prepared._remember("torch", environment.TORCH_VERSION)
    monkeypatch.setattr(environment.platform, "python_version", lambda: "9.9.9")
    assert prepared._installed() == {}


def test_no_screen_or_the_wish_for_none_means_the_terminal(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not bootstrap.shows_window([])
    monkeypatch.setenv("DISPLAY", ":0")
    assert bootstrap.shows_window([])
    assert not bootstrap.shows_window(["--terminal"])


def test_every_wanted_package_is_locked_with_a_hash() -> None:
    """A package that someone adds to a list but does not lock fails on a fresh machine only."""
    locked: set[str] = set()
    for name in ("runtime", "window", "demo", "test"):
        text = (PACKAGING / "requirements" / f"{name}.txt").read_text()
        for pin in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in pin
            locked.add(_plain(pin.split("==")[0]))
        wanted = (PACKAGING / "requirements" / f"{name}.in").read_text().splitlines()
        for line in wanted:
            if line and not line.startswith("#"):
                assert _plain(re.split(r"[=<>!~]", line)[0]) in locked


def test_the_window_that_aborts_is_never_locked() -> None:
    """PySide6 6.12.0 aborts on Python 3.11."""
    window = (PACKAGING / "requirements" / "window.txt").read_text()
    version = re.search(r"pyside6-essentials==(\d+)\.(\d+)", window)
    assert version is not None
    assert (6, 10) <= (int(version[1]), int(version[2])) < (6, 12)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")
