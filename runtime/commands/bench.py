"""`main.py bench`: is pooling worth it here? The pool and one machine alone, in one run."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from rich.table import Table

from runtime.commands.compare import compare, compared_plans
from runtime.commands.compare import tell as tell_comparison
from runtime.commands.options import (
    add_model_argument,
    add_pool_arguments,
    add_weight_bits_argument,
    chosen_model,
    positive,
    require_context,
    running_service,
    service_options,
)
from runtime.commands.plan_runner import PlanRunner, RunFigures
from runtime.commands.progress import EventPrinter
from runtime.commands.terminal import print_json, results, run_command
from runtime.coordinator.planning import solve
from runtime.errors import DoesNotFit
from runtime.planner.plan import one_machine
from runtime.planner.values import Plan, PlanningProblem
from runtime.snapshots import PlanRequest


class BenchRow(Struct, frozen=True, kw_only=True):
    """One split, measured: medians over the runs. The order of the keys is the order printed."""

    machines: int
    layers_per_stage: tuple[int, ...]
    chunk_lengths: tuple[int, ...]
    ttft_seconds: float
    predicted_ttft_seconds: float
    prefill_tokens_per_second: float
    decode_tokens_per_second: float
    predicted_tpot_seconds: float
    bubble_fraction: float
    predicted_bubble_fraction: float


class BenchReport(BenchRow, frozen=True, kw_only=True):
    """The pool's row, and the same for one machine alone; pooled is how many times sooner."""

    alone: BenchRow
    prompt_tokens: int
    output_tokens: int
    weight_bits: int
    runs: int
    pooled_speedup: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_argument(parser)
    add_pool_arguments(parser)
    add_weight_bits_argument(parser)
    parser.add_argument(
        "--tokens", type=positive, default=4096, metavar="M", help="length of the prompt (4096)"
    )
    parser.add_argument(
        "--output-tokens", type=positive, default=32, metavar="K", help="tokens to write (32)"
    )
    parser.add_argument(
        "--runs", type=positive, default=3, metavar="R", help="pairs of runs; medians are told (3)"
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="run other rules' splits beside ours, after a job to learn from",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return run_command(lambda: _bench(arguments))


async def _bench(arguments: argparse.Namespace) -> int:
    with EventPrinter(stream_answer=False) as printer:
        async with running_service(service_options(arguments), printer) as service:
            summary = await chosen_model(service, arguments.model)
            require_context(summary, arguments.tokens, arguments.output_tokens)
            manifest = (await service.shelf.choose(summary.model_id)).manifest
            await service.measure(summary.model_id, again=True, weight_bits=arguments.weight_bits)
            request = PlanRequest(
                model_id=summary.model_id,
                prompt_tokens=arguments.tokens,
                output_tokens=arguments.output_tokens,
                weight_bits=arguments.weight_bits,
            )
            problem = await service.problem(request)
            outcome = solve(problem, None)
            if arguments.compare:
                runner = PlanRunner(service, manifest, problem)
                # What its stages take corrects what was measured of their machines.
                await runner.run(outcome)
                learnt = await service.problem(request)
                plans = compared_plans(learnt, solve(learnt, None), fastest_alone(learnt))
                known_now = partial(service.problem, request)
                comparison = await compare(runner, plans, arguments.runs, problem, known_now)
                (print_json if arguments.json else tell_comparison)(comparison)
                return 0
            alone = fastest_alone(problem)
            runner = PlanRunner(service, manifest, problem)
            pooled_runs, alone_runs = [], []
            for _ in range(arguments.runs):
                pooled_runs.append(await runner.run(outcome))
                alone_runs.append(await runner.run(alone))
    report = _report(outcome, alone, pooled_runs, alone_runs, problem)
    if arguments.json:
        print_json(report)
    else:
        _tell(report)
    return 0


def fastest_alone(problem: PlanningProblem) -> Plan:
    """The best single device of the pool, which pooling has to beat."""
    plans = [
        plan
        for device in problem.devices
        if isinstance(plan := one_machine(problem, device.key), Plan)
    ]
    if not plans:
        raise DoesNotFit(
            "No machine of this pool holds the model alone, so there is nothing to compare with.",
            "Use a smaller model for the comparison.",
        )
    return min(plans, key=lambda plan: plan.prediction.ttft_seconds)


def _row(plan: Plan, runs: Sequence[RunFigures], prompt_tokens: int) -> dict[str, object]:
    ttft = statistics.median(run.ttft_seconds for run in runs)
    return {
        "machines": len({stage.machine_id for stage in plan.stages}),
        "layers_per_stage": tuple(stage.layer_count for stage in plan.stages),
        "chunk_lengths": plan.chunk_lengths,
        "ttft_seconds": ttft,
        "predicted_ttft_seconds": plan.prediction.ttft_seconds,
        "prefill_tokens_per_second": prompt_tokens / ttft,
        "decode_tokens_per_second": statistics.median(run.decode_tokens_per_second for run in runs),
        "predicted_tpot_seconds": plan.prediction.tpot_seconds,
        "bubble_fraction": statistics.median(run.bubble_fraction for run in runs),
        "predicted_bubble_fraction": plan.prediction.bubble_fraction,
    }


def _report(
    pooled: Plan,
    alone: Plan,
    pooled_runs: Sequence[RunFigures],
    alone_runs: Sequence[RunFigures],
    problem: PlanningProblem,
) -> BenchReport:
    speedups = [
        lone.ttft_seconds / together.ttft_seconds
        for together, lone in zip(pooled_runs, alone_runs, strict=True)
    ]
    return BenchReport(
        **_row(pooled, pooled_runs, problem.prompt_tokens),  # type: ignore[arg-type]
        alone=BenchRow(**_row(alone, alone_runs, problem.prompt_tokens)),  # type: ignore[arg-type]
        prompt_tokens=problem.prompt_tokens,
        output_tokens=problem.output_tokens,
        weight_bits=problem.weight_bits,
        runs=len(pooled_runs),
        pooled_speedup=statistics.median(speedups),
    )


def _tell(report: BenchReport) -> None:
    table = Table(title=f"{report.prompt_tokens:,} tokens read, medians of {report.runs} run(s)")
    for heading in ("", "layers", "first word", "predicted", "reading", "writing", "idle"):
        table.add_column(heading, justify="right")
    for name, row in (("pooled", report), ("one machine", report.alone)):
        table.add_row(
            name,
            " + ".join(map(str, row.layers_per_stage)),
            f"{row.ttft_seconds:.2f} s",
            f"{row.predicted_ttft_seconds:.2f} s",
            f"{row.prefill_tokens_per_second:,.0f} tokens/s",
            f"{row.decode_tokens_per_second:,.1f} tokens/s",
            f"{row.bubble_fraction:.0%}",
        )
    results.print(table)
    results.print(f"The pool reads {report.pooled_speedup:.2f} times as fast as one machine.")
