"""From a candidate, which is indices, to the plan that a person and the runtime see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runtime.planner.bound import lower_bound_seconds
from runtime.planner.judge import Candidate, Judge
from runtime.planner.memory import expected_bytes
from runtime.planner.values import Plan, Prediction, StagePlan

HOUR_SECONDS = 3600.0


def to_plan(judge: Judge, candidate: Candidate, reason: str = "") -> Plan:
    """The candidate with its stages named, its memory summed and its timeline played."""
    return Plan(
        stages=to_stages(judge, candidate),
        chunk_lengths=candidate.chunks,
        prediction=to_prediction(judge, candidate),
        activation_bits=candidate.bits,
        weight_bits=judge.tables.problem.weight_bits,
        reason=reason,
        lower_bound_seconds=lower_bound_seconds(judge.tables),
    )


def to_stages(judge: Judge, candidate: Candidate) -> tuple[StagePlan, ...]:
    tables = judge.tables
    longest = max(candidate.chunks)
    stages = []
    for place, index in enumerate(candidate.order):
        device = tables.devices[index]
        first, last = candidate.cuts[place], candidate.cuts[place + 1]
        stages.append(
            StagePlan(
                machine_id=device.machine_id,
                device_id=device.device_id,
                first_layer=first,
                last_layer=last,
                memory_bytes=expected_bytes(tables.problem, device, first, last, longest),
                memory_limit_bytes=device.memory_limit_bytes,
            )
        )
    return tuple(stages)


def to_prediction(judge: Judge, candidate: Candidate) -> Prediction:
    verdict = judge.verdict(candidate)
    played = verdict.schedule
    available = played.finish_seconds * len(candidate.order)
    busy = sum(verdict.stage_busy_seconds)
    return Prediction(
        ttft_seconds=verdict.ttft_seconds,
        tpot_seconds=verdict.tpot_seconds,
        answer_seconds=verdict.answer_seconds,
        documents_per_hour=HOUR_SECONDS / verdict.period_seconds if verdict.period_seconds else 0.0,
        bubble_fraction=max(0.0, 1.0 - busy / available) if available > 0 else 0.0,
        slowest_stage=int(np.argmax(verdict.stage_busy_seconds)),
        stage_busy_seconds=verdict.stage_busy_seconds,
        timeline=played.bars(),
    )


def to_split(
    judge: Judge, stages: Sequence[StagePlan]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Order and cuts of stages by device index; None if a device is not in the problem."""
    index = {device.key: place for place, device in enumerate(judge.tables.devices)}
    used = [stage for stage in stages if stage.layer_count > 0]
    if not used or any(stage.key not in index for stage in used):
        return None
    order = tuple(index[stage.key] for stage in used)
    cuts = (used[0].first_layer, *(stage.last_layer for stage in used))
    return order, cuts
