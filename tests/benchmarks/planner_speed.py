"""How long planning takes: a 70B model of 80 layers, 64K tokens, 8 and 16 unequal devices.

    python -m tests.benchmarks.planner_speed

CPU seconds of one core, the least of several runs: a good plan at once, the final one, and a new
prediction for a dragged boundary.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import pairwise

# One core is what is asked about; the libraries under numpy would take more.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec

from runtime.planner.plan import plan, plan_quickly, redraw
from runtime.planner.values import Plan, PlanningProblem
from tests.benchmarks.planner_clusters import large_cluster


def main() -> None:
    for devices, repetitions in ((8, 5), (16, 2)):
        problem = large_cluster(devices)
        quick_seconds, quick = least(lambda p=problem: plan_quickly(p), repetitions)
        final_seconds, final = least(lambda p=problem: plan(p), repetitions)
        assert isinstance(quick, Plan)
        assert isinstance(final, Plan)
        ttft, bound = final.prediction.ttft_seconds, final.lower_bound_seconds
        worse = quick.prediction.ttft_seconds / ttft - 1
        print(
            f"{devices} devices, 80 layers, 64K tokens: a good plan in {quick_seconds:.2f} s "
            f"({worse:.1%} above the final one), the final one in {final_seconds:.2f} s: "
            f"{len(final.stages)} stages, {len(final.chunk_lengths)} chunks, first word after "
            f"{ttft:.1f} s, bound {bound:.1f} s"
        )
        print(f"  a dragged boundary: {1000 * dragged_seconds(problem, final):.1f} ms at most")


def dragged_seconds(problem: PlanningProblem, plan: Plan) -> float:
    """The slowest new prediction after one layer was handed over any boundary."""
    seconds = []
    for place, (one, other) in enumerate(pairwise(plan.stages)):
        if one.layer_count < 2:
            continue
        moved = one.last_layer - 1
        stages = list(plan.stages)
        stages[place] = msgspec.structs.replace(one, last_layer=moved)
        stages[place + 1] = msgspec.structs.replace(other, first_layer=moved)
        seconds.append(least(lambda s=stages: redraw(problem, s, plan.chunk_lengths), 5)[0])
    return max(seconds)


def least(work: Callable[[], object], repetitions: int) -> tuple[float, object]:
    """The least CPU time of several runs, and what the last one gave."""
    seconds = []
    found: object = None
    for _ in range(repetitions):
        began = time.process_time()
        found = work()
        seconds.append(time.process_time() - began)
    return min(seconds), found


if __name__ == "__main__":
    main()
