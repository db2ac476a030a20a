"""The line to the process that started this one: configuration in, readiness out, its end noticed.

Standard output carries exactly one line. Whatever libraries print afterwards goes to standard
error, so that it cannot be taken for that line.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from runtime.errors import HPipeError, SetupError
from runtime.messages.spawn import Admission, ChildFailed, EngineConfig, EngineReady

_HINT = "An engine is started by a worker, not by hand: run `python main.py worker`."


class Parent:
    """Standard input and output, taken over before anything else is imported or printed."""

    def __init__(self) -> None:
        self._input: BinaryIO = sys.stdin.buffer
        self._output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def read_config(self) -> EngineConfig:
        """The first line; SetupError when it is not what a worker sends."""
        line = self._input.readline()
        try:
            return msgspec.json.decode(line, type=EngineConfig)
        except msgspec.DecodeError as problem:
            # The line holds a secret key: it must not appear in a message or a log.
            raise SetupError("The engine was started without a configuration.", _HINT) from problem

    def tell_ready(self, ready: EngineReady) -> None:
        self._tell(msgspec.json.encode(ready))

    def tell_failed(self, problem: HPipeError) -> None:
        self._tell(msgspec.json.encode(ChildFailed.of(problem)))

    def follow(self, on_admission: Callable[[Admission], None]) -> None:
        """Read later lines in a thread of their own; when they end, end this process at once."""
        threading.Thread(target=self._follow, args=(on_admission,), daemon=True).start()

    def _follow(self, on_admission: Callable[[Admission], None]) -> None:
        for line in self._input:
            try:
                on_admission(msgspec.json.decode(line, type=Admission))
            except msgspec.DecodeError:
                logging.getLogger(__name__).warning("a line of the parent was not understood")
        # Nobody is left to work for: a computation under way must not delay the end.
        os._exit(0)

    def _tell(self, line: bytes) -> None:
        self._output.write(line + b"\n")
        self._output.flush()
        self._output.close()
