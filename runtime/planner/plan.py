"""What others ask of the planner: the best plan, a given split's cost, one machine alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from runtime.errors import DoesNotFit
from runtime.planner.chunks import grid_tokens, uniform_chunks
from runtime.planner.judge import Candidate, Judge
from runtime.planner.outcome import to_plan, to_split
from runtime.planner.search import QUICK, Search
from runtime.planner.shortage import explain_shortage
from runtime.planner.tables import Tables
from runtime.planner.values import Plan, PlanningProblem, PlanOutcome, StagePlan


def plan(problem: PlanningProblem) -> PlanOutcome:
    """The best plan found, or why nothing fits and what would."""
    began = time.perf_counter()
    judge = Judge(Tables(problem))
    candidate = Search(judge, QUICK).best() if judge.tables.devices else None
    if candidate is None:
        return explain_shortage(judge.tables)
    found = to_plan(judge, candidate)
    return msgspec.structs.replace(found, planning_seconds=time.perf_counter() - began)


def predict(
    problem: PlanningProblem, stages: Sequence[StagePlan], chunk_lengths: Sequence[int] | None
) -> Plan:
    """What these stages would cost, with these chunks or, for None, with chunks that suit them.

    Nothing is refused for its memory: memory_bytes and memory_limit_bytes of the stages tell.
    Raises DoesNotFit if the stages are not all layers in order on devices of the problem.
    """
    judge = Judge(Tables(problem))
    split = to_split(judge, stages)
    layers = judge.tables.layer_count
    if split is None:
        raise DoesNotFit(
            "A machine of this split is not in the pool now.",
            "Connect it again, or let HPipe balance the layers.",
        )
    order, cuts = split
    if cuts[0] != 0 or cuts[-1] != layers or any(a >= b for a, b in pairwise(cuts)):
        raise DoesNotFit(
            f"This split does not hold each of the {layers} layers once.",
            "Move the boundaries, or let HPipe balance the layers.",
        )
    if chunk_lengths is None:
        candidate = Search(judge, QUICK).with_chunks(order, cuts, 16)
        if candidate is None:
            grid = grid_tokens(judge.tables.tokens, problem.sequences)
            candidate = Candidate(order, cuts, uniform_chunks(judge.tables.tokens, grid), 16)
    else:
        candidate = Candidate(order, cuts, tuple(chunk_lengths), 16)
    return to_plan(judge, candidate)


def one_machine(problem: PlanningProblem, device_key: str) -> PlanOutcome:
    """All layers on one device."""
    alone = msgspec.structs.replace(
        problem, devices=tuple(device for device in problem.devices if device.key == device_key)
    )
    return plan(alone)
