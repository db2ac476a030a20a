"""Why an engine ended, in words a person understands, from its exit code and last lines."""

from __future__ import annotations

import re

from runtime.errors import EngineError
from runtime.worker.child import ChildEnd

_LESS_MEMORY = "Give this machine fewer layers, ask about a shorter text, or close other programs."
_SEE_LOG = "Ask again; if it happens once more, the worker's log on that machine says more."

# Exit codes of a process that the system ended: a negative signal number where there are signals,
# 128 + the number through a shell, an NTSTATUS on Windows.
_KILLED = (-9, 137)
_ASKED_TO_END = (-15, 143)
_OUT_OF_MEMORY_CODES = (0xC0000017, 0xC000012D)
_CRASHED = {
    -11: "a wrong memory access",
    139: "a wrong memory access",
    0xC0000005: "a wrong memory access",
    -7: "a bus error",
    135: "a bus error",
    -6: "an internal check",
    134: "an internal check",
    0xC0000409: "an internal check",
    -4: "an instruction this processor does not have",
    132: "an instruction this processor does not have",
    0xC000001D: "an instruction this processor does not have",
}
_OUT_OF_MEMORY = re.compile(
    r"out of memory|not enough memory|can't allocate memory|cannot allocate memory|MemoryError"
    r"|std::bad_alloc",
    re.IGNORECASE,
)
_GPU_FAULT = re.compile(r"CUDA error|CUDNN_STATUS|device-side assert|HIP error|Xid|SYCL exception")
_MISSING = re.compile(r"No module named '(?P<name>[\w.]+)'")
_LIBRARY = re.compile(r"ImportError: (?P<what>.*(?:DLL|\.so|\.dylib|libc).*)")


def explain_end(end: ChildEnd) -> EngineError:
    """The reason as the message, what to do as the hint."""
    return _by_words(end, "\n".join(end.last_words)) or _by_code(end)


def _by_words(end: ChildEnd, words: str) -> EngineError | None:
    missing, library = _MISSING.search(words), _LIBRARY.search(words)
    if missing:
        return EngineError(
            f"the library {missing['name'].partition('.')[0]} is not installed.",
            "Run `python3 packaging/bootstrap.py` on that machine to install what is missing.",
        )
    if library:
        return EngineError(
            f"a library could not be loaded ({library['what'][:200]}).",
            "Run `python3 packaging/bootstrap.py` on that machine to install it again.",
        )
    if _OUT_OF_MEMORY.search(words):
        return EngineError("it ran out of memory.", _LESS_MEMORY)
    if _GPU_FAULT.search(words):
        return EngineError(
            f"the graphics card reported a fault ({_last_line(end)}).",
            "Ask again; if it happens once more, restart that machine and update its driver.",
        )
    return None


def _by_code(end: ChildEnd) -> EngineError:
    # Windows codes above 2^31 may come as negative numbers.
    code = end.exit_code & 0xFFFFFFFF if end.exit_code < -255 else end.exit_code
    reason, hint = f"it crashed with code {code}", _SEE_LOG
    if end.last_words:
        reason += f": {_last_line(end)}"
    if code in _OUT_OF_MEMORY_CODES:
        reason, hint = "it ran out of memory", _LESS_MEMORY
    elif code in _KILLED:
        reason, hint = "the system ended it, most likely because memory ran out", _LESS_MEMORY
    elif code in _ASKED_TO_END:
        reason, hint = "somebody on that machine ended it", "Ask again to start another."
    elif code in _CRASHED:
        reason = f"it crashed with {_CRASHED[code]}"
    elif code == 0:
        reason = "it ended by itself"
    return EngineError(f"{reason}.", hint)


def _last_line(end: ChildEnd) -> str:
    return end.last_words[-1].strip()[:200].rstrip(".")
