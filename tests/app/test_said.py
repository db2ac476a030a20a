"""The runtime's sentences in the window's language: those it really says, in all their forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from app.language import apply_language
from app.said import said
from app.sentences import SENTENCES
from runtime.errors import HPipeError
from runtime.planner.plan import plan
from runtime.planner.values import Goal, Infeasible
from tests.app.cluster import MODELS, machine, pool, problem
from tests.runtime.planner.problems import problem as planning_problem

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
FIELD = re.compile(r"\{\w+\}")
# Words of which a sentence is put together, such as "both" or "all 3", at its ends or at a field's.
MOST_PUT_TOGETHER = 26


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    apply_language(qapp, "zh_CN")
    yield
    apply_language(qapp, "en")


def runtime_words() -> str:
    """Every piece of text in the runtime's sources, one behind the other."""
    pieces = []
    for path in sorted(RUNTIME.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                pieces.append(node.value)
    return "\n".join(pieces)


def test_the_window_knows_no_sentence_that_the_runtime_does_not_say() -> None:
    """Defect: a sentence is reworded, and the window shows it in English from then on."""
    words = runtime_words()
    lost = []
    for sentence in SENTENCES:
        for piece in (part.strip(" .") for part in FIELD.split(sentence)):
            shortened = (piece[start:] for start in range(MOST_PUT_TOGETHER))
            if len(piece) > MOST_PUT_TOGETHER and not any(p in words for p in shortened):
                lost.append(sentence)
    assert lost == []


def test_english_is_left_as_it_is(qapp: QApplication) -> None:
    apply_language(qapp, "en")
    assert said("Laptop stopped answering.") == "Laptop stopped answering."


@pytest.mark.usefixtures("chinese")
def test_names_and_figures_stay_and_words_change() -> None:
    found = said("Attic PC stopped answering. Check that it is on and connected, then ask again.")
    assert found.startswith("Attic PC 停止了响应。请检查")
    assert said("Nobody answers at 192.168.1.20:47650.") == "192.168.1.20:47650 没有应答。"
    # A sentence nobody translated stays whole beside one that is known.
    assert said("The sky fell down. Choose another model.") == "The sky fell down.请选择其他模型。"
    assert said("The sky fell down; so it seems.") == "The sky fell down; so it seems."
    assert said("") == ""


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("machines", [1, 2, 3, 6])
def test_every_reason_of_the_planner_is_said_in_full(machines: int) -> None:
    members = tuple(machine(index) for index in range(machines))
    goals: tuple[Goal, ...] = ("fastest_answer", "most_documents")
    for goal in goals:
        question = problem(members, pool(members).links, MODELS[0], 8192, 256)
        outcome = plan(replace(question, goal=goal))
        names = "|".join(re.escape(one.name) for one in question.devices)
        left = re.sub(names, "", said(outcome.reason))
        assert not re.search(r"[a-z]{3,}", left), (outcome.reason, said(outcome.reason))


@pytest.mark.usefixtures("chinese")
def test_what_is_lacking_and_what_would_help_is_said_in_full() -> None:
    outcome = plan(planning_problem(memory_bytes=200_000_000))
    assert isinstance(outcome, Infeasible)
    for text in (outcome.reason, *outcome.suggestions):
        found = said(text)
        assert found != text
        assert not re.search(r"(?<![A-Za-z])[a-z]{4,}", found.replace("model", "")), found


@pytest.mark.usefixtures("chinese")
def test_an_error_is_shown_in_the_windows_language() -> None:
    from app.widgets.note import Note

    note = Note()
    note.show_error(HPipeError("No machine takes part.", "Choose another model."))
    assert note.text == "没有机器参与。 请选择其他模型。"
    note.deleteLater()
