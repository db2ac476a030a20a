"""The search: the best there is where that can be checked, and quick where it cannot."""

from __future__ import annotations

import time

import msgspec
import pytest

from runtime.planner.judge import Judge
from runtime.planner.plan import plan, plan_quickly, redraw
from runtime.planner.search import FULL, Search
from runtime.planner.tables import Tables
from runtime.planner.values import Plan
from tests.benchmarks.planner_clusters import large_cluster
from tests.benchmarks.planner_optimal import small_cluster, weigh
from tests.runtime.planner.problems import problem, random_problem


def test_small_clusters_get_the_best_plan_there_is() -> None:
    """Every tenth of the 500 that tests.benchmarks.planner_optimal checks against brute force."""
    checks = [weigh(small_cluster(seed)) for seed in range(0, 500, 10)]
    assert all(check.agrees for check in checks)
    ratios = [check.ratio for check in checks if check.ratio is not None]
    assert len(ratios) > 30
    assert max(ratios) <= 1.005
    assert sum(ratio <= 1 + 1e-9 for ratio in ratios) >= 0.95 * len(ratios)


def test_a_fixed_order_is_kept_with_everyone_in_it() -> None:
    """A person who fixed the order would find another one, or a machine missing."""
    asked = problem((1e12, 0.2e12, 0.6e12), tokens=2048)
    keys = ("machine-2/cpu", "machine-3/cpu", "machine-1/cpu")
    found = plan(msgspec.structs.replace(asked, fixed_order=keys))
    assert isinstance(found, Plan)
    assert tuple(stage.key for stage in found.stages) == keys
    two = plan(msgspec.structs.replace(asked, fixed_order=keys[1:]))
    assert isinstance(two, Plan)
    assert tuple(stage.key for stage in two.stages) == keys[1:]


def test_a_slow_link_gets_8_bits_and_a_fast_one_16() -> None:
    """Rounding on a fast link costs accuracy for nothing; none on a slow one costs seconds."""
    speeds = (1e12, 1e12)
    slow = plan(problem(speeds, tokens=8192, bytes_per_second=7e6, output_tokens=0))
    fast = plan(problem(speeds, tokens=8192, bytes_per_second=1e9, output_tokens=0))
    assert isinstance(slow, Plan)
    assert isinstance(fast, Plan)
    assert (len(slow.stages), len(fast.stages)) == (2, 2)
    assert (slow.activation_bits, fast.activation_bits) == (8, 16)
    assert "8-bit" in slow.reason


def test_goals_differ_where_they_should() -> None:
    """Machines far away slow one answer down but read more documents per hour."""
    speeds = (1e12, 0.9e12, 0.9e12)
    shared = {"tokens": 512, "output_tokens": 400, "latency_seconds": 0.02}
    quick = plan(problem(speeds, **shared))  # type: ignore[arg-type]
    many = plan(problem(speeds, goal="most_documents", **shared))  # type: ignore[arg-type]
    assert isinstance(quick, Plan)
    assert isinstance(many, Plan)
    assert len(many.stages) > len(quick.stages)
    assert many.prediction.documents_per_hour > quick.prediction.documents_per_hour
    assert many.prediction.answer_seconds > quick.prediction.answer_seconds


@pytest.mark.parametrize("seed", range(4))
def test_a_quick_plan_is_a_good_one(seed: int) -> None:
    """What is shown at once must not be far from what follows."""
    asked = random_problem(seed, devices=5, layers=24, tokens=8192)
    quick, best = plan_quickly(asked), plan(asked)
    assert isinstance(quick, Plan)
    assert isinstance(best, Plan)
    assert best.prediction.answer_seconds <= quick.prediction.answer_seconds * (1 + 1e-9)
    assert quick.prediction.answer_seconds < 1.15 * best.prediction.answer_seconds


def test_large_clusters_are_planned_in_time() -> None:
    """The limits are five times what tests.benchmarks.planner_speed asks of a quiet machine."""
    asked = large_cluster(8)
    began = time.thread_time()
    quick = plan_quickly(asked)
    assert time.thread_time() - began < 1.5
    assert isinstance(quick, Plan)
    began = time.thread_time()
    redraw(asked, quick.stages, quick.chunk_lengths, quick.activation_bits)
    assert time.thread_time() - began < 0.025


def test_what_was_weighed_fits_the_memory() -> None:
    """A plan that ends in "out of memory" is none."""
    for seed in range(4):
        asked = random_problem(seed, devices=4, layers=16, tokens=3000)
        found = Search(Judge(Tables(asked)), FULL).best()
        if found is not None:
            assert Judge(Tables(asked)).fits(found)
