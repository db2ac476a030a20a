"""When nothing fits: who lacks how much, and what would help."""

from __future__ import annotations

import re

import msgspec

from runtime.planner.plan import plan
from runtime.planner.shortage import with_weight_bits
from runtime.planner.values import Infeasible, Plan, PlanningProblem
from tests.runtime.planner.problems import device, links, model, problem


def infeasible(asked: PlanningProblem) -> Infeasible:
    found = plan(asked)
    assert isinstance(found, Infeasible)
    return found


def large(memory_bytes: int, tokens: int = 4096) -> PlanningProblem:
    """Twelve layers of 1 GB and 64 KB of cache per token and layer."""
    shape = model(12, weight_bytes=1_000_000_000, kv_bytes=65_536)
    return problem((1e13, 1e13), tokens=tokens, shape=shape, memory_bytes=memory_bytes)


def test_each_machine_is_told_what_it_lacks() -> None:
    found = infeasible(large(5_000_000_000))
    assert re.search(r"Test model with 4,096 tokens needs 1\d\.\d GB", found.reason)
    assert "together have 10.0 GB" in found.reason
    assert {each.machine_id for each in found.shortfalls} == {"machine-1", "machine-2"}
    for each in found.shortfalls:
        assert each.needed_bytes > each.limit_bytes == 5_000_000_000


def test_a_shorter_document_is_suggested_when_it_would_fit() -> None:
    """The number that is told must be true, and not far from the most that fits."""
    asked = large(8_000_000_000, tokens=30_000)
    sentence = next(each for each in infeasible(asked).suggestions if "document" in each)
    tokens = int(re.sub(r"\D", "", sentence))
    assert isinstance(plan(msgspec.structs.replace(asked, prompt_tokens=tokens)), Plan)
    more = msgspec.structs.replace(asked, prompt_tokens=int(1.05 * tokens) + 64)
    assert isinstance(plan(more), Infeasible)


def test_narrower_weights_are_suggested_when_they_would_fit() -> None:
    asked = large(5_000_000_000)
    assert "With 8-bit weights it would fit." in infeasible(asked).suggestions
    assert infeasible(asked).weight_bits == 8
    found = plan(with_weight_bits(asked, 8))
    assert isinstance(found, Plan)
    assert found.weight_bits == 8
    tight = large(4_000_000_000)
    assert "With 4-bit weights it would fit." in infeasible(tight).suggestions
    assert infeasible(tight).weight_bits == 4
    assert isinstance(plan(with_weight_bits(tight, 4)), Plan)
    hopeless = infeasible(large(2_000_000_000))
    assert hopeless.weight_bits == 0
    assert not any("-bit" in sentence for sentence in hopeless.suggestions)


def test_one_more_machine_of_the_size_told_would_do() -> None:
    asked = large(5_000_000_000)
    sentence = next(each for each in infeasible(asked).suggestions if "machine" in each)
    gigabytes = float(re.findall(r"[\d.]+ GB", sentence)[0].split()[0])
    names = [each.machine_id for each in asked.devices] + ["new"]
    helped = msgspec.structs.replace(
        asked,
        devices=(*asked.devices, device("new", 1e13, int(gigabytes * 1e9))),
        links=links(names),
    )
    assert isinstance(plan(helped), Plan)
    assert 1 < gigabytes < 16
