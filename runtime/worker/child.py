"""A child process: configured by a line, ready with a line, its end noticed, its words kept.

Threads read the pipes instead of asyncio's own subprocesses, which on Windows need another kind of
event loop than ZeroMQ's sockets do.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, TypeVar

import msgspec
from msgspec import Struct

from runtime.errors import HPipeError, SetupError, error_from_wire
from runtime.messages.spawn import ChildFailed
from runtime.program import start_python

_LAST_WORDS_LINES = 40
_LONGEST_LINE_BYTES = 16 * 1024
_END_SECONDS = 4.0
_KILL_SECONDS = 2.0

Ready = TypeVar("Ready")


class ChildEnd(Struct, frozen=True):
    """How a child ended: its exit code as subprocess gives it, and its last lines of stderr."""

    exit_code: int
    last_words: tuple[str, ...]


class ChildProcess:
    """One started process. Made and used on one event loop."""

    def __init__(self, process: subprocess.Popen[bytes], log: logging.Logger) -> None:
        self._process = process
        self._input = _open(process.stdin)
        self._output = _open(process.stdout)
        self._errors = _open(process.stderr)
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._first_line: asyncio.Future[bytes] = self._loop.create_future()
        self._ended: asyncio.Future[ChildEnd] = self._loop.create_future()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
        # Daemons, since they only wait for a child that leaves when this process does: joining
        # them at exit would wait for a child that waits for this exit.
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()
        self._listener.start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return not self._ended.done()

    async def ready(
        self,
        kind: type[Ready],
        timeout_seconds: float,
        what: str,
        explain: Callable[[ChildEnd], HPipeError],
    ) -> Ready:
        """The line that says it is ready. Raises what the child reports, or why it said nothing."""
        try:
            line = await asyncio.wait_for(asyncio.shield(self._first_line), timeout_seconds)
        except TimeoutError:
            raise SetupError(
                f"{what} was not ready within {timeout_seconds:.0f} seconds.",
                "The machine may be overloaded; try again when it has less to do.",
            ) from None
        if not line:
            raise explain(await self.ended())
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(line, type=kind)
        try:
            failed = msgspec.json.decode(line, type=ChildFailed)
        except msgspec.DecodeError as problem:
            raise SetupError(
                f"{what} said something that was not understood.",
                "Another version of HPipe may be installed beside this one.",
            ) from problem
        raise error_from_wire(failed.kind, failed.message, failed.hint)

    async def ended(self) -> ChildEnd:
        """Wait until the process is gone."""
        return await asyncio.shield(self._ended)

    def on_end(self, listener: Callable[[ChildEnd], None]) -> None:
        """Call the listener on the event loop when the process is gone."""
        self._ended.add_done_callback(lambda future: listener(future.result()))

    def tell(self, message: Struct) -> None:
        """Send a further line. A child that is gone hears nothing; its end is told elsewhere."""
        with contextlib.suppress(OSError, ValueError):
            self._input.write(msgspec.json.encode(message) + b"\n")
            self._input.flush()

    async def stop(self) -> ChildEnd:
        """End its input, which asks it to leave; kill it if it does not."""
        with contextlib.suppress(OSError):
            self._input.close()
        for insist, seconds in (
            (self._process.terminate, _END_SECONDS),
            (self._process.kill, _KILL_SECONDS),
        ):
            try:
                return await asyncio.wait_for(self.ended(), seconds)
            except TimeoutError:
                insist()
        return await self.ended()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _listen(self) -> None:
        with self._output as output:
            self._settle(self._first_line, output.readline(_LONGEST_LINE_BYTES))
            while output.read(_LONGEST_LINE_BYTES):
                pass
        code = self._process.wait()
        self._drain.join(timeout=1.0)
        with contextlib.suppress(OSError):
            self._input.close()
        self._settle(self._ended, ChildEnd(code, tuple(self._last_words)))

    def _read_errors(self) -> None:
        with self._errors as errors:
            while line := errors.readline(_LONGEST_LINE_BYTES):
                text = line.decode(errors="replace").rstrip()
                if text:
                    self._last_words.append(text)
                    self._log.info("%s", text)

    def _settle(self, future: asyncio.Future[Any], value: Any) -> None:
        def settle() -> None:
            if not future.done():
                future.set_result(value)

        # A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)


def start_child(
    arguments: Sequence[str],
    config: Struct,
    log: logging.Logger,
    variables: Mapping[str, str] | None = None,
) -> ChildProcess:
    """Start this Python with these arguments and hand it its config. SetupError when it cannot.

    It sees the variables in its environment.
    """
    child = ChildProcess(start_python(arguments, variables), log)
    child.tell(config)
    return child


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("a child process needs all three pipes")
    return pipe
