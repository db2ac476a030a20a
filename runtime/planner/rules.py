"""How others would split the same model over the same machines, judged like our own plans.

Every rule takes the devices in the order given and all of them, and is granted the best uniform
chunk length, except the published method, which chooses its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from runtime.planner.chunks import best_uniform
from runtime.planner.judge import Candidate, Judge, Splits
from runtime.planner.makespan import schedule
from runtime.planner.tables import Floats, Ints, Tables

PUBLISHED_CEILINGS = 48


class RuleResult(Struct, frozen=True):
    """A rule's plan, and its TTFT; None: it does not fit or cannot run.

    overlapped_seconds is the same plan on a runtime that sends while it computes; it differs from
    ttft_seconds only for the published method, whose transfers add to the compute.
    """

    candidate: Candidate | None
    ttft_seconds: float | None
    overlapped_seconds: float | None = None


def judge_rules(judge: Judge, ours: Candidate | None, grid: int) -> dict[str, RuleResult]:
    """Each rule's plan and predicted TTFT. best_uniform_chunk uses the layers of `ours`."""
    results: dict[str, RuleResult] = {}
    for name, cuts_of in LAYER_RULES.items():
        results[name] = _with_best_uniform(judge, cuts_of(judge.tables), grid)
    results["published"] = published(judge, grid)
    if ours is not None:
        best = best_uniform(judge, ours.order, ours.cuts, ours.bits, grid)
        results["best_uniform_chunk"] = _result(judge, best)
    else:
        results["best_uniform_chunk"] = RuleResult(None, None)
    return results


def rule_seeds(judge: Judge, grid: int) -> list[Candidate]:
    """What the simple rules would do, for a search that must not lose to them."""
    splits = [cuts_of(judge.tables) for cuts_of in LAYER_RULES.values()]
    order = _given_order(judge.tables)
    cuts = _published_cuts(judge.tables, order)
    if cuts is not None:
        splits.append((order, cuts))
    found = [_with_best_uniform(judge, split, grid).candidate for split in splits]
    return [candidate for candidate in found if candidate is not None]


Split = tuple[tuple[int, ...], tuple[int, ...]]


def equal_layers(tables: Tables) -> Split:
    """The same number of layers for everyone."""
    return shares_to_split(tables, [1.0] * len(tables.devices))


def by_memory(tables: Tables) -> Split:
    """Layers in proportion to memory."""
    limits = [float(device.memory_limit_bytes) for device in tables.devices]
    return shares_to_split(tables, limits)


def water_filling(tables: Tables) -> Split:
    """Layers in proportion to speed, capped by memory; what is over goes to the others."""
    speeds = [1 / max(seconds, 1e-12) for seconds in whole_prompt_seconds(tables)]
    layers = tables.layer_memory(0)
    per_layer = max(layers[-1] / max(tables.layer_count, 1), 1.0)
    last = len(speeds) - 1
    caps = [
        max((room - tables.stage_ends(place == 0, place == last)) / per_layer, 0.0)
        for place, room in enumerate(tables.room)
    ]
    shares = [0.0] * len(speeds)
    free = set(range(len(speeds)))
    left = float(tables.layer_count)
    while free and left > 1e-9:
        level = left / sum(speeds[device] for device in free)
        capped = {device for device in free if speeds[device] * level >= caps[device]}
        if not capped:
            for device in free:
                shares[device] = speeds[device] * level
            break
        for device in capped:
            shares[device] = caps[device]
            left -= caps[device]
        free -= capped
    return shares_to_split(tables, shares, caps)


LAYER_RULES: dict[str, Callable[[Tables], Split]] = {
    "equal_layers": equal_layers,
    "by_memory": by_memory,
    "water_filling": water_filling,
}


def shares_to_split(
    tables: Tables, shares: Sequence[float], caps: Sequence[float] | None = None
) -> Split:
    """Whole layers nearest to the shares (largest remainders); who gets none is left out."""
    total = sum(shares)
    count = tables.layer_count
    wanted = [share / total * count if total > 0 else 0.0 for share in shares]
    layers = [math.floor(want + 1e-9) for want in wanted]
    by_remainder = sorted(range(len(shares)), key=lambda place: layers[place] - wanted[place])
    while sum(layers) < count and by_remainder:
        before = sum(layers)
        for place in by_remainder:
            if sum(layers) == count:
                break
            if caps is None or layers[place] + 1 <= caps[place]:
                layers[place] += 1
        if sum(layers) == before:
            layers[by_remainder[0]] += count - before
    order = tuple(place for place, size in enumerate(layers) if size)
    cuts = (0, *(int(cut) for cut in np.cumsum([layers[place] for place in order])))
    return order, cuts


def whole_prompt_seconds(tables: Tables) -> Floats:
    """What each device needs for the prompt as one chunk through all layers, without ends."""
    seconds: Floats = tables.layer_terms[:, -1] @ tables.whole_prompt()
    return seconds


