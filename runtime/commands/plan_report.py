"""A plan as one JSON object, and as tables for a person."""

from __future__ import annotations

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.planner.plan import rule_seconds
from runtime.planner.reasons import EQUAL_LAYERS, display_names, seconds_text
from runtime.planner.values import Alternative, Infeasible, Plan, PlanningProblem, PlanOutcome

RULE_NAMES = {
    "equal_layers": "equal layers",
    "by_memory": "layers by memory",
    "water_filling": "layers by speed (water-filling)",
    "published": "HPipe as published",
    "best_uniform_chunk": "these layers, best chunks of one length",
}
MOST_CHUNKS_SHOWN = 12


class StageReport(Struct, frozen=True, kw_only=True):
    """A stage by its machine's name; last_layer is exclusive."""

    machine: str
    machine_id: str
    device: str
    first_layer: int
    last_layer: int
    busy_seconds: float
    memory_bytes: int
    memory_limit_bytes: int


class WithoutReport(Struct, frozen=True, kw_only=True):
    """What the machines at hand would do alone; None: nothing fits."""

    predicted_ttft_seconds: float | None
    predicted_answer_seconds: float | None


class PlanReport(Struct, frozen=True, kw_only=True):
    """What --json prints."""

    model: str
    tokens: int
    output_tokens: int
    goal: str
    stages: tuple[StageReport, ...]
    chunk_lengths: tuple[int, ...]
    activation_bits: int
    weight_bits: int
    predicted_ttft_seconds: float
    predicted_tpot_seconds: float
    predicted_answer_seconds: float
    predicted_documents_per_hour: float
    predicted_bubble_fraction: float
    lower_bound_seconds: float
    planning_seconds: float
    reason: str
    alternatives: tuple[Alternative, ...]
    rules: dict[str, float | None]
    added: tuple[str, ...] = ()
    without_added: WithoutReport | None = None


class ShortfallReport(Struct, frozen=True, kw_only=True):
    machine: str
    needed_bytes: int
    limit_bytes: int


class InfeasibleReport(Struct, frozen=True, kw_only=True):
    """What --json prints when nothing fits."""

    infeasible: bool
    reason: str
    shortfalls: tuple[ShortfallReport, ...]
    suggestions: tuple[str, ...]


def report(
    problem: PlanningProblem, plan: Plan, added: tuple[str, ...], before: PlanOutcome | None
) -> PlanReport:
    names = _names(problem)
    cost = plan.prediction
    without = None
    if before is not None:
        earlier = before.prediction if isinstance(before, Plan) else None
        without = WithoutReport(
            predicted_ttft_seconds=earlier.ttft_seconds if earlier else None,
            predicted_answer_seconds=earlier.answer_seconds if earlier else None,
        )
    return PlanReport(
        model=problem.model.name,
        tokens=problem.prompt_tokens,
        output_tokens=problem.output_tokens,
        goal=problem.goal,
        stages=tuple(
            StageReport(
                machine=names.get(stage.key, stage.machine_id),
                machine_id=stage.machine_id,
                device=stage.device_id,
                first_layer=stage.first_layer,
                last_layer=stage.last_layer,
                busy_seconds=busy,
                memory_bytes=stage.memory_bytes,
                memory_limit_bytes=stage.memory_limit_bytes,
            )
            for stage, busy in zip(plan.stages, cost.stage_busy_seconds, strict=True)
        ),
        chunk_lengths=plan.chunk_lengths,
        activation_bits=plan.activation_bits,
        weight_bits=plan.weight_bits,
        predicted_ttft_seconds=cost.ttft_seconds,
        predicted_tpot_seconds=cost.tpot_seconds,
        predicted_answer_seconds=cost.answer_seconds,
        predicted_documents_per_hour=cost.documents_per_hour,
        predicted_bubble_fraction=cost.bubble_fraction,
        lower_bound_seconds=plan.lower_bound_seconds,
        planning_seconds=plan.planning_seconds,
        reason=plan.reason,
        alternatives=plan.alternatives,
        rules=rule_seconds(problem, plan),
        added=added,
        without_added=without,
    )


