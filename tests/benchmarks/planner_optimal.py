"""The search against brute force on small random clusters.

    python -m tests.benchmarks.planner_optimal [clusters]

Up to 4 devices, 12 layers and 2 to 6 units of the chunk grid: every order of every set of devices,
all cuts, all chunk lists and both activation widths are weighed exactly. Prints how often the
search finds the best plan and how far off it is at most.
"""

from __future__ import annotations

import random
import sys
import time

import msgspec
from msgspec import Struct

from runtime.planner.judge import Judge
from runtime.planner.search import FULL, Search
from runtime.planner.tables import Tables
from runtime.planner.values import PlanningProblem
from tests.runtime.planner.brute_force import best_of_all
from tests.runtime.planner.problems import model, random_problem

CLUSTERS = 500


class Check(Struct, frozen=True):
    """ratio: the search's value over the best there is; None: nothing fits.

    agrees: both found something, or neither.
    """

    ratio: float | None
    agrees: bool
    search_seconds: float


def main(count: int) -> None:
    checks = [weigh(small_cluster(seed)) for seed in range(count)]
    ratios = [check.ratio for check in checks if check.ratio is not None]
    exact = sum(ratio <= 1 + 1e-9 for ratio in ratios)
    seconds = sum(check.search_seconds for check in checks)
    print(f"{count} clusters, {count - len(ratios)} of them with too little memory for any plan")
    print(f"exactly optimal: {exact} of {len(ratios)} ({exact / len(ratios):.1%})")
    print(f"worst: {max(ratios):.4f} times the best plan's value")
    print(f"disagreements on whether anything fits: {sum(not c.agrees for c in checks)}")
    print(f"search: {1000 * seconds / count:.0f} ms of CPU per cluster")


def weigh(problem: PlanningProblem) -> Check:
    tables = Tables(problem)
    began = time.process_time()
    found = Search(Judge(tables), FULL).best()
    seconds = time.process_time() - began
    best = best_of_all(tables, problem.chunk_grid_tokens)
    if found is None or best is None:
        return Check(None, (found is None) == (best is None), seconds)
    return Check(Judge(tables).value(found) / best[1], Judge(tables).fits(found), seconds)


def small_cluster(seed: int) -> PlanningProblem:
    """Unequal devices and links, tight and ample memory, both goals, sliding layers or not."""
    source = random.Random(seed)
    devices, layers, units = source.randint(1, 4), source.randint(1, 12), source.randint(2, 6)
    tokens = source.choice([256, 1024, 4096, 16_384])
    problem = random_problem(seed, devices=devices, layers=layers, tokens=tokens)
    if source.random() < 0.3:
        shape = model(layers, sliding_every=3, window=512)
        problem = msgspec.structs.replace(problem, model=shape)
    profiles = tuple(
        msgspec.structs.replace(
            device,
            memory_limit_bytes=int(source.uniform(0.1, 1) * layers * 1e8) + 200_000_000,
        )
        for device in problem.devices
    )
    return msgspec.structs.replace(
        problem,
        devices=profiles,
        chunk_grid_tokens=-(-tokens // units),
        queue_depth=source.randint(1, 3),
        goal=source.choice(["fastest_answer", "fastest_answer", "most_documents"]),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLUSTERS)