def published(judge: Judge, grid: int) -> RuleResult:
    """The published HPipe method: transfers added to compute, order given, layers then chunks."""
    tables = judge.tables
    order = _given_order(tables)
    if not order or not tables.connected(order):
        return RuleResult(None, None)
    cuts = _published_cuts(tables, order)
    if cuts is None:
        return RuleResult(None, None)
    longest = judge.longest_chunk(order, cuts, grid)
    if not longest:
        return RuleResult(None, None)
    splits = judge.split(order, cuts, 16)
    best: tuple[float, tuple[int, ...]] | None = None
    for ceiling in _published_ceilings(judge, splits, grid):
        chunks = _greedy_chunks(judge, splits, grid, longest, ceiling)
        blocking = _blocking_seconds(judge, splits, np.array([chunks]))[0]
        goal = float(blocking.sum(axis=1).max() + (len(order) - 1) * blocking.max())
        if best is None or goal < best[0]:
            best = (goal, chunks)
    assert best is not None  # noqa: S101 - for the type checker; there is always a ceiling
    candidate = Candidate(order, cuts, best[1], 16)
    blocking = _blocking_seconds(judge, splits, np.array([candidate.chunks]))[0]
    links = [[0.0] * len(candidate.chunks)] * (len(order) - 1)
    latencies = splits.latencies[0].tolist()
    played = schedule(blocking.tolist(), links, latencies, tables.problem.queue_depth)
    overlapped = judge.verdict(candidate).ttft_seconds
    return RuleResult(candidate, played.finish_seconds + float(splits.hops[0]), overlapped)


def _given_order(tables: Tables) -> tuple[int, ...]:
    """All devices as they come, or as many as there are layers."""
    return tuple(range(min(len(tables.devices), tables.layer_count)))


def _published_cuts(tables: Tables, order: Sequence[int]) -> tuple[int, ...] | None:
    """A[b][m] = min over k of max(A[k][m-1], T(k..b, m)), T with the transfer, within memory."""
    prompt = tables.whole_prompt()
    layers = tables.layer_memory(0)
    size = tables.layer_count + 1
    later = np.triu(np.ones((size, size), dtype=bool), 1)
    reached: Floats = np.full(size, np.inf)
    reached[0] = 0.0
    choices = []
    last = len(order) - 1
    for stage, device in enumerate(order):
        done = tables.layer_terms[device] @ prompt
        seconds = done[None, :] - done[:, None]
        if stage < last:
            message = tables.tokens * tables.bytes_per_token(16)
            seconds = seconds + message * tables.seconds_per_byte[device, order[stage + 1]]
        ends = tables.stage_ends(stage == 0, stage == last)
        fits = layers[None, :] - layers[:, None] + ends <= tables.room[device]
        slower = np.maximum(reached[:, None], np.where(later & fits, seconds, np.inf))
        choices.append(slower.argmin(axis=0))
        reached = slower.min(axis=0)
    if not reached[-1] < math.inf:
        return None
    cuts = [tables.layer_count]
    for choice in reversed(choices):
        cuts.insert(0, int(choice[cuts[0]]))
    return tuple(cuts)


def _blocking_seconds(judge: Judge, splits: Splits, lengths: Ints) -> Floats:
    """Seconds of every stage for its chunks when it waits for each transfer."""
    stages, links = judge.seconds(splits, lengths)
    stages[:, :-1] += links
    return stages


def _published_ceilings(judge: Judge, splits: Splits, grid: int) -> list[float]:
    """Longest-chunk times to try, from one chunk for the whole prompt to many."""
    tokens = judge.tables.tokens
    highest = float(_blocking_seconds(judge, splits, np.array([[tokens]])).max())
    units = max(tokens / grid, 1.0)
    return [
        highest * 1.001 / units ** (step / PUBLISHED_CEILINGS)
        for step in range(PUBLISHED_CEILINGS + 1)
    ]


def _greedy_chunks(
    judge: Judge, splits: Splits, grid: int, longest: int, ceiling: float
) -> tuple[int, ...]:
    """The fewest chunks that all stay under the ceiling: each as long as it may be."""
    tables = judge.tables
    terms = splits.terms[0]
    rates = np.append(splits.rates[0], 0.0)
    chunks: list[int] = []
    position = 0
    while position < tables.tokens:
        most = min(longest, tables.tokens - position)
        if chunks:
            # Chunks shrink as the prefix grows, so nothing longer than the last one can fit.
            most = min(most, chunks[-1])
        lengths = np.unique(np.append(np.arange(grid, most + 1, grid), most))
        features = tables.features_at(lengths[:, None], np.full(len(lengths), position))[:, :, 0]
        seconds = (features @ terms.T + lengths[:, None] * rates).max(axis=1)
        allowed = int(np.searchsorted(seconds, ceiling, side="right"))
        chunks.append(int(lengths[max(allowed - 1, 0)]))
        position += chunks[-1]
    return tuple(chunks)


def _with_best_uniform(judge: Judge, split: Split, grid: int) -> RuleResult:
    order, cuts = split
    if not order or not judge.tables.connected(order):
        return RuleResult(None, None)
    return _result(judge, best_uniform(judge, order, cuts, 16, grid))


def _result(judge: Judge, candidate: Candidate | None) -> RuleResult:
    if candidate is None:
        return RuleResult(None, None)
    seconds = judge.verdict(candidate).ttft_seconds
    return RuleResult(candidate, seconds, seconds)
