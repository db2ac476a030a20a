"""Ctrl-C, a kill, or a process that dies, at any moment: a sentence, and nothing left behind."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.whole.programs import Command, Home, Start

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a console's Ctrl-C cannot be sent from a test on Windows"
)

MOMENTS = {
    "measuring": r"Measuring ",
    "loading": r"Loading ",
    "reading": r"Reading [\d,]+ tokens",
    "answering": "",
}


@pytest.fixture
def long_document(tmp_path: Path) -> Path:
    """Minutes of reading for the tiny model."""
    path = tmp_path / "long.txt"
    path.write_text("The next box holds ten nails and no screws at all.\n" * 520)
    return path


@pytest.fixture
def at_work(start: Start, home: Home, model: Path, document: Path, long_document: Path, tmp_path):
    """Starts a job and returns it when it is at a moment of its life."""

    def begin(moment: str, workers: int = 1) -> Command:
        # What was measured before is not measured again.
        own = Home(home.state, tmp_path / "cache") if moment == "measuring" else home
        command = start(
            *("analyze", document if moment == "answering" else long_document),
            *("--ask", "What is in the box?", "--model", model, "--local", workers),
            *("--threads", 1, "--output-tokens", 4000),
            home=own,
        )
        if moment == "answering":
            command.until("..", stream="out")
        elif moment == "starting":
            command.child("worker", "--managed")
        else:
            command.until(MOMENTS[moment])
        return command

    return begin


def assert_ended_well(command: Command, folder: Path) -> None:
    assert command.left() == []
    assert "Traceback" not in command.err
    for path in folder.rglob("*.json"):
        msgspec.json.decode(path.read_bytes())
    unfinished = [path for path in folder.rglob(".*") if path.is_file() or "making" in path.name]
    assert unfinished == []


@pytest.mark.parametrize("moment", ["starting", *MOMENTS])
def test_ctrl_c_ends_it_at_any_moment(at_work, moment: str, home: Home, tmp_path: Path) -> None:
    command = at_work(moment)
    command.interrupt()
    assert command.wait(10.0) == 130, command.err
    assert command.err.splitlines()[-1] == "Stopped."
    for folder in (home.state, home.cache, tmp_path / "cache"):
        assert_ended_well(command, folder)


def test_ctrl_c_before_anything_has_begun(start: Start, document: Path, model: Path) -> None:
    command = start("analyze", document, "--ask", "What?", "--model", model, "--local", 2)
    time.sleep(0.15)
    command.interrupt()
    # In its very first moments Python itself ends, by the signal.
    assert command.wait(10.0) in (130, -signal.SIGINT)
    assert command.left() == []


def test_an_impatient_second_ctrl_c_leaves_nothing_either(at_work) -> None:
    command = at_work("reading")
    command.interrupt()
    time.sleep(0.05)
    command.interrupt()
    assert command.wait(10.0) in (130, -signal.SIGINT)
    assert command.left() == []


def test_a_polite_kill_ends_it_like_ctrl_c(at_work) -> None:
    command = at_work("starting")
    command.process.send_signal(signal.SIGTERM)
    assert command.wait(10.0) == 130
    assert command.err.splitlines()[-1] == "Stopped."
    assert command.left() == []


@pytest.mark.parametrize("moment", ["starting", "reading"])
def test_workers_and_engines_end_with_a_command_that_is_killed(at_work, moment: str) -> None:
    command = at_work(moment, 2)
    assert command.children()
    command.process.kill()
    command.wait()
    assert command.left(10.0) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("worker", "--managed"), r"Worker \d"),
        (("runtime.engine",), r"the system ended it|stopped answering"),
    ],
)
def test_a_process_that_dies_in_mid_job_ends_the_job_with_a_sentence(
    at_work, words: tuple[str, ...], sentence: str
) -> None:
    command = at_work("reading")
    command.child(*words).kill()
    killed_at = time.monotonic()
    assert command.wait(20.0) == 1
    assert time.monotonic() - killed_at < 10.0
    assert re.search(sentence, command.err), command.err
    assert "Traceback" not in command.err
    assert command.left() == []


def test_the_reader_of_a_document_ends_with_the_command(
    start: Start, tmp_path: Path, model: Path
) -> None:
    """A document may take minutes to parse: nobody waits for it who has given up."""
    slow = tmp_path / "slow.html"
    slow.write_text("<html>" + "<p>word</p>" * 1_000_000)
    command = start("analyze", slow, "--ask", "What?", "--model", model, "--local", 1)
    command.child("runtime.documents.parse")
    command.process.send_signal(signal.SIGTERM)
    assert command.wait(5.0) == 130
    assert command.left() == []


def test_ctrl_c_ends_a_conversion_and_leaves_nothing_of_it(
    start: Start, document: Path, tmp_path: Path
) -> None:
    """The conversion is a child of its own, started from a thread that Ctrl-C does not reach."""
    from tests.runtime.engine.tiny import VOCABULARY, tiny_config, tiny_model
    from tests.runtime.models.gguf_writer import write_gguf

    packed = write_gguf(
        tiny_model(tiny_config("llama", vocab_size=VOCABULARY)), tmp_path / "m.gguf"
    )
    own = Home(tmp_path / "state", tmp_path / "cache")
    command = start(
        "analyze", document, "--ask", "What?", "--model", packed, "--local", 1, home=own
    )
    command.until("Starting the conversion")
    command.child("runtime.models.convert")
    command.interrupt()
    assert command.wait(10.0) == 130
    assert command.left() == []
    assert [path for path in own.cache.rglob("*") if path.is_file()] == []
    assert list(own.cache.glob("models/.making-*")) == []
