"""An engine's last words, told to a person."""

from __future__ import annotations

import pytest

from runtime.worker.child import ChildEnd
from runtime.worker.engine_end import explain_end


@pytest.mark.parametrize(
    ("code", "words", "reason", "hint"),
    [
        (-9, (), "the system ended it, most likely because memory ran out", "fewer layers"),
        (137, (), "the system ended it, most likely because memory ran out", "fewer layers"),
        (1, ("torch.OutOfMemoryError: CUDA out of memory.",), "ran out of memory", "fewer layers"),
        (1, ("MemoryError",), "ran out of memory", "fewer layers"),
        (0xC0000017, (), "ran out of memory", "fewer layers"),
        (
            1,
            ("RuntimeError: CUDA error: an illegal memory access was encountered",),
            "the graphics card reported a fault (RuntimeError: CUDA error",
            "driver",
        ),
        (
            1,
            ("Traceback", "ModuleNotFoundError: No module named 'torch.nn'"),
            "the library torch is not installed",
            "bootstrap.py",
        ),
        (
            1,
            ("ImportError: libcudart.so.12: cannot open shared object file",),
            "a library could not be loaded (libcudart.so.12",
            "bootstrap.py",
        ),
        (-11, (), "it crashed with a wrong memory access", "log"),
        (-1073741819, (), "it crashed with a wrong memory access", "log"),
        (-4, (), "an instruction this processor does not have", "log"),
        (-15, (), "somebody on that machine ended it", "another"),
        (3, ("first", "ValueError: what."), "it crashed with code 3: ValueError: what.", "log"),
        (0, (), "it ended by itself", "log"),
    ],
)
def test_the_reason_names_what_happened(
    code: int, words: tuple[str, ...], reason: str, hint: str
) -> None:
    """Defect: a person reads "exit code -9" and does not know that memory ran out."""
    explained = explain_end(ChildEnd(code, words))
    assert reason in explained.message
    assert explained.message.endswith(".")
    assert hint in explained.hint
