"""How a command ends: its exit code, and a sentence instead of a traceback."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.commands import terminal
from runtime.errors import Cancelled, HPipeError, ModelError


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Log files of a test are its own, and closed after it."""
    monkeypatch.setenv("HPIPE_STATE", str(tmp_path))
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()


async def fail(problem: BaseException) -> int:
    await asyncio.sleep(0)
    raise problem


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (ModelError("No model [7].", "Choose one."), 1, "No model [7].\nChoose one.\n"),
        (HPipeError("No hint."), 1, "No hint.\n"),
        (Cancelled("It was cancelled."), 130, "It was cancelled.\n"),
        (asyncio.CancelledError(), 130, "Stopped.\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
    ],
)
def test_what_a_command_raises_becomes_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], problem: BaseException, code: int, said: str
) -> None:
    assert terminal.run_command(lambda: fail(problem)) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", said)


def test_a_bug_is_a_sentence_too_and_its_traceback_goes_to_the_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert terminal.run_command(lambda: fail(ZeroDivisionError("by nothing"))) == 1
    said = capsys.readouterr().err
    assert "unexpected went wrong (ZeroDivisionError: by nothing)" in said
    assert "Traceback" not in said
    assert "Traceback" in (tmp_path / "logs" / "commands.log").read_text()


def test_a_state_folder_that_cannot_be_written_keeps_no_command_from_working(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setenv("HPIPE_STATE", str(file))

    async def succeed() -> int:
        return 0

    assert terminal.run_command(succeed) == 0


def test_a_reader_that_has_enough_is_no_bug(capfd: pytest.CaptureFixture[str]) -> None:
    """`main.py analyze ... | head -1` closes the output before everything is written."""
    assert terminal.run_command(lambda: fail(BrokenPipeError())) == 1
    assert capfd.readouterr().err == ""


def test_ctrl_c_waits_for_threads_that_tidy_up(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied = threading.Event()

    async def interrupted() -> int:
        threading.Timer(0.05, tidied.set).start()
        raise KeyboardInterrupt

    assert terminal.run_command(interrupted) == 130
    assert tidied.is_set()


def test_ctrl_c_does_not_wait_for_a_thread_that_waits_for_a_slow_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[int] = []
    monkeypatch.setattr(terminal, "_TIDY_SECONDS", 0.05)
    monkeypatch.setattr(terminal.os, "_exit", left.append)
    answer = threading.Event()
    waiting = threading.Thread(target=answer.wait)
    waiting.start()
    try:
        terminal.run_command(lambda: fail(KeyboardInterrupt()))
        assert left == [130]
    finally:
        answer.set()
        waiting.join()