def infeasible_report(problem: PlanningProblem, outcome: Infeasible) -> InfeasibleReport:
    names = _names(problem)
    return InfeasibleReport(
        infeasible=True,
        reason=outcome.reason,
        shortfalls=tuple(
            ShortfallReport(
                machine=names.get(f"{each.machine_id}/{each.device_id}", each.machine_id),
                needed_bytes=each.needed_bytes,
                limit_bytes=each.limit_bytes,
            )
            for each in outcome.shortfalls
        ),
        suggestions=outcome.suggestions,
    )


def tell(found: PlanReport) -> None:
    """The plan in tables on the output."""
    console = Console(highlight=False)
    table = Table(title=f"{escape(found.model)}, {found.tokens:,} tokens")
    for heading in ("machine", "layers", "busy", "memory"):
        table.add_column(heading, justify="left" if heading == "machine" else "right")
    for stage in found.stages:
        table.add_row(
            escape(stage.machine),
            f"{stage.first_layer} to {stage.last_layer - 1}",
            f"{stage.busy_seconds / max(found.predicted_ttft_seconds, 1e-9):.0%}",
            f"{stage.memory_bytes / 1e9:.1f} of {stage.memory_limit_bytes / 1e9:.1f} GB",
        )
    console.print(table)
    lengths = found.chunk_lengths
    shown = ", ".join(map(str, lengths[:MOST_CHUNKS_SHOWN]))
    more = (
        f" and {len(lengths) - MOST_CHUNKS_SHOWN} more" if len(lengths) > MOST_CHUNKS_SHOWN else ""
    )
    count = "One chunk" if len(lengths) == 1 else f"{len(lengths)} chunks"
    console.print(f"{count}: {shown}{more} tokens.")
    console.print(
        f"First word after {seconds_text(found.predicted_ttft_seconds)}; no plan can beat "
        f"{seconds_text(found.lower_bound_seconds)}. Then "
        f"{seconds_text(found.predicted_tpot_seconds)} per token."
    )
    if found.without_added is not None:
        _tell_added(console, found)
    console.print(escape(found.reason))
    _tell_others(console, found)
    console.print(f"Planned in {seconds_text(found.planning_seconds)}.")


def tell_infeasible(problem: PlanningProblem, outcome: Infeasible) -> None:
    console = Console(highlight=False)
    console.print(f"[bold red]{escape(outcome.reason)}[/]")
    for each in infeasible_report(problem, outcome).shortfalls:
        lacking = (each.needed_bytes - each.limit_bytes) / 1e9
        console.print(
            f"{escape(each.machine)} lacks {lacking:.1f} GB: its share needs "
            f"{each.needed_bytes / 1e9:.1f} GB and it has {each.limit_bytes / 1e9:.1f} GB."
        )
    for suggestion in outcome.suggestions:
        console.print(escape(suggestion))


def _tell_added(console: Console, found: PlanReport) -> None:
    names = escape(" and ".join(found.added))
    without = found.without_added.predicted_ttft_seconds if found.without_added else None
    if without is None:
        console.print(f"Without {names} nothing fits.")
        return
    used = {stage.machine_id for stage in found.stages}
    if not used & set(found.added):
        console.print(f"{names} would not help.")
        return
    times = without / max(found.predicted_ttft_seconds, 1e-9)
    console.print(
        f"Without {names} the first word comes after {seconds_text(without)}: {times:.1f} times as "
        "long."
    )


def _tell_others(console: Console, found: PlanReport) -> None:
    table = Table(title="Other ways to split")
    for heading in ("", "first word", "times ours"):
        table.add_column(heading, justify="left" if not heading else "right")
    others = [
        (each.name, each.ttft_seconds)
        for each in found.alternatives
        if each.name != EQUAL_LAYERS  # among the rules below, with chunks of one length
    ]
    others += [(RULE_NAMES[name], seconds) for name, seconds in found.rules.items()]
    for name, seconds in others:
        ratio = "" if seconds is None else f"{seconds / found.predicted_ttft_seconds:.2f}"
        table.add_row(
            escape(name), "does not fit" if seconds is None else seconds_text(seconds), ratio
        )
    console.print(table)


def _names(problem: PlanningProblem) -> dict[str, str]:
    return {
        device.key: name
        for device, name in zip(problem.devices, display_names(problem.devices), strict=True)
    }
