"""What the rest asks of the planner: a plan, a given split's cost, one machine alone."""

from __future__ import annotations

import msgspec
import pytest

from runtime.errors import DoesNotFit
from runtime.planner.plan import one_machine, plan, predict
from runtime.planner.values import Infeasible, Plan
from tests.runtime.planner.problems import problem


def test_a_plan_covers_every_layer_and_token() -> None:
    """A hole between stages, or a token too few, would break the job."""
    asked = problem()
    found = plan(asked)
    assert isinstance(found, Plan)
    assert [stage.first_layer for stage in found.stages[1:]] == [
        stage.last_layer for stage in found.stages[:-1]
    ]
    assert (found.stages[0].first_layer, found.stages[-1].last_layer) == (0, 12)
    assert sum(found.chunk_lengths) == asked.prompt_tokens
    assert 0 < found.lower_bound_seconds <= found.prediction.ttft_seconds


def test_predict_agrees_with_the_plan() -> None:
    """Two judges would show one time on the plan and another under the hand."""
    asked = problem()
    found = plan(asked)
    assert isinstance(found, Plan)
    again = predict(asked, found.stages, found.chunk_lengths)
    if found.activation_bits == 16:
        assert again.prediction == found.prediction
    assert sum(predict(asked, found.stages, None).chunk_lengths) == asked.prompt_tokens


def test_a_split_of_another_pool_is_refused_in_words() -> None:
    asked = problem()
    found = plan(asked)
    assert isinstance(found, Plan)
    fewer = msgspec.structs.replace(asked, devices=())
    with pytest.raises(DoesNotFit, match="not in the pool"):
        predict(fewer, found.stages, None)
    with pytest.raises(DoesNotFit, match="each of the 12 layers once"):
        predict(asked, (msgspec.structs.replace(found.stages[0], last_layer=5),), None)


def test_one_machine_takes_everything_or_says_what_it_lacks() -> None:
    asked = problem()
    alone = one_machine(asked, "machine-2/cpu")
    assert isinstance(alone, Plan)
    assert [stage.key for stage in alone.stages] == ["machine-2/cpu"]
    small = one_machine(problem(memory_bytes=100_000_000), "machine-2/cpu")
    assert isinstance(small, Infeasible)
    assert small.shortfalls[0].needed_bytes > small.shortfalls[0].limit_bytes
