"""The judge of all plans, against a simulation event by event."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from runtime.planner.makespan import finish_of_many, finish_without_bounds, schedule
from tests.runtime.planner.simulation import Simulation

Pipeline = tuple[list[list[float]], list[list[float]], list[float], int]


def random_pipeline(seed: int) -> Pipeline:
    source = random.Random(seed)
    stages, chunks = source.randint(1, 5), source.randint(1, 12)
    scale = [source.choice([0.1, 1.0, 5.0]) for _ in range(stages)]
    work = [[s * source.uniform(0.01, 1) for _ in range(chunks)] for s in scale]
    sending = [
        [source.choice([0.0, 0.3, 2.0]) * source.random() for _ in range(chunks)]
        for _ in range(stages - 1)
    ]
    latencies = [source.choice([0.0, 0.01, 1.5]) for _ in range(stages - 1)]
    return work, sending, latencies, source.randint(1, 4)


def test_the_makespan_equals_the_simulation() -> None:
    """A wrong bound on a queue, or a latency that keeps a link busy, would bend all predictions."""
    for seed in range(400):
        pipeline = random_pipeline(seed)
        simulated = Simulation(*pipeline).run()
        assert math.isclose(schedule(*pipeline).finish_seconds, simulated), seed


def test_one_chunk_through_one_link_by_hand() -> None:
    played = schedule([[1.0, 1.0], [0.5, 0.5]], [[0.2, 0.2]], [0.1], 2)
    assert played.ends[0] == [1.0, 2.0]
    assert played.link_starts[0] == [1.0, 2.0]
    assert played.starts[1] == pytest.approx([1.3, 2.3])
    assert played.finish_seconds == pytest.approx(2.8)


def test_a_full_queue_holds_the_stage_back() -> None:
    """Unbounded queues would promise memory that is not there."""
    fast, slow = [0.1] * 6, [1.0] * 6
    played = schedule([fast, slow], [[0.0] * 6], [0.0], 1)
    # One chunk at work, one waiting at the receiver, one for the link: the next waits for a slot.
    assert played.starts[0][4] > 1.0
    assert schedule([fast, slow], [[0.0] * 6], [0.0], 6).starts[0][4] < 0.5


@pytest.mark.parametrize("seed", range(40))
def test_many_at_once_are_the_same_as_one_by_one(seed: int) -> None:
    """The search judges batches; shorter lists are padded and must not be paid for the padding."""
    work, sending, latencies, depth = random_pipeline(seed)
    stages, chunks = len(work), len(work[0])
    counts = [max(1, chunks - cut) for cut in range(4)]
    stage_seconds = np.zeros((len(counts), stages, chunks))
    link_seconds = np.zeros((len(counts), stages - 1, chunks))
    single = []
    for row, count in enumerate(counts):
        stage_seconds[row, :, :count] = np.array(work)[:, :count]
        link_seconds[row, :, :count] = np.array(sending).reshape(stages - 1, chunks)[:, :count]
        short = [each[:count] for each in work], [each[:count] for each in sending]
        single.append(schedule(*short, latencies, depth).finish_seconds)
    delays = np.tile(np.array(latencies), (len(counts), 1)).reshape(len(counts), stages - 1)
    many = finish_of_many(stage_seconds, link_seconds, delays, np.array(counts), depth)
    np.testing.assert_allclose(many, single)
    endless = [
        schedule([e[:c] for e in work], [e[:c] for e in sending], latencies, chunks) for c in counts
    ]
    unbounded = finish_without_bounds(stage_seconds, link_seconds, delays)
    np.testing.assert_allclose(unbounded, [each.finish_seconds for each in endless])
    assert (unbounded <= many * (1 + 1e-12)).all()


def test_bars_show_every_chunk_on_every_stage_and_link() -> None:
    work, sending, latencies, depth = random_pipeline(3)
    bars = schedule(work, sending, latencies, depth).bars()
    assert len(bars) == len(work[0]) * (2 * len(work) - 1)
    assert all(bar.end_seconds >= bar.start_seconds for bar in bars)
    assert sum(bar.on_link for bar in bars) == len(work[0]) * (len(work) - 1)
