"""What others ask of the planner: the best plan, a given split's cost, one machine alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from runtime.errors import DoesNotFit
from runtime.planner.chunks import uniform_chunks
from runtime.planner.judge import Candidate, Judge
from runtime.planner.outcome import to_plan, to_split
from runtime.planner.partition import MAX_SET_DEVICES
from runtime.planner.reasons import explain
from runtime.planner.rules import judge_rules, rule_seeds
from runtime.planner.search import FULL, QUICK, Effort, Search
from runtime.planner.shortage import explain_shortage
from runtime.planner.tables import Tables
from runtime.planner.values import Plan, PlanningProblem, PlanOutcome, StagePlan

# Chunks drawn for a split that has no room even for the shortest, so that there is a picture.
CHUNKS_WITHOUT_ROOM = 16


def plan(problem: PlanningProblem, effort: Effort = FULL) -> PlanOutcome:
    """The best plan found, or why nothing fits and what would."""
    began = time.perf_counter()
    judge = Judge(Tables(problem))
    search = Search(judge, effort)
    candidate = None
    if judge.tables.devices and judge.tables.layer_count:
        # Where few devices are searched in full, a quick plan needs no help from simple rules.
        alone = effort is QUICK and len(judge.tables.devices) <= MAX_SET_DEVICES
        seeds = [] if problem.fixed_order or alone else rule_seeds(judge, search.grid)
        candidate = search.best(seeds)
    if candidate is None:
        return explain_shortage(judge.tables)
    found = explain(search, candidate, to_plan(judge, candidate))
    return msgspec.structs.replace(found, planning_seconds=time.perf_counter() - began)


def plan_quickly(problem: PlanningProblem) -> PlanOutcome:
    """A good plan at once, for what cannot wait for the best one."""
    return plan(problem, QUICK)


def predict(
    problem: PlanningProblem,
    stages: Sequence[StagePlan],
    chunk_lengths: Sequence[int] | None,
    activation_bits: int = 16,
) -> Plan:
    """What these stages would cost, with these chunks or, for None, with chunks that suit them.

    Nothing is refused for its memory: memory_bytes and memory_limit_bytes of the stages tell.
    Raises DoesNotFit if the stages are not all layers in order on devices of the problem, joined
    by links that work.
    """
    judge = Judge(Tables(problem))
    order, cuts = _checked_split(judge, stages)
    candidate: Candidate | None = Candidate(
        order, cuts, tuple(chunk_lengths or ()), activation_bits
    )
    if chunk_lengths is None:
        search = Search(judge, QUICK)
        candidate = search.with_chunks(order, cuts, activation_bits)
        if candidate is None:
            length = max(search.grid, -(-judge.tables.tokens // CHUNKS_WITHOUT_ROOM))
            chunks = uniform_chunks(judge.tables.tokens, length)
            candidate = Candidate(order, cuts, chunks, activation_bits)
    assert candidate is not None  # noqa: S101 - for the type checker
    return to_plan(judge, candidate)


def redraw(
    problem: PlanningProblem,
    stages: Sequence[StagePlan],
    chunk_lengths: Sequence[int],
    activation_bits: int = 16,
) -> Plan:
    """The same for boundaries under a hand: with the chunks at hand, quick enough to follow it."""
    return predict(problem, stages, chunk_lengths, activation_bits)


def one_machine(problem: PlanningProblem, device_key: str) -> PlanOutcome:
    """All layers on one device."""
    devices = tuple(device for device in problem.devices if device.key == device_key)
    alone = msgspec.structs.replace(problem, devices=devices, fixed_order=())
    return plan(alone)


def rule_plans(problem: PlanningProblem, ours: Plan | None = None) -> dict[str, Plan | None]:
    """The plan of every other rule, ready to run beside ours; None: it does not fit.

    The published method's plan is predicted as HPipe would run it, sending while it computes.
    """
    judge = Judge(Tables(problem))
    split = None if ours is None else to_split(judge, ours.stages)
    candidate = None
    if ours is not None and split is not None:
        candidate = Candidate(*split, ours.chunk_lengths, ours.activation_bits)
    results = judge_rules(judge, candidate, Search(judge, QUICK).grid)
    return {
        name: None if result.candidate is None else to_plan(judge, result.candidate)
        for name, result in results.items()
    }


def rule_seconds(problem: PlanningProblem, ours: Plan) -> dict[str, float | None]:
    """The predicted TTFT of every other rule; None: it does not fit."""
    judge = Judge(Tables(problem))
    split = to_split(judge, ours.stages)
    candidate = Candidate(*split, ours.chunk_lengths, ours.activation_bits) if split else None
    results = judge_rules(judge, candidate, Search(judge, QUICK).grid)
    return {name: result.ttft_seconds for name, result in results.items()}


def _checked_split(
    judge: Judge, stages: Sequence[StagePlan]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    split = to_split(judge, stages)
    layers = judge.tables.layer_count
    used = [stage for stage in stages if stage.layer_count]
    if split is None:
        raise DoesNotFit(
            "A machine of this split is not in the pool now.",
            "Connect it again, or let HPipe decide.",
        )
    order, cuts = split
    joined = all(one.last_layer == other.first_layer for one, other in pairwise(used))
    if cuts[0] != 0 or cuts[-1] != layers or not joined:
        raise DoesNotFit(
            f"This split does not hold each of the {layers} layers once.",
            "Move the boundaries, or let HPipe decide.",
        )
    if not judge.tables.connected(order):
        raise DoesNotFit(
            "Two neighbours of this split have no working link between them.",
            "Measure the links again, or put the machines in another order.",
        )
    return order, cuts
