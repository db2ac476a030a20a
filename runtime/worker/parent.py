"""The line to the process that started this worker: its configuration in, readiness out."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import msgspec
from msgspec import Struct

from runtime.errors import HPipeError, SetupError
from runtime.messages.spawn import ChildFailed, WorkerConfig

# What a worker takes to leave politely; after that it leaves anyway, and its engines with it.
_LEAVE_SECONDS = 6.0


class Parent:
    """Standard input and output; what libraries print later goes to standard error."""

    def __init__(self) -> None:
        self._input = sys.stdin.buffer
        self._output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def read_config(self) -> WorkerConfig:
        """The first line; SetupError when it is not what a window sends."""
        try:
            return msgspec.json.decode(self._input.readline(), type=WorkerConfig)
        except msgspec.DecodeError as problem:
            raise SetupError(
                "A managed worker was started without a configuration.",
                "--managed is for HPipe's own window; leave it out.",
            ) from problem

    def tell(self, line: Struct) -> None:
        """The one line this process says."""
        self._output.write(msgspec.json.encode(line) + b"\n")
        self._output.close()

    def tell_failed(self, problem: HPipeError) -> None:
        self.tell(ChildFailed.of(problem))

    def on_gone(self, listener: Callable[[], object]) -> None:
        """Call the listener, in another thread, when the parent has closed the line or is gone."""
        threading.Thread(target=self._wait, args=(listener,), daemon=True).start()

    def _wait(self, listener: Callable[[], object]) -> None:
        # Not through sys.stdin, whose lock would be held when this process ends: it would abort.
        while os.read(0, 1 << 12):
            pass
        listener()
        timer = threading.Timer(_LEAVE_SECONDS, os._exit, (1,))
        timer.daemon = True
        timer.start()
