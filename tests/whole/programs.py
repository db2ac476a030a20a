"""HPipe's commands as a person starts them, and whatever processes they leave behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec
import psutil
from msgspec import Struct

MAIN = Path(__file__).resolve().parents[2] / "main.py"
# Every process of a command inherits this; so it is found even when its parent is gone.
MARK = "HPIPE_TEST_COMMAND"
PATIENCE_SECONDS = 250.0


class Home(Struct, frozen=True):
    """The folders and the environment a command runs in."""

    state: Path
    cache: Path
    variables: dict[str, str] = {}

    def environment(self, mark: str) -> dict[str, str]:
        return {
            **os.environ,
            "HPIPE_STATE": str(self.state),
            "HPIPE_CACHE": str(self.cache),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Bars and colours are for terminals, whatever this one's settings are.
            "TERM": "dumb",
            MARK: mark,
            **self.variables,
        }


class Command:
    """A running `main.py`, in a process group of its own as a shell would start it."""

    def __init__(self, home: Home, *arguments: object, directory: Path | None = None) -> None:
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, str(MAIN), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=home.environment(self.mark),
            cwd=directory or MAIN.parent,
            start_new_session=True,
        )
        self._changed = threading.Condition()
        self._texts = {"out": "", "err": ""}
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe))
            for name, pipe in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def out(self) -> str:
        return self._texts["out"]

    @property
    def err(self) -> str:
        return self._texts["err"]

    def until(self, pattern: str, *, stream: str = "err") -> str:
        """What matched, once it was printed. The command must not end before."""
        found: re.Match[str] | None = None
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._changed:
            while (found := re.search(pattern, self._texts[stream])) is None:
                assert self.process.poll() is None, f"it ended: {self.out}\n{self.err}"
                assert time.monotonic() < deadline, f"not printed: {pattern}\n{self.err}"
                self._changed.wait(0.1)
        return found.group()

    def interrupt(self) -> None:
        """Ctrl-C: every process of the terminal's foreground gets it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The exit code; what was printed is complete then."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.clean_up()
            raise AssertionError(f"it did not end:\n{self.out}\n{self.err}") from None
        for reader in self._readers:
            reader.join(10.0)
        return code

    def children(self, *words: str) -> list[psutil.Process]:
        """The processes it started, of which the command line holds all these words."""
        return [
            process
            for process in psutil.process_iter()
            if process.pid != self.process.pid and _is_marked(process, self.mark, words)
        ]

    def child(self, *words: str) -> psutil.Process:
        """The first of them, waited for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.children(*words)
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no process {words}:\n{self.err}")

    def left(self, seconds: float = 10.0) -> list[str]:
        """What still runs of it this long after its end, at most."""
        deadline = time.monotonic() + seconds
        while True:
            remaining = self.children()
            if not remaining or time.monotonic() > deadline:
                return [_described(process) for process in remaining]
            time.sleep(0.05)

    def clean_up(self) -> None:
        """End whatever there is, for a test that failed."""
        for process in (*self.children(), self.process):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()

    def close(self) -> None:
        self.clean_up()
        for reader in self._readers:
            reader.join(10.0)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self, name: str, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        while text := os.read(pipe.fileno(), 1 << 16):
            with self._changed:
                self._texts[name] += text.decode(errors="replace")
                self._changed.notify_all()


class Done(Struct, frozen=True):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What --json printed: one object and nothing else."""
        found: dict[str, Any] = msgspec.json.decode(self.out, type=dict)
        return found


Start = Callable[..., Command]
Run = Callable[..., Done]


def _is_marked(process: psutil.Process, mark: str, words: tuple[str, ...]) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get(MARK) == mark
            and all(word in process.cmdline() for word in words)
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.NoSuchProcess:
        return f"{process.pid} (gone now)"
