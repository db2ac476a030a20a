"""The plans a plan is compared with: the same ones that the reason of HPipe's choice names."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor

from app.plan.faces import Face
from app.plan.forecast import Forecaster
from app.plan.rivals import Rivals
from runtime.planner.plan import plan
from runtime.planner.values import Goal, Plan
from tests.app.cluster import MODELS, machine, machine_id, pool, problem


@pytest.mark.parametrize("goal", ["fastest_answer", "most_documents"])
def test_the_machine_alone_is_the_one_the_reason_names(qapp, goal: Goal) -> None:
    """Defect: "sooner than from Study alone" stands above a row "Laptop alone"."""
    members = tuple(machine(index) for index in range(3))
    question = problem(members, pool(members).links, MODELS[0], 8192, 256)
    # The window's own machine, the main one, is the slowest here.
    question = replace(question, goal=goal, main_machine_id=machine_id(2))
    faces = {each.key: Face(each.name, "", QColor()) for each in question.devices}
    chosen = plan(question)
    assert isinstance(chosen, Plan)
    rows = Rivals().of(question, Forecaster(question), faces, automatic=chosen, without_guests=None)
    name = rows[-1].name
    assert name.startswith("Study")
    assert name in {each.name for each in chosen.alternatives} or name in chosen.reason


def test_where_none_holds_the_model_alone_the_main_one_says_so(qapp) -> None:
    members = tuple(machine(index) for index in range(3))
    question = problem(members, pool(members).links, MODELS[1], 8192, 256)
    question = replace(question, main_machine_id=machine_id(2))
    faces = {each.key: Face(each.name, "", QColor()) for each in question.devices}
    rows = Rivals().of(question, Forecaster(question), faces, automatic=None, without_guests=None)
    assert rows[-1].name.startswith("Laptop") and rows[-1].plan is None
    assert rows[-1].why_not == "does not fit"
