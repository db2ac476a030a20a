"""Child processes that misbehave in each way a child can."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest
from msgspec import Struct

from runtime.errors import EngineError, HPipeError, SetupError
from runtime.worker.child import ChildEnd, ChildProcess, start_child
from runtime.worker.engine_end import explain_end

LOG = logging.getLogger(__name__)


class Greeting(Struct, frozen=True):
    word: str


def child(tmp_path: Path, program: str) -> ChildProcess:
    script = tmp_path / "child.py"
    script.write_text(program)
    return start_child([str(script)], Greeting("hello"), LOG)


def run(tmp_path: Path, program: str, seconds: float = 20.0) -> tuple[Greeting | HPipeError, float]:
    """What its readiness gives, and how long stopping took."""

    async def scenario() -> tuple[Greeting | HPipeError, float]:
        process = child(tmp_path, program)
        ready: Greeting | HPipeError
        try:
            ready = await process.ready(Greeting, seconds, "The child", explain_end)
        except HPipeError as problem:
            ready = problem
        began = time.monotonic()
        await process.stop()
        return ready, time.monotonic() - began

    return asyncio.run(scenario())


def test_a_child_hears_its_configuration_and_says_it_is_ready(tmp_path: Path) -> None:
    """Defect: the line gets lost, or stopping waits although the child leaves at once."""
    echo = "import sys\nprint(sys.stdin.readline(), flush=True)\nsys.stdin.read()"
    ready, stopped = run(tmp_path, echo)
    assert ready == Greeting("hello")
    assert stopped < 3.0


def test_a_child_that_reports_a_failure_is_believed(tmp_path: Path) -> None:
    """Defect: "no GPU number 3" arrives as "crashed with code 1"."""
    line = '{"type":"child_failed","kind":"EngineError","message":"No.","hint":"Do."}'
    ready, _ = run(tmp_path, f"print('{line}')")
    assert isinstance(ready, EngineError)
    assert (ready.message, ready.hint) == ("No.", "Do.")


def test_a_child_that_dies_first_is_explained_by_its_last_words(tmp_path: Path) -> None:
    """Defect: the reason on standard error is read too late or not at all."""
    ready, _ = run(tmp_path, "import no_such_library_at_all")
    assert isinstance(ready, EngineError)
    assert "no_such_library_at_all is not installed" in ready.message


def test_a_child_that_talks_nonsense_or_nothing_is_given_up(tmp_path: Path) -> None:
    """Defect: a wrong or silent child is waited for without end."""
    ready, _ = run(tmp_path, "import sys\nprint('nonsense', flush=True)\nsys.stdin.read()")
    assert isinstance(ready, SetupError)
    ready, _ = run(tmp_path, "import sys\nsys.stdin.read()", seconds=0.2)
    assert isinstance(ready, SetupError)
    assert "not ready within" in ready.message


def test_much_output_does_not_block_a_child(tmp_path: Path) -> None:
    """Defect: a library that prints a lot fills a pipe nobody reads, and the child hangs."""
    program = (
        "import sys\nsys.stderr.write('x' * 300_000 + '\\n')\n"
        "print('{\"word\":\"ready\"}', flush=True)\nsys.stdout.write('y' * 300_000)\n"
        "sys.stdout.flush()\nsys.stderr.write('done\\n')\nsys.exit(3)"
    )

    async def scenario() -> ChildEnd:
        process = child(tmp_path, program)
        await process.ready(Greeting, 20.0, "The child", explain_end)
        return await asyncio.wait_for(process.ended(), 20.0)

    end = asyncio.run(scenario())
    assert end.exit_code == 3
    assert end.last_words[-1] == "done"


def test_a_child_that_will_not_leave_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Defect: closing the window hangs on an engine that hangs."""
    monkeypatch.setattr("runtime.worker.child._END_SECONDS", 0.3)
    monkeypatch.setattr("runtime.worker.child._KILL_SECONDS", 0.3)
    stubborn = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        'print(\'{"word":"ready"}\', flush=True)\ntime.sleep(60)'
    )
    ready, stopped = run(tmp_path, stubborn)
    assert ready == Greeting("ready")
    assert stopped < 5.0
