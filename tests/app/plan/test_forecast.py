"""What a draft costs: the planner's figures, its limits, and quick enough for a mouse."""

import time

import pytest
from msgspec.structs import replace

from app.plan.draft import alone, draft_of, even
from app.plan.forecast import Forecaster
from runtime.planner.plan import predict
from tests.app.cluster import MODELS, machine, pool, problem


def a_problem(count=3, model=0, prompt_tokens=8192):
    members = tuple(machine(i) for i in range(count))
    return problem(members, pool(members).links, MODELS[model], prompt_tokens, 256)


def test_it_says_what_the_planner_says_of_the_same_stages_and_chunks():
    question = a_problem()
    forecast = Forecaster(question).forecast(even([d.key for d in question.devices], 18))
    expected = predict(question, forecast.stages, forecast.plan.chunk_lengths)
    assert forecast.plan.stages == expected.stages
    assert forecast.plan.prediction.ttft_seconds == pytest.approx(expected.prediction.ttft_seconds)
    assert forecast.plan.prediction.timeline == expected.prediction.timeline
    assert forecast.can_run


def test_layers_given_to_a_slow_machine_cost_time():
    question = a_problem()
    forecaster = Forecaster(question)
    draft = even(forecaster.keys, 18)
    worse = forecaster.forecast(draft.with_boundary(0, 2))
    first = forecaster.forecast(draft)
    assert worse.plan.prediction.ttft_seconds > first.plan.prediction.ttft_seconds
    assert worse.plan.prediction.slowest_stage == 1


def test_a_stage_over_its_memory_cannot_run_and_says_how_much_fits():
    question = a_problem(model=1)  # 15 GB of weights
    forecaster = Forecaster(question)
    forecast = forecaster.forecast(alone(forecaster.keys[0], 28))
    assert forecast.excesses == (0,)
    assert not forecast.can_run
    assert forecast.plan is not None, "its time is still told, so that it can be mended"
    room = forecaster.layers_that_fit(forecast.stages[0])
    assert 0 < room < 28
    enough = forecaster.forecast(
        even(forecaster.keys, 28).with_boundary(0, room).with_boundary(1, 19)
    )
    assert 0 not in enough.excesses


def test_without_a_link_no_time_is_told():
    question = a_problem()
    first, second, _ = (device.machine_id for device in question.devices)
    cut = tuple(
        link
        for link in question.links
        if {link.from_machine_id, link.to_machine_id} != {first, second}
    )
    forecaster = Forecaster(replace(question, links=cut))
    forecast = forecaster.forecast(even(forecaster.keys, 18))
    assert forecast.plan is None
    assert forecast.missing_link == (0, 1)
    assert not forecast.can_run
    assert len(forecast.stages) == 3, "memory is still told"
    around = even((forecaster.keys[0], forecaster.keys[2], forecaster.keys[1]), 18)
    assert forecaster.forecast(around).can_run


def test_a_draft_of_another_model_or_of_machines_that_left_is_not_known():
    forecaster = Forecaster(a_problem())
    assert forecaster.knows(even(forecaster.keys, 18))
    assert not forecaster.knows(even(forecaster.keys, 28))
    assert not forecaster.knows(even(("gone/cuda:0", forecaster.keys[0]), 18))


def test_the_draft_of_a_plan_is_that_plan():
    forecaster = Forecaster(a_problem())
    draft = even(forecaster.keys, 18).with_boundary(1, 10)
    assert draft_of(forecaster.forecast(draft).stages) == draft


def test_it_follows_a_mouse_with_sixteen_machines_and_a_long_document():
    """Under the hand: below 5 ms of this thread's time each."""
    forecaster = Forecaster(a_problem(16, 1, 100_000))
    draft = even(forecaster.keys, 28)
    plan = forecaster.forecast(draft).plan
    took = []
    for layer in (2, 3, 2, 3, 2, 3, 2, 3, 2):
        moved = draft.with_boundary(0, layer)
        began = time.thread_time()
        forecaster.forecast(moved, plan)
        took.append(time.thread_time() - began)
    assert sorted(took)[len(took) // 2] < 0.005, took
