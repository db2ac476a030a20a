"""`bench --compare`: our plan beside other rules' plans, predicted and measured in one run."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct
from rich.table import Table

from runtime.commands.plan_report import RULE_NAMES
from runtime.commands.plan_runner import PlanRunner, RunFigures
from runtime.commands.terminal import results
from runtime.planner.plan import predict, rule_plans
from runtime.planner.values import Plan, PlanningProblem, Prediction

OURS = "ours"
ALONE = "one machine alone"
# The published method's transfers and the chunk rule differ from ours in prediction alone.
LAYER_RULES = ("equal_layers", "by_memory", "water_filling")


class ComparedRow(Struct, frozen=True, kw_only=True):
    """One plan: medians over its runs, and of paired ratios.

    Every run is predicted just before it, from all that earlier runs have taught, as a job of the
    window is. first_prediction_seconds is what was predicted from measurements alone.
    """

    name: str
    machines: int
    layers_per_stage: tuple[int, ...]
    chunk_lengths: tuple[int, ...]
    ttft_seconds: float
    predicted_ttft_seconds: float
    first_prediction_seconds: float
    prediction_error: float
    first_prediction_error: float
    stage_busy_seconds: tuple[float, ...]
    predicted_stage_busy_seconds: tuple[float, ...]
    slower_than_ours: float


class Comparison(Struct, frozen=True, kw_only=True):
    """What --compare --json prints: the errors are those of the rows."""

    prompt_tokens: int
    runs: int
    rows: tuple[ComparedRow, ...]
    median_prediction_error: float
    worst_prediction_error: float
    median_first_prediction_error: float
    worst_first_prediction_error: float


class _Run(NamedTuple):
    """What was predicted just before a run, and what it took."""

    predicted: Prediction
    figures: RunFigures


def compared_plans(problem: PlanningProblem, ours: Plan, alone: Plan) -> dict[str, Plan]:
    """Plans by the names they are told under; rules whose plan does not fit are left out."""
    plans = {OURS: ours}
    for rule, plan in rule_plans(problem, ours).items():
        if rule in LAYER_RULES and plan is not None:
            plans[RULE_NAMES[rule]] = plan
    return {**plans, ALONE: alone}


async def compare(
    runner: PlanRunner,
    plans: Mapping[str, Plan],
    runs: int,
    measured: PlanningProblem,
    known_now: Callable[[], Awaitable[PlanningProblem]],
) -> Comparison:
    """Run every plan once a round, so that all meet the same noise.

    measured knows of the machines what was measured alone, known_now also what was learnt so far.
    """
    done: dict[str, list[_Run]] = {name: [] for name in plans}
    for _ in range(runs):
        for name, plan in plans.items():
            predicted = _predicted(await known_now(), plan)
            done[name].append(_Run(predicted, await runner.run(plan)))
    rows = tuple(
        _row(name, plan, done[name], done[OURS], _predicted(measured, plan))
        for name, plan in plans.items()
    )
    errors = [row.prediction_error for row in rows]
    first_errors = [row.first_prediction_error for row in rows]
    return Comparison(
        prompt_tokens=sum(plans[OURS].chunk_lengths),
        runs=runs,
        rows=rows,
        median_prediction_error=statistics.median(errors),
        worst_prediction_error=max(errors),
        median_first_prediction_error=statistics.median(first_errors),
        worst_first_prediction_error=max(first_errors),
    )


def _predicted(problem: PlanningProblem, plan: Plan) -> Prediction:
    return predict(problem, plan.stages, plan.chunk_lengths, plan.activation_bits).prediction


def _row(
    name: str, plan: Plan, runs: list[_Run], ours: list[_Run], first: Prediction
) -> ComparedRow:
    def error(predictions: Iterable[Prediction]) -> float:
        pairs = zip(predictions, runs, strict=True)
        ratios = [guess.ttft_seconds / run.figures.ttft_seconds for guess, run in pairs]
        return abs(statistics.median(ratios) - 1)

    predictions = [run.predicted for run in runs]
    return ComparedRow(
        name=name,
        machines=len({stage.machine_id for stage in plan.stages}),
        layers_per_stage=tuple(stage.layer_count for stage in plan.stages),
        chunk_lengths=plan.chunk_lengths,
        ttft_seconds=statistics.median(run.figures.ttft_seconds for run in runs),
        predicted_ttft_seconds=statistics.median(each.ttft_seconds for each in predictions),
        first_prediction_seconds=first.ttft_seconds,
        prediction_error=error(predictions),
        first_prediction_error=error([first] * len(runs)),
        stage_busy_seconds=_medians(run.figures.stage_busy_seconds for run in runs),
        predicted_stage_busy_seconds=_medians(each.stage_busy_seconds for each in predictions),
        slower_than_ours=statistics.median(
            run.figures.ttft_seconds / own.figures.ttft_seconds
            for run, own in zip(runs, ours, strict=True)
        ),
    )


def _medians(runs: Iterable[tuple[float, ...]]) -> tuple[float, ...]:
    """Stage by stage."""
    return tuple(statistics.median(stage) for stage in zip(*runs, strict=True))


def tell(comparison: Comparison) -> None:
    """The table for a person."""
    title = f"{comparison.prompt_tokens:,} tokens read, medians of {comparison.runs} run(s)"
    table = Table(title=title)
    for heading in ("", "layers", "first word", "predicted", "off by", "times ours"):
        table.add_column(heading, justify="right")
    for row in comparison.rows:
        table.add_row(
            row.name,
            " + ".join(map(str, row.layers_per_stage)),
            f"{row.ttft_seconds:.2f} s",
            f"{row.predicted_ttft_seconds:.2f} s",
            f"{row.prediction_error:.0%}",
            f"{row.slower_than_ours:.2f}",
        )
    results.print(table)
    results.print(
        "Each run was predicted with what the ones before had taught: off by "
        f"{comparison.median_prediction_error:.1%} in the median, "
        f"{comparison.worst_prediction_error:.1%} at worst. From measurements alone: "
        f"{comparison.median_first_prediction_error:.1%} and "
        f"{comparison.worst_first_prediction_error:.1%}."
    )
