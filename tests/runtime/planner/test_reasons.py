"""The choice in a sentence, and what it was weighed against."""

from __future__ import annotations

import re

import msgspec
import pytest

from runtime.planner.plan import plan, predict
from runtime.planner.reasons import display_names, seconds_text
from runtime.planner.values import Plan
from tests.runtime.planner.problems import device, problem


def planned(*arguments: object, **changes: object) -> Plan:
    found = plan(problem(*arguments, **changes))  # type: ignore[arg-type]
    assert isinstance(found, Plan)
    return found


def test_a_machine_that_only_slows_down_is_left_out_with_the_seconds_it_would_cost() -> None:
    asked = problem((1e12, 0.02e12), tokens=4096)
    found = plan(asked)
    assert isinstance(found, Plan)
    told = re.match(
        r"Leaving out machine-2: with it the answer comes ([\d.]+) s later\.", found.reason
    )
    assert told
    joined = next(each for each in found.alternatives if each.name == "With machine-2 as well")
    assert joined.answer_seconds is not None
    later = joined.answer_seconds - found.prediction.answer_seconds
    assert float(told[1]) == pytest.approx(later, rel=0.03)


def test_together_is_compared_with_the_fastest_alone() -> None:
    found = planned((1e12, 1e12, 0.8e12), tokens=16_384)
    told = re.match(
        r"With all 3 machines .* comes ([\d.]+) s sooner than from (.+) alone", found.reason
    )
    assert told
    alone = next(each for each in found.alternatives if each.name == f"{told[2]} alone")
    assert alone.answer_seconds is not None
    sooner = alone.answer_seconds - found.prediction.answer_seconds
    assert float(told[1]) == pytest.approx(sooner, rel=0.05)


def test_helpers_that_only_read_are_weighed_and_said_to_be_impossible_yet() -> None:
    """Reading together and answering alone needs the caches handed over, which engines cannot."""
    found = planned((1e12, 1e12), tokens=16_384, output_tokens=100, latency_seconds=0.01)
    weighed = [each for each in found.alternatives if "not yet possible" in each.name]
    assert len(weighed) == 1
    assert weighed[0].answer_seconds is not None
    assert weighed[0].answer_seconds < found.prediction.answer_seconds
    assert "cannot be handed over yet" in found.reason


def test_nobody_has_room_alone() -> None:
    found = planned((1e12, 1e12), tokens=2048, memory_bytes=500_000_000)
    assert "none has room for all of it" in found.reason
    assert any(each.answer_seconds is None for each in found.alternatives)


def test_machines_of_one_name_are_told_apart() -> None:
    twins = (device("a"), device("b"), device("c"))
    same = tuple(msgspec.structs.replace(each, name="Mac mini") for each in twins[:2])
    assert display_names((*same, twins[2])) == ["Mac mini (1)", "Mac mini (2)", "c"]


def test_a_plan_of_a_persons_own_order_says_so() -> None:
    asked = problem((1e12, 1e12), tokens=2048)
    keys = tuple(each.key for each in reversed(asked.devices))
    found = plan(msgspec.structs.replace(asked, fixed_order=keys))
    assert isinstance(found, Plan)
    assert "chosen by hand" in found.reason
    again = predict(asked, found.stages, found.chunk_lengths, found.activation_bits)
    assert again.prediction.ttft_seconds == found.prediction.ttft_seconds


def test_times_read_well() -> None:
    assert [seconds_text(each) for each in (0.02, 0.84, 12.4, 754)] == [
        "20 ms", "0.8 s", "12 s", "13 min",
    ]  # fmt: skip
