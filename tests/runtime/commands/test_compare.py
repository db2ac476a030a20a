"""`bench --compare`: plans in turns, medians of paired runs, and predictions beside both."""

from __future__ import annotations

import asyncio
import statistics
from typing import Any, cast

import pytest

from runtime.commands.bench import fastest_alone
from runtime.commands.compare import ALONE, OURS, compare, compared_plans
from runtime.commands.plan_runner import RunFigures
from runtime.coordinator.planning import solve
from runtime.planner.plan import predict
from runtime.planner.values import Plan, PlanningProblem
from tests.runtime.planner.problems import problem

SLOWER = 1.25


class SlowRunner:
    """Takes SLOWER times as long as predicted, and another tenth longer in every round."""

    def __init__(self) -> None:
        self.ran: list[Plan] = []

    async def run(self, plan: Plan) -> RunFigures:
        times = SLOWER * (1 + 0.1 * sum(ran is plan for ran in self.ran))
        self.ran.append(plan)
        seconds = plan.prediction.ttft_seconds * times
        busy = tuple(each * times for each in plan.prediction.stage_busy_seconds)
        return RunFigures(seconds, 10.0, 0.1, busy)


def test_plans_take_turns_and_are_told_by_their_medians() -> None:
    posed = problem((2e12, 1e12))
    ours, alone = solve(posed, None), fastest_alone(posed)
    plans = compared_plans(posed, ours, alone)
    assert [*plans][0 :: len(plans) - 1] == [OURS, ALONE]
    runner = SlowRunner()

    async def known_now() -> PlanningProblem:
        """Nothing before the first round; then that everything takes SLOWER times as long."""
        return slower if len(runner.ran) >= len(plans) else posed

    slower = problem((2e12 / SLOWER, 1e12 / SLOWER))
    comparison = asyncio.run(
        compare(cast(Any, runner), plans, runs=3, measured=posed, known_now=known_now)
    )
    assert runner.ran == [*plans.values()] * 3
    for row, plan in zip(comparison.rows, plans.values(), strict=True):
        at_first = plan.prediction.ttft_seconds
        learnt = predict(slower, plan.stages, plan.chunk_lengths).prediction.ttft_seconds
        assert learnt > at_first * 1.1
        assert row.ttft_seconds == pytest.approx(at_first * SLOWER * 1.1)
        assert row.first_prediction_seconds == pytest.approx(at_first)
        assert row.first_prediction_error == pytest.approx(1 - 1 / (SLOWER * 1.1))
        assert row.predicted_ttft_seconds == pytest.approx(learnt)
        ratios = (
            1 / SLOWER,
            learnt / (at_first * SLOWER * 1.1),
            learnt / (at_first * SLOWER * 1.2),
        )
        assert row.prediction_error == pytest.approx(abs(statistics.median(ratios) - 1))
        assert row.slower_than_ours == pytest.approx(at_first / ours.prediction.ttft_seconds)
    worst = max(row.prediction_error for row in comparison.rows)
    assert comparison.worst_prediction_error == worst < comparison.worst_first_prediction_error
