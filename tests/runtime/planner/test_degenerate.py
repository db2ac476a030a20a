"""Pools and prompts at the edge: sensible plans or sentences, never an exception."""

from __future__ import annotations

import math

import msgspec
import pytest

from runtime.planner.plan import one_machine, plan, plan_quickly, predict, rule_seconds
from runtime.planner.values import DeviceProfile, Infeasible, Plan, PlanningProblem
from tests.runtime.planner.problems import device, links, model, problem


def replaced(asked: PlanningProblem, index: int, **changes: object) -> PlanningProblem:
    devices = list(asked.devices)
    devices[index] = msgspec.structs.replace(devices[index], **changes)
    return msgspec.structs.replace(asked, devices=tuple(devices))


def test_no_machine() -> None:
    found = plan(problem(()))
    assert isinstance(found, Infeasible)
    assert found.reason == "No machine takes part."
    assert found.suggestions


def test_one_machine() -> None:
    found = plan(problem((1e12,)))
    assert isinstance(found, Plan)
    assert len(found.stages) == 1
    assert found.reason == "machine-1 is the only machine."
    assert rule_seconds(problem((1e12,)), found)["published"] is not None


@pytest.mark.parametrize("memory", [8_000_000_000, 30_000_000])
def test_a_hundred_machines(memory: int) -> None:
    """A big pool for a small model, and one in which every machine holds only a layer."""
    speeds = tuple(1e12 * (0.5 + (17 * index % 100) / 100) for index in range(100))
    asked = problem(speeds, tokens=8192, shape=model(40), memory_bytes=memory, output_tokens=0)
    if memory < 1e9:
        bare = msgspec.structs.replace(asked.model, embedding_bytes=0, head_bytes=0)
        asked = msgspec.structs.replace(asked, model=bare, prompt_tokens=512)
        limit = int(1.3 * 25e6)
        devices = tuple(
            msgspec.structs.replace(each, memory_limit_bytes=limit) for each in asked.devices
        )
        asked = msgspec.structs.replace(asked, devices=devices)
    found = plan(asked)
    assert isinstance(found, Plan)
    assert len(found.stages) == 40 if memory < 1e9 else 1 < len(found.stages) <= 40
    assert isinstance(plan_quickly(asked), Plan)


@pytest.mark.parametrize("dead", [0.0, -1.0, math.nan])
def test_a_link_measured_as_zero(dead: float) -> None:
    """The machine behind it is left out, or nothing fits and the links are named."""
    asked = msgspec.structs.replace(
        problem((1e12, 1e12)), links=links(["machine-1", "machine-2"], dead)
    )
    found = plan(asked)
    assert isinstance(found, Plan)
    assert len(found.stages) == 1
    assert "no working link" in found.reason
    small = plan(
        msgspec.structs.replace(
            asked,
            devices=tuple(
                msgspec.structs.replace(each, memory_limit_bytes=400_000_000)
                for each in asked.devices
            ),
        )
    )
    assert isinstance(small, Infeasible)
    assert "links" in small.reason


def test_links_nobody_measured() -> None:
    found = plan(msgspec.structs.replace(problem(), links=()))
    assert isinstance(found, Plan)
    assert len(found.stages) == 1


def test_a_device_a_thousand_times_slower_is_left_out() -> None:
    found = plan(problem((1e12, 1e9), tokens=2048))
    assert isinstance(found, Plan)
    assert [stage.machine_id for stage in found.stages] == ["machine-1"]
    assert "Leaving out machine-2" in found.reason


@pytest.mark.parametrize("tokens", [0, 1, 2, 65])
def test_a_document_of_hardly_any_tokens(tokens: int) -> None:
    asked = problem(tokens=tokens)
    found = plan(asked)
    assert isinstance(found, Plan)
    assert sum(found.chunk_lengths) == max(tokens, 1)
    assert found.prediction.ttft_seconds > 0
    assert isinstance(predict(asked, found.stages, None), Plan)
    assert all(rule_seconds(asked, found).values())


def test_fewer_layers_than_machines() -> None:
    found = plan(problem((1e12, 0.9e12, 0.8e12, 0.7e12), shape=model(2), tokens=16_384))
    assert isinstance(found, Plan)
    assert len(found.stages) <= 2
    none = plan(problem(shape=model(0)))
    assert isinstance(none, Infeasible)
    assert "no layers" in none.reason


@pytest.mark.parametrize("field", ["chunk_overhead_seconds", "layer_costs"])
def test_a_device_with_unusable_figures_is_left_out(field: str) -> None:
    """Not a number, from an older file or a clock that jumped, must not win every comparison."""
    asked = problem((1e12, 1e12))
    wrong: object = math.nan if field == "chunk_overhead_seconds" else {}
    found = plan(replaced(asked, 0, **{field: wrong}))
    assert isinstance(found, Plan)
    assert [stage.machine_id for stage in found.stages] == ["machine-2"]
    both = replaced(replaced(asked, 0, **{field: wrong}), 1, **{field: wrong})
    nothing = plan(both)
    assert isinstance(nothing, Infeasible)
    assert "usable measurements" in nothing.reason


def test_one_machine_that_is_not_there() -> None:
    assert isinstance(one_machine(problem(), "nobody/cpu"), Infeasible)


def test_two_devices_of_one_machine_and_documents_side_by_side() -> None:
    twin: DeviceProfile = msgspec.structs.replace(device("host", 1e12), device_id="cuda:1")
    asked = msgspec.structs.replace(
        problem((1e12,), tokens=2048), devices=(device("host", 1e12), twin), sequences=6
    )
    found = plan(asked)
    assert isinstance(found, Plan)
    assert {stage.machine_id for stage in found.stages} == {"host"}


@pytest.mark.parametrize("goal", ["fastest_answer", "most_documents"])
@pytest.mark.parametrize("output_tokens", [0, 1, 5000])
def test_any_goal_and_answer_length(goal: str, output_tokens: int) -> None:
    asked = msgspec.structs.replace(problem(), goal=goal, output_tokens=output_tokens)
    found = plan(asked)
    assert isinstance(found, Plan)
    assert found.reason
    assert found.prediction.documents_per_hour > 0
