"""How others would split, and the bound that nobody beats."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.planner.bound import lower_bound_seconds
from runtime.planner.judge import Judge
from runtime.planner.plan import plan, rule_plans, rule_seconds
from runtime.planner.rules import by_memory, equal_layers, shares_to_split, water_filling
from runtime.planner.tables import Tables
from runtime.planner.values import Plan
from tests.runtime.planner.problems import problem, random_problem

NAMES = {"equal_layers", "by_memory", "water_filling", "published", "best_uniform_chunk"}


def test_layers_by_each_rule() -> None:
    tables = Tables(problem((1e12, 0.5e12, 0.5e12)))
    assert equal_layers(tables) == ((0, 1, 2), (0, 4, 8, 12))
    assert by_memory(tables) == ((0, 1, 2), (0, 4, 8, 12))
    assert water_filling(tables) == ((0, 1, 2), (0, 6, 9, 12))


def test_water_filling_stops_at_the_memory_and_gives_the_rest_to_others() -> None:
    tables = Tables(problem((1e12, 0.1e12, 0.1e12), memory_bytes=320_000_000, tokens=64))
    order, cuts = water_filling(tables)
    sizes = np.diff(cuts)
    assert sizes.sum() == 12
    assert sizes[0] < 10
    assert Judge(tables).fitting(np.array([order]), np.array([cuts]), 64)[0]


def test_shares_become_whole_layers() -> None:
    tables = Tables(problem((1e12,) * 3))
    assert shares_to_split(tables, [5.4, 0.1, 6.5]) == ((0, 2), (0, 5, 12))


def test_rules_come_as_seconds_and_as_plans_that_can_run() -> None:
    asked = problem(tokens=8192, output_tokens=0)
    ours = plan(asked)
    assert isinstance(ours, Plan)
    seconds, plans = rule_seconds(asked, ours), rule_plans(asked, ours)
    assert set(seconds) == set(plans) == NAMES
    for name, found in plans.items():
        assert found is not None
        assert sum(found.chunk_lengths) == 8192
        assert found.stages[-1].last_layer == 12
        told = seconds[name]
        assert told is not None
        if name == "published":
            # Run by HPipe its transfers overlap, so that it is no slower than predicted.
            assert found.prediction.ttft_seconds <= told
        else:
            assert found.prediction.ttft_seconds == pytest.approx(told)
    assert plans["best_uniform_chunk"] is not None
    assert len(set(plans["best_uniform_chunk"].chunk_lengths[:-1])) == 1


def test_a_rule_that_does_not_fit_has_no_plan() -> None:
    asked = problem((1e12, 1e12, 1e12), tokens=2048, memory_bytes=8_000_000_000)
    ours = plan(asked)
    assert isinstance(ours, Plan)
    tight = problem((1e12, 1e12, 1e12), tokens=2048, memory_bytes=100_000_000)
    assert all(found is None for found in rule_plans(tight, None).values())


@pytest.mark.parametrize("seed", range(6))
def test_nothing_beats_the_bound(seed: int) -> None:
    """All work over all speed: a schedule below it would have lost some of the work."""
    asked = random_problem(seed, devices=4, layers=12, tokens=4096)
    found = plan(asked)
    if isinstance(found, Plan):
        assert lower_bound_seconds(Tables(asked)) <= found.prediction.ttft_seconds


def test_the_bound_is_the_work_over_the_speed() -> None:
    one = lower_bound_seconds(Tables(problem((1e12,))))
    assert lower_bound_seconds(Tables(problem((1e12, 1e12)))) == pytest.approx(one / 2, rel=0.01)
    assert lower_bound_seconds(Tables(problem(()))) == 0
