"""`main.py plan`: the split and what it is predicted to cost, for the pool or a described one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from msgspec import structs

from runtime.commands.options import (
    add_model_argument,
    add_pool_arguments,
    add_weight_bits_argument,
    chosen_model,
    existing_file,
    positive,
    require_context,
    running_service,
    service_options,
)
from runtime.commands.plan_report import infeasible_report, report, tell, tell_infeasible
from runtime.commands.progress import EventPrinter
from runtime.commands.terminal import print_json, run_command
from runtime.errors import HPipeError
from runtime.known_devices import known_devices
from runtime.planner.described import NetworkFigures, describe_problem, parse_cluster, with_guest
from runtime.planner.described_model import parse_model
from runtime.planner.figures import DeviceFigures, find_known
from runtime.planner.plan import plan, plan_quickly
from runtime.planner.values import Goal, Infeasible, PlanningProblem
from runtime.planner.weights import narrowed
from runtime.snapshots import PlanRequest

GOALS: dict[str, Goal] = {
    "fastest-answer": "fastest_answer",
    "most-documents": "most_documents",
}
ANSWER_TOKENS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_argument(parser)
    add_pool_arguments(parser)
    add_weight_bits_argument(parser)
    parser.add_argument(
        "--cluster",
        metavar="FILE",
        help="plan for the machines described in this JSON file instead of the pool",
    )
    parser.add_argument(
        "--model-shape",
        metavar="FILE",
        help="the model for --cluster: a config.json, or a JSON object with its sizes",
    )
    parser.add_argument(
        "--tokens", type=positive, default=4096, metavar="N", help="length of the prompt (4096)"
    )
    parser.add_argument(
        "--output-tokens",
        type=not_negative,
        metavar="K",
        help="length of the answer, which also decides; 0 plans for the first word alone "
        f"({ANSWER_TOKENS}, with --cluster 0)",
    )
    parser.add_argument(
        "--goal", choices=tuple(GOALS), default="fastest-answer", help="what to plan for"
    )
    parser.add_argument(
        "--add",
        action="append",
        default=[],
        metavar="DEVICE",
        help='what would one more machine add? A known device, such as "RTX 4090"; repeatable',
    )
    parser.add_argument(
        "--quick", action="store_true", help="a good plan at once instead of the best one found"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def not_negative(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def run(arguments: argparse.Namespace) -> int:
    return run_command(lambda: _plan(arguments))


async def _plan(arguments: argparse.Namespace) -> int:
    # Before anything is started and measured: a name that nobody knows is told at once.
    added = [find_known(name, known_devices()) for name in arguments.add]
    if arguments.cluster is None:
        problem, network = await _pool_problem(arguments), NetworkFigures()
    else:
        problem, network = _described_problem(arguments)
    return answer(arguments, problem, network, added)


def answer(
    arguments: argparse.Namespace,
    problem: PlanningProblem,
    network: NetworkFigures,
    added: Sequence[DeviceFigures],
) -> int:
    """Plan, with what was added and without it, and print."""
    planner = plan_quickly if arguments.quick else plan
    before = None
    if added:
        before = planner(problem)
        for figures in added:
            problem = with_guest(problem, figures, network)
    outcome = planner(problem)
    names = tuple(figures.name for figures in added)
    if isinstance(outcome, Infeasible):
        if arguments.json:
            print_json(infeasible_report(problem, outcome))
        else:
            tell_infeasible(problem, outcome)
        return 1
    found = report(problem, outcome, names, before)
    if arguments.json:
        print_json(found)
    else:
        tell(found)
    return 0


async def _pool_problem(arguments: argparse.Namespace) -> PlanningProblem:
    with EventPrinter(stream_answer=False) as printer:
        async with running_service(service_options(arguments), printer) as service:
            summary = await chosen_model(service, arguments.model)
            output_tokens = (
                ANSWER_TOKENS if arguments.output_tokens is None else arguments.output_tokens
            )
            require_context(summary, arguments.tokens, output_tokens)
            return await service.problem(
                PlanRequest(
                    model_id=summary.model_id,
                    prompt_tokens=arguments.tokens,
                    output_tokens=output_tokens,
                    goal=GOALS[arguments.goal],
                    weight_bits=arguments.weight_bits,
                )
            )


def _described_problem(arguments: argparse.Namespace) -> tuple[PlanningProblem, NetworkFigures]:
    cluster = parse_cluster(existing_file(arguments.cluster).read_bytes())
    if arguments.model_shape is None:
        raise HPipeError(
            "--cluster needs --model-shape.", "Give a model's config.json or a file with its sizes."
        )
    bits = arguments.weight_bits
    model = parse_model(existing_file(arguments.model_shape).read_bytes())
    if bits < 16:
        model = narrowed(model, 16, bits)
    problem = describe_problem(
        cluster,
        model,
        known_devices(),
        prompt_tokens=arguments.tokens,
        output_tokens=arguments.output_tokens or 0,
        goal=GOALS[arguments.goal],
    )
    return structs.replace(problem, weight_bits=bits), cluster.network
