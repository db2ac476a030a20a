"""Costs by chunk length: what was measured at some lengths, straight lines between them.

Short chunks wait for weights and launches, long ones outgrow a cache, and attention has ways of
its own for few rows; no single line fits all that. Below the shortest length the cost runs to its
fixed part, beyond the longest it grows with the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime.planner.values import ChunkCost, LayerCost

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def at_length(cost: LayerCost, rows: int) -> tuple[float, float]:
    """Seconds of one layer for so many rows without their pairs, and seconds per pair."""
    table = cost.by_length
    if not table:
        return cost.fixed_seconds + cost.per_token_seconds * rows, cost.per_pair_seconds
    if rows >= table[-1].tokens:
        return table[-1].seconds * rows / table[-1].tokens, table[-1].per_pair_seconds
    before = start_of(cost)
    for after in table:
        if rows <= after.tokens:
            share = (rows - before.tokens) / (after.tokens - before.tokens)
            return (
                before.seconds + share * (after.seconds - before.seconds),
                before.per_pair_seconds
                + share * (after.per_pair_seconds - before.per_pair_seconds),
            )
        before = after
    raise AssertionError("the last length was looked at first")


def start_of(cost: LayerCost) -> ChunkCost:
    """Where the lines start: a chunk of no tokens, were there one."""
    first = cost.by_length[0]
    return ChunkCost(
        tokens=0,
        seconds=min(cost.fixed_seconds, first.seconds),
        per_pair_seconds=first.per_pair_seconds,
    )


def lengths_of(costs: Sequence[LayerCost]) -> tuple[int, ...]:
    """Every length that some cost has a value at, from 0; () if all costs are straight lines."""
    lengths = {each.tokens for cost in costs for each in cost.by_length}
    return (0, *sorted(lengths)) if lengths else ()


def values_at(cost: LayerCost, lengths: Sequence[int]) -> tuple[list[float], list[float]]:
    """The two values of at_length() for each length."""
    start = start_of(cost)
    pairs = [
        (start.seconds, start.per_pair_seconds) if length == 0 else at_length(cost, length)
        for length in lengths
    ]
    return [seconds for seconds, _ in pairs], [per_pair for _, per_pair in pairs]


def weights(lengths: Sequence[int], rows: Ints) -> tuple[Floats, Floats]:
    """How much of the value at each length goes into a chunk of so many rows.

    Two arrays (rows..., lengths): for the seconds, and for the seconds per pair. No rows, no
    weight.
    """
    knots = np.array(lengths, dtype=np.float64)
    flat = rows.reshape(-1).astype(np.float64)
    place = np.clip(np.searchsorted(knots, flat) - 1, 0, len(knots) - 2)
    share = np.clip((flat - knots[place]) / (knots[place + 1] - knots[place]), 0.0, 1.0)
    per_pair: Floats = np.zeros((len(flat), len(knots)))
    every = np.arange(len(flat))
    per_pair[every, place] = 1 - share
    per_pair[every, place + 1] = share
    per_pair[flat <= 0] = 0.0
    seconds = per_pair.copy()
    beyond = flat > knots[-1]
    seconds[beyond] *= (flat[beyond] / knots[-1])[:, None]
    shape = (*rows.shape, len(knots))
    return seconds.reshape(shape), per_pair.reshape(shape)


def scaled(cost: LayerCost, fixed: float, per_token: float, per_pair: float) -> LayerCost:
    """The cost of chunks with each of its parts times a factor; steps cost what they did."""
    return msgspec.structs.replace(
        cost,
        fixed_seconds=cost.fixed_seconds * fixed,
        per_token_seconds=cost.per_token_seconds * per_token,
        per_pair_seconds=cost.per_pair_seconds * per_pair,
        by_length=tuple(
            _scaled_length(cost, each, fixed, per_token, per_pair) for each in cost.by_length
        ),
    )


def _scaled_length(
    cost: LayerCost, at: ChunkCost, fixed: float, per_token: float, per_pair: float
) -> ChunkCost:
    """Its seconds are part fixed, part per token, as the straight line has them."""
    of_tokens = cost.per_token_seconds * at.tokens
    line = cost.fixed_seconds + of_tokens
    share = of_tokens / line if line > 0 else 1.0
    return ChunkCost(
        tokens=at.tokens,
        seconds=at.seconds * (share * per_token + (1 - share) * fixed),
        per_pair_seconds=at.per_pair_seconds * per_pair,
    )
