"""Converting a model in a child process: the parent's side, and what the two say to each other.

The child alone imports torch and transformers, and can be ended at any moment.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, Literal

import msgspec
from msgspec import Struct

from runtime.errors import ModelError, SetupError, error_from_wire
from runtime.messages.spawn import ChildFailed
from runtime.program import start_python

# Called with a step in words, what is done of it and its total, in bytes; 0 of 0 when unknown.
# It may raise to stop what it is told about.
ProgressTeller = Callable[[str, int, int], None]

_HEARTBEAT_SECONDS = 0.25
_LAST_WORDS_LINES = 20


class ConversionRequest(Struct, frozen=True, kw_only=True):
    """ "gguf": a file into a whole model folder. "tokenizer": a folder's into tokenizer.json."""

    kind: Literal["gguf", "tokenizer"]
    source: str
    target: str


class ConversionStep(Struct, frozen=True, kw_only=True, tag="step"):
    name: str
    bytes_done: int = 0
    bytes_total: int = 0


class ConversionEnded(Struct, frozen=True, tag="ended"):
    """The target holds all of it."""


_Line = ConversionStep | ConversionEnded | ChildFailed


def convert(request: ConversionRequest, tell: ProgressTeller) -> None:
    """Run a conversion to its end. Whatever tell raises ends the child and is raised on.

    Raises the child's error, or SetupError when it dies. The target may then hold anything.
    """
    process = start_python(["-m", "runtime.models.convert"])
    words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threads = (
        threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True),
        threading.Thread(target=_keep_words, args=(process.stderr, words), daemon=True),
    )
    for thread in threads:
        thread.start()
    try:
        with contextlib.suppress(OSError):
            _pipe(process.stdin).write(msgspec.json.encode(request) + b"\n")
            _pipe(process.stdin).flush()
        ended = _follow(lines, tell)
    finally:
        process.kill()
        code = process.wait()
        for thread in threads:
            thread.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
    if not ended:
        logging.getLogger(__name__).warning("the conversion died: %s", " / ".join(words))
        raise SetupError(
            f"The conversion ended before it was done (code {code}).",
            "The machine may lack memory for it; close other programs and try again.",
        )


def _follow(lines: queue.SimpleQueue[bytes], tell: ProgressTeller) -> bool:
    """Tell each step; a step is told again while nothing new comes, so that it can be stopped."""
    step = ConversionStep(name="Starting the conversion")
    for line in _heartbeats(lines):
        if line:
            try:
                said = msgspec.json.decode(line, type=_Line)
            except msgspec.DecodeError as problem:
                raise ModelError("The conversion said something that makes no sense.") from problem
            if isinstance(said, ChildFailed):
                raise error_from_wire(said.kind, said.message, said.hint)
            if isinstance(said, ConversionEnded):
                return True
            step = said
        tell(step.name, step.bytes_done, step.bytes_total)
    return False


def _heartbeats(lines: queue.SimpleQueue[bytes]) -> Iterator[bytes]:
    """Lines as they come, an empty one when none has come for a moment, until the end."""
    while True:
        try:
            line = lines.get(timeout=_HEARTBEAT_SECONDS)
        except queue.Empty:
            yield b""
            continue
        if not line:
            return
        yield line


def _listen(output: IO[bytes] | None, lines: queue.SimpleQueue[bytes]) -> None:
    for line in _pipe(output):
        lines.put(line)
    lines.put(b"")


def _keep_words(errors: IO[bytes] | None, words: deque[str]) -> None:
    for line in _pipe(errors):
        words.append(line.decode(errors="replace").rstrip())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise SetupError("The conversion could not be started.")
    return pipe
