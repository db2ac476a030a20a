"""Our plans against every other rule, over random heterogeneous clusters.

    python -m tests.benchmarks.planner_field [clusters]

Prints how many times as long the first word takes under each rule: median and worst; how often a
rule's plan does not fit; and whether any rule is ever faster. A rule takes all devices in the
order given with its best uniform chunk, except the published method, which picks its own and adds
its transfers to the compute.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from runtime.planner.plan import plan, rule_seconds
from runtime.planner.values import Plan
from tests.benchmarks.planner_clusters import SEED, random_cluster

CLUSTERS = 200


def main(count: int) -> None:
    ratios: dict[str, list[float]] = {}
    missing: dict[str, int] = {}
    over_bound, seconds, slower = [], [], []
    for index in range(count):
        problem = random_cluster(index)
        began = time.process_time()
        ours = plan(problem)
        seconds.append(time.process_time() - began)
        if not isinstance(ours, Plan):
            print(f"cluster {index}: {ours.reason}")
            continue
        ttft = ours.prediction.ttft_seconds
        over_bound.append(ttft / ours.lower_bound_seconds)
        for name, other in rule_seconds(problem, ours).items():
            if other is None:
                missing[name] = missing.get(name, 0) + 1
                continue
            ratios.setdefault(name, []).append(other / ttft)
            if other < ttft * (1 - 1e-9):
                slower.append((index, name, other / ttft))
    print(f"{len(over_bound)} clusters, seed {SEED}: time to the first word, times ours")
    print(f"{'rule':22} {'median':>8} {'best':>8} {'worst':>9} {'does not fit':>13}")
    for name, found in ratios.items():
        print(
            f"{name:22} {statistics.median(found):8.3f} {min(found):8.3f} {max(found):9.2f} "
            f"{missing.get(name, 0):13}"
        )
    print(f"ours over the lower bound: median {statistics.median(over_bound):.3f}")
    print(
        f"planning, CPU seconds: median {statistics.median(seconds):.2f}, most {max(seconds):.2f}"
    )
    print(f"a rule was faster in {len(slower)} cases: {json.dumps(slower)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLUSTERS)
