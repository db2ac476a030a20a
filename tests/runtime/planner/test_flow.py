"""Small changes of a chunk list, weighed all at once."""

from __future__ import annotations

import numpy as np
import pytest

from runtime.planner import flow
from runtime.planner.flow import Flow
from runtime.planner.judge import Judge
from runtime.planner.tables import Tables
from tests.runtime.planner.problems import random_problem


@pytest.mark.parametrize("seed", range(12))
def test_what_a_change_would_do_is_what_it_does(seed: int) -> None:
    """A wrong prefix or suffix would send the search uphill while it believes to go down."""
    asked = random_problem(seed, devices=3, layers=12, tokens=1500)
    judge = Judge(Tables(asked))
    splits = judge.split((2, 0, 1), (0, 3, 8, 12), 8 if seed % 2 else 16)
    chunks = np.array([256, 192, 320, 256, 128, 256, 92])
    opened = Flow(judge, splits)
    seconds = opened._columns(chunks)
    moves = flow._moves(chunks, 64, 512)
    weighed = opened._weigh(
        moves, chunks, opened._forward(seconds), opened._backward(seconds), seconds
    )
    assert len(moves) > 30
    for move, value in zip(moves, weighed, strict=True):
        changed = flow._changed(chunks, move)
        assert changed.sum() == 1500
        assert changed.max() <= 512
        assert value == pytest.approx(judge.bounds(splits, changed[None])[0])


def test_improving_never_makes_a_list_worse() -> None:
    asked = random_problem(5, devices=4, layers=12, tokens=4096)
    judge = Judge(Tables(asked))
    splits = judge.split((0, 1, 2, 3), (0, 2, 5, 9, 12), 16)
    start = (512,) * 8
    better = Flow(judge, splits).improve(start, 64, 1024, 50)
    assert sum(better) == 4096
    before, after = (judge.bounds(splits, np.array([each]))[0] for each in (start, better))
    assert after < before
