"""A tiny model, folders and commands, shared so that each run of the whole program is short."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.programs import Command, Done, Home, Run, Start
from tests.whole.tiny import make_model


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every process of a command imports much, which takes long where tests share a machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_counts() -> None:
    """Programs that a script starts in the background ignore it, and so do those they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny-model") / "tiny")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: what the first of them measures, the others know."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    return Home(tmp_path / "state", cache)


@pytest.fixture
def start(home: Home) -> Iterator[Start]:
    """Starts a command; a test fails if one of its processes is left."""
    started: list[Command] = []

    def begin(*arguments: object, home: Home = home, directory: Path | None = None) -> Command:
        started.append(Command(home, *arguments, directory=directory))
        return started[-1]

    yield begin
    left = [
        name for command in started if command.process.poll() is not None for name in command.left()
    ]
    for command in started:
        command.close()
    assert not left, f"left running: {left}"


@pytest.fixture
def run(start: Start) -> Run:
    """Runs a command to its end."""

    def finish(*arguments: object, **options: object) -> Done:
        command = start(*arguments, **options)
        return Done(command.wait(), command.out, command.err)

    return finish


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_text(
        "# Boxes\n\nThe red box holds twelve nails.\n\n# Shelves\n\nThe top shelf is empty.\n"
    )
    return path
