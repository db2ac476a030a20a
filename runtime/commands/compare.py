"""`bench --compare`: our plan beside other rules' plans, predicted and measured in one run."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from msgspec import Struct
from rich.table import Table

from runtime.commands.plan_report import RULE_NAMES
from runtime.commands.plan_runner import PlanRunner, RunFigures
from runtime.commands.terminal import results
from runtime.planner.plan import predict, rule_plans
from runtime.planner.values import Plan, PlanningProblem

OURS = "ours"
ALONE = "one machine alone"
BEFORE = "the job before"
# The published method's transfers and the chunk rule differ from ours in prediction alone.
LAYER_RULES = ("equal_layers", "by_memory", "water_filling")


class ComparedRow(Struct, frozen=True, kw_only=True):
    """One plan: medians over the runs. slower_than_ours is the median of paired ratios.

    first_prediction_seconds is what was predicted before a job had taught anything.
    """

    name: str
    machines: int
    layers_per_stage: tuple[int, ...]
    chunk_lengths: tuple[int, ...]
    ttft_seconds: float
    predicted_ttft_seconds: float
    first_prediction_seconds: float
    prediction_error: float
    stage_busy_seconds: tuple[float, ...]
    predicted_stage_busy_seconds: tuple[float, ...]
    slower_than_ours: float


class Comparison(Struct, frozen=True, kw_only=True):
    """What --compare --json prints. before is the job that the predictions of rows learnt from."""

    prompt_tokens: int
    runs: int
    before: ComparedRow
    rows: tuple[ComparedRow, ...]
    median_prediction_error: float
    worst_prediction_error: float


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
    before: tuple[PlanningProblem, Plan, RunFigures],
) -> Comparison:
    """Run every plan once a round, so that all meet the same noise.

    before is a job that the predictions of plans have learnt from, as it was planned.
    """
    problem, first_plan, first_figures = before
    figures: dict[str, list[RunFigures]] = {name: [] for name in plans}
    for _ in range(runs):
        for name, plan in plans.items():
            figures[name].append(await runner.run(plan))
    rows = tuple(
        _row(name, plan, figures[name], figures[OURS], problem) for name, plan in plans.items()
    )
    errors = [row.prediction_error for row in rows]
    return Comparison(
        prompt_tokens=sum(plans[OURS].chunk_lengths),
        runs=runs,
        before=_row(BEFORE, first_plan, [first_figures], [first_figures], problem),
        rows=rows,
        median_prediction_error=statistics.median(errors),
        worst_prediction_error=max(errors),
    )


def _row(
    name: str,
    plan: Plan,
    runs: list[RunFigures],
    ours: list[RunFigures],
    first_problem: PlanningProblem,
) -> ComparedRow:
    measured = statistics.median(run.ttft_seconds for run in runs)
    predicted = plan.prediction.ttft_seconds
    first = predict(first_problem, plan.stages, plan.chunk_lengths, plan.activation_bits)
    return ComparedRow(
        name=name,
        machines=len({stage.machine_id for stage in plan.stages}),
        layers_per_stage=tuple(stage.layer_count for stage in plan.stages),
        chunk_lengths=plan.chunk_lengths,
        ttft_seconds=measured,
        predicted_ttft_seconds=predicted,
        first_prediction_seconds=first.prediction.ttft_seconds,
        prediction_error=abs(predicted - measured) / measured,
        stage_busy_seconds=tuple(
            statistics.median(stage)
            for stage in zip(*(run.stage_busy_seconds for run in runs), strict=True)
        ),
        predicted_stage_busy_seconds=plan.prediction.stage_busy_seconds,
        slower_than_ours=statistics.median(
            run.ttft_seconds / own.ttft_seconds for run, own in zip(runs, ours, strict=True)
        ),
    )


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
    before = comparison.before
    results.print(
        f"A job before these was predicted to take {before.predicted_ttft_seconds:.2f} s and took "
        f"{before.ttft_seconds:.2f} s; the predictions above have learnt from it."
    )
    results.print(
        f"Predictions are off by {comparison.median_prediction_error:.1%} in the median, "
        f"{comparison.worst_prediction_error:.1%} at worst."
    )
