"""The child process that turns a GGUF file into a Hugging Face folder; torch lives only here.

`python -m runtime.models.convert` reads one ConversionRequest as a JSON line from its standard
input and prints ConversionStep lines, then one ConversionEnded or ChildFailed line. The end of its
standard input means that the parent is gone: it leaves at once.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import msgspec

from runtime.errors import HPipeError, ModelError
from runtime.messages.spawn import ChildFailed
from runtime.models.conversion import ConversionEnded, ConversionRequest, ConversionStep


def main() -> int:
    """Do what the first line of standard input asks for; 0 when it is done."""
    output = sys.stdout
    # Libraries print as they please; the parent reads only our lines.
    sys.stdout = sys.stderr

    def say(value: ConversionStep | ConversionEnded | ChildFailed) -> None:
        output.write(msgspec.json.encode(value).decode() + "\n")
        output.flush()

    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=ConversionRequest)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        if request.kind == "gguf":
            _convert_gguf(Path(request.source), Path(request.target), say_step(say))
        else:
            _convert_tokenizer(Path(request.source), Path(request.target))
    except HPipeError as problem:
        say(ChildFailed(kind=type(problem).__name__, message=problem.message, hint=problem.hint))
        return 1
    say(ConversionEnded())
    return 0
