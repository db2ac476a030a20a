"""What the runtime says: every sentence in its sources, with a blank for each of its fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
BLANK = "{}"
FIELD = re.compile(r"\{\w*\}")
_BETWEEN = re.compile(r"(?<=[.?!]) (?=\S)")
_HAS_WORDS = re.compile(r"[a-z]{2}")
# A whole sentence in front, such as the message of another error.
_BEFORE = re.compile(r"^\{\} (?=[A-Z])")


def blanked(sentence: str) -> str:
    """A sentence by which it is found again, whatever its fields are called."""
    return FIELD.sub(BLANK, sentence).rstrip(".")


def spoken() -> dict[str, str]:
    """Each blanked sentence that can reach a person, and the file that says it.

    A sentence ends in a full stop or a question mark; what the terminal alone says is left out.
    """
    found = {}
    for path in sorted(RUNTIME.rglob("*.py")):
        name = path.relative_to(RUNTIME).as_posix()
        if not name.startswith("commands/"):
            for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                for sentence in _BETWEEN.split(_BEFORE.sub("", text)):
                    if _is_sentence(sentence):
                        found.setdefault(blanked(sentence), name)
    return found


def _is_sentence(text: str) -> bool:
    ends = text.endswith((".", "?", "!"))
    words = _HAS_WORDS.search(FIELD.sub("", text)) is not None
    return ends and words and " " in text and "\n" not in text


def _texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a source file but its docstrings; those put together from fields, with blanks.

    What is within a field is no text of its own.
    """
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            left_out.update(id(inner) for inner in ast.walk(node) if inner is not node)
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else BLANK for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
