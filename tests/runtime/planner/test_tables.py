"""Costs as arrays must be the costs of the plain functions, whatever a device's costs look like."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from runtime.planner.by_length import at_length
from runtime.planner.cost import chunk_seconds, decode_seconds
from runtime.planner.judge import Judge
from runtime.planner.tables import Tables
from runtime.planner.values import ChunkCost
from tests.runtime.planner.problems import bent, cost, device, links, model, problem

CHUNKS = (7, 64, 200, 256, 700, 1500, 9, 1)


@pytest.mark.parametrize("chunks", [CHUNKS, CHUNKS[:-1]])  # the last one alone is read
@pytest.mark.parametrize("sequences", [1, 3])
@pytest.mark.parametrize("sliding", [0, 3])
@pytest.mark.parametrize("curved", [False, True])
def test_arrays_and_functions_agree(
    curved: bool, sliding: int, sequences: int, chunks: tuple[int, ...]
) -> None:
    """Two ways to count the same would make the plan that is drawn another than the one sought."""
    shape = model(9, sliding_every=sliding, window=300)
    devices = [device("one", 1e12), device("two", 0.4e12)]
    if curved:
        devices[1] = bent(devices[1], 4)
    asked = msgspec.structs.replace(
        problem((1e12, 1e12), shape=shape, tokens=sum(chunks), output_tokens=20),
        devices=tuple(devices), links=links(["one", "two"]), sequences=sequences,
    )  # fmt: skip
    judge = Judge(Tables(asked))
    splits = judge.split((0, 1), (0, 4, 9), 16)
    stages, _ = judge.seconds(splits, np.array([chunks]))
    position = 0
    for place, tokens in enumerate(chunks):
        for stage, (first, last) in enumerate(((0, 4), (4, 9))):
            expected = chunk_seconds(
                devices[stage], shape, first, last, tokens, position,
                samples=place == len(chunks) - 1, sequences=sequences,
            )  # fmt: skip
            assert stages[0, stage, place] == pytest.approx(expected)
        position += tokens
    context = sum(chunks) + 10
    steps = [
        decode_seconds(devices[0], shape, 0, 4, context, sequences=sequences),
        decode_seconds(devices[1], shape, 4, 9, context, sequences=sequences),
    ]
    assert splits.steps[0, :2] == pytest.approx(steps)


def test_between_lengths_the_cost_is_a_straight_line() -> None:
    curve = msgspec.structs.replace(
        cost(1e12, fixed=1e-3),
        by_length=(
            ChunkCost(tokens=100, seconds=2e-3, per_pair_seconds=4e-9),
            ChunkCost(tokens=200, seconds=6e-3, per_pair_seconds=2e-9),
        ),
    )
    assert at_length(curve, 50) == pytest.approx((1.5e-3, 4e-9))
    assert at_length(curve, 100) == pytest.approx((2e-3, 4e-9))
    assert at_length(curve, 150) == pytest.approx((4e-3, 3e-9))
    assert at_length(curve, 400) == pytest.approx((12e-3, 2e-9))
    line = cost(1e12, fixed=1e-3)
    assert at_length(line, 300) == pytest.approx(
        (line.fixed_seconds + 300 * line.per_token_seconds, line.per_pair_seconds)
    )
