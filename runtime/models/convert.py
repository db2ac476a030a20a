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
from runtime.models.conversion import (
    ConversionEnded,
    ConversionRequest,
    ConversionStep,
    ProgressTeller,
)


def main() -> int:
    """Do what the first line of standard input asks for; 0 when it is done."""
    output = sys.stdout
    # Libraries print as they please; the parent reads only our lines.
    sys.stdout = sys.stderr

    def say(value: ConversionStep | ConversionEnded | ChildFailed) -> None:
        output.write(msgspec.json.encode(value).decode() + "\n")
        output.flush()

    def tell(name: str, bytes_done: int, bytes_total: int) -> None:
        say(ConversionStep(name=name, bytes_done=bytes_done, bytes_total=bytes_total))

    request = msgspec.json.decode(sys.stdin.buffer.readline(), type=ConversionRequest)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    # Nothing a conversion needs lies on the hub, and nothing that comes with a model is run.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        _convert(request, tell)
    except HPipeError as problem:
        say(ChildFailed.of(problem))
        return 1
    say(ConversionEnded())
    return 0


def _convert(request: ConversionRequest, tell: ProgressTeller) -> None:
    source, target = Path(request.source), Path(request.target)
    if request.kind == "tokenizer":
        tell("Converting the tokenizer", 0, 0)
        _convert_tokenizer(source, target)
        return
    # torch and transformers take seconds to import.
    tell("Starting the conversion", 0, 0)
    from runtime.models.gguf_file import convert_gguf  # noqa: PLC0415

    convert_gguf(source, target, tell)


def _convert_tokenizer(source: Path, target: Path) -> None:
    """A folder whose tokenizer is in sentencepiece or vocabulary files gets a tokenizer.json."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source, local_files_only=True, trust_remote_code=False
        )
        backend = tokenizer.backend_tokenizer
    except Exception as problem:
        raise ModelError(
            f"The tokenizer in {source} cannot be read ({_first_line(problem)}).",
            "Fetch the model's tokenizer.json too, or choose another model.",
        ) from problem
    backend.save(str(target / "tokenizer.json"))


def _leave_with_parent() -> None:
    # Not through sys.stdin, whose lock would be held when this process ends: it would abort.
    while os.read(0, 1 << 12):
        pass
    # Other threads may be deep in a library; nothing of this process is worth keeping.
    os._exit(1)


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0][:200] if lines else type(problem).__name__


if __name__ == "__main__":
    sys.exit(main())
