"""The runtime's sentences in the window's language: those it really says, in all their forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

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
from tests.app.spoken import FIELD, RUNTIME, blanked, spoken
from tests.runtime.planner.problems import problem as planning_problem

# Words of which a sentence is put together, such as "both" or "all 3", at its ends or at a field's.
MOST_PUT_TOGETHER = 26
# Whole files that say nothing to the window, and why.
NOT_IN_THE_WINDOW = {
    "engine/parent.py": "told to whoever starts an engine by hand",
    "worker/parent.py": "told to whoever starts a managed worker by hand",
    "worker/command.py": "main.py worker, in a terminal",
    "worker/strangers.py": "main.py worker, in a terminal, or a log",
    "planner/described.py": "main.py plan --cluster, in a terminal",
    "planner/described_model.py": "main.py plan --model-shape, in a terminal",
    "sample.py": "questions about the sample document, in its language",
}
# Single sentences likewise.
NOT_SHOWN = {
    "Be brief, and name the facts it gives": "said to the model",
    "Say in parentheses where each stands, such as ({})": "said to the model",
    'No device "{}" is known': "main.py plan --add, in a terminal",
    '"{}" may be any of {}': "main.py plan --add, in a terminal",
    "Say which": "main.py plan --add, in a terminal",
    "; or give its figures in a cluster file": "main.py plan --add, in a terminal",
}
# Those that the runtime puts together of more than their fields, as they come out.
PUT_TOGETHER = {
    "Something unexpected went wrong ({}: {})": "Something unexpected went wrong (KeyError: 3).",
    "This split needs {} GB on a machine that has {} GB": (
        "This split needs 12.3 GB on a machine that has 8.0 GB."
    ),
    "If a firewall runs here, let {} in{}": (
        "If a firewall runs here, let TCP ports 47650 to 47670 and UDP port 5353 in: "
        "SUDO UFW ALLOW 47650:47670/TCP."
    ),
    "A chunk could not be computed ({}: {})": "A chunk could not be computed (KeyError: 3).",
    "The engine failed ({}: {})": "The engine failed (KeyError: 3).",
    "The worker failed ({}: {})": "The worker failed (KeyError: 3).",
    "{}, or {}": (
        "Keep only what fits (it ends with PAGE 4, the document with PAGE 9), choose a model with "
        "a context of at least 12,000 tokens, or split the document into 3 parts and ask each of "
        "them."
    ),
    "{} of the model's {} weight files are missing in {}: {}{}": (
        "4 of the model's 9 weight files are missing in /M: A, B, C and more."
    ),
    "from {} alone": "With all 3 machines the answer comes 2.5 s sooner than from A alone.",
    "{} with {} tokens needs {} GB and {} {} GB{}": (
        "M with 900 tokens needs 2.0 GB and the machines together have 1.0 GB, but not in pieces "
        "that fit whole layers."
    ),
    "One more machine with {} GB free would do": "One more machine with 2.0 GB free would do.",
    "The worker of this machine ended with code {}{}": (
        "The worker of this machine ended with code 1: KEYERROR."
    ),
}
# Of parts of sentences, each kind as it comes out.
CLAUSES = (
    "The engine on A ended: it ran out of memory.",
    "The engine on A ended: it crashed with a wrong memory access.",
    "The engine on A did not start: it crashed with code 3: NO.",
    "The engine on A ended: the library X is not installed.",
    "The engine on A was not ready within 60 seconds.",
    "A text of 900 tokens needs 2.0 GiB, but only 1.0 GiB are free.",
    "This share of layers needs 2.0 GiB, but only 1.0 GiB are free.",
    "A text of 9 tokens needs 2 GiB, but of the 3 GiB this machine may use 2.5 GiB are taken.",
    "A is an archive, which is not read.",
    "A has no text: its 3 pages hold pictures only, as from a scanner.",
    "The demo model needs 2.0 GiB on the disk of /M, 1.0 GiB are free.",
    "part 3 of M could not be written to /M (Permission denied).",
    "The description of M contradicts itself in its list of parts.",
    "The model's config.json does not say its hidden size.",
    "Another program uses this port, so HPipe takes another one.",
    "Fetching the demo model",
    "Other machines",
)


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


def test_every_sentence_of_the_runtime_is_known_to_the_window() -> None:
    """Defect: a new error is raised, and the Chinese window shows it in English."""
    known = {blanked(sentence) for sentence in SENTENCES} | set(NOT_SHOWN) | set(PUT_TOGETHER)
    said_there = spoken()
    unknown = {
        sentence: file
        for sentence, file in said_there.items()
        if sentence not in known and file not in NOT_IN_THE_WINDOW
    }
    assert unknown == {}, "put these in app/sentences/, or say here why the window shows none"
    assert (set(NOT_SHOWN) | set(PUT_TOGETHER)) - set(said_there) == set(), "no longer said"
    assert set(NOT_IN_THE_WINDOW) - set(said_there.values()) == set(), "nothing is said there now"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("text", [*PUT_TOGETHER.values(), *CLAUSES])
def test_what_is_put_together_is_said_in_full(text: str) -> None:
    """Defect: half a sentence stays English because a part of it is not translated by itself."""
    found = said(text)
    assert not re.search(r"\b[a-z]{2,}", found.replace("config.json", "")), found


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
