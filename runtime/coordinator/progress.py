"""How far a prefill is and how long it will still take, from the plan's timeline and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from runtime.planner.values import Plan


def predicted_finish_seconds(plan: Plan) -> tuple[float, ...]:
    """When the last stage is predicted to finish each chunk, from the start of the prefill."""
    last = len(plan.stages) - 1
    finishes = {
        bar.chunk: bar.end_seconds
        for bar in plan.prediction.timeline
        if bar.stage == last and not bar.on_link
    }
    return tuple(finishes[chunk] for chunk in sorted(finishes))


def seconds_left(
    finishes: Sequence[float],
    chunk_lengths: Sequence[int],
    tokens_read: int,
    elapsed_seconds: float,
) -> float | None:
    """What remains of the reading: the predicted rest, scaled by how true the past has been.

    None before the first chunk is through, when there is nothing to judge by.
    """
    if tokens_read <= 0 or len(finishes) != len(chunk_lengths) or not finishes:
        return None
    done = sum(1 for position in accumulate(chunk_lengths) if position <= tokens_read)
    if done == 0:
        return None
    predicted_so_far = finishes[done - 1]
    predicted_rest = finishes[-1] - predicted_so_far
    if predicted_so_far <= 0:
        return predicted_rest
    return predicted_rest * elapsed_seconds / predicted_so_far
