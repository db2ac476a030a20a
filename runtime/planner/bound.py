"""The time no plan can beat: all the work, over all the speed there is."""

from __future__ import annotations

from runtime.planner.tables import Floats, Tables


def lower_bound_seconds(tables: Tables) -> float:
    """Seconds for the prompt if layers could be cut anywhere, all devices always worked, and
    links and memory had no limit. 0 without devices.

    The bound of the linear programme "divide each kind's layers so that the busiest device is
    done soonest", from below by its dual: any prices y of the kinds give
    sum_k n_k y_k / sum_d max_k(y_k / w_dk). Several prices are tried and the best bound kept.
    """
    if not tables.devices or not tables.layer_count:
        return 0.0
    # Seconds of one layer for the whole prompt, by device and kind.
    work: Floats = tables.least_work()
    if not (work > 0).all():
        return 0.0
    layers = tables.kind_counts
    prices = [*work, 1 / (1 / work).mean(axis=0)]
    return max(float(layers @ price / (price / work).max(axis=1).sum()) for price in prices)
