"""Chunk records become shares of time, pieces to draw, rates and the bubble."""

import numpy as np
import pytest

from app.monitor.history import POINTS_KEPT, History
from app.monitor.ring import Ring
from runtime.messages.stage import ChunkRecord
from runtime.snapshots import ChunkFinished


def finished(stage, sequence, start, compute, *, wait=0.0, send=0.0, tokens=64, job="job"):
    record = ChunkRecord(
        session=job, sequence=sequence, stage=stage, first_layer=stage * 4,
        last_layer=stage * 4 + 4, position=sequence * 64, tokens=tokens, started_at=start,
        wait_seconds=wait, compute_seconds=compute, send_seconds=send,
        bytes_sent=1000 if send else 0, memory_bytes=1, is_step=tokens < 64,
    )  # fmt: skip
    return ChunkFinished(job, f"machine-{stage}", record)


def shares_of(history, stage, edges, is_working=False):
    found = history.stages("job")[stage].shares(np.array(edges, dtype=float), is_working)
    return [
        [round(float(x), 6) for x in part]
        for part in (found.computing, found.sending, found.waiting, found.idle)
    ]


def test_a_gap_is_sending_first_then_waiting():
    history = History()
    history.add(finished(0, 0, 0.0, 1.0, send=0.25))
    history.add(finished(0, 1, 2.0, 1.0, wait=0.75, send=0.25))
    computing, sending, waiting, idle = shares_of(history, 0, [0, 1, 2, 3])
    assert computing == [1, 0, 1]
    assert sending == [0, 0.25, 0]
    assert waiting == [0, 0.75, 0]
    assert idle == [0, 0, 0]


def test_what_nobody_accounts_for_is_idle():
    history = History()
    history.add(finished(0, 0, 0.0, 1.0))
    history.add(finished(0, 1, 3.0, 1.0, wait=0.5))
    computing, sending, waiting, idle = shares_of(history, 0, [0, 1, 2, 3, 4])
    assert computing == [1, 0, 0, 1]
    assert waiting == [0, 0, 0.5, 0]
    assert idle == [0, 1, 0.5, 0]
    assert sending == [0, 0, 0, 0]


def test_an_interval_is_divided_where_a_chunk_ends_inside_it():
    history = History()
    history.add(finished(0, 0, 0.0, 0.3))
    history.add(finished(0, 1, 0.3, 0.45))
    computing, *_, idle = shares_of(history, 0, [0, 0.5, 1.0])
    assert computing == [1, 0.5]
    assert idle == [0, 0.5]


def test_waiting_before_the_job_began_is_not_counted():
    """An engine that sat idle for an hour reports an hour of waiting with its first chunk."""
    history = History()
    history.add(finished(0, 0, 100.0, 1.0, wait=3600.0))
    history.add(finished(1, 0, 101.0, 1.0, wait=3601.0))
    _, _, waiting, idle = shares_of(history, 1, [98, 99, 100, 101, 102])
    assert waiting == [0, 0, 1, 0]
    assert idle == [1, 1, 0, 0]
    assert shares_of(history, 0, [98, 99, 100])[2] == [0, 0]


def test_a_send_that_overlaps_the_next_chunk_never_hides_its_computing():
    history = History()
    history.add(finished(0, 0, 0.0, 1.0, send=5.0))
    history.add(finished(0, 1, 1.0, 1.0, send=5.0))
    computing, sending, _, _ = shares_of(history, 0, [0, 1, 2, 3])
    assert computing == [1, 1, 0]
    assert sending == [0, 0, 1]


def test_what_is_not_reported_yet_is_neither_idle_nor_anything_else():
    history = History()
    history.add(finished(0, 0, 0.0, 1.5))
    known = np.sum(shares_of(history, 0, [0, 1, 2, 3], True), axis=0)
    assert known.tolist() == [1, 0.5, 0]
    assert shares_of(history, 0, [0, 1, 2, 3], False)[3] == [0, 0.5, 1]


def test_shares_add_up_to_one_over_a_long_irregular_run():
    history, now = History(), 0.0
    generator = np.random.default_rng(7)
    for sequence in range(500):
        wait, compute, send = generator.uniform(0, 0.2, 3)
        now += wait
        history.add(finished(0, sequence, now, compute, wait=wait * 0.7, send=send))
        now += compute
    edges = np.arange(0, now - 1, 0.5)
    found = history.stages("job")[0].shares(edges, True)
    total = found.computing + found.sending + found.waiting + found.idle
    assert np.allclose(total, 1.0)
    assert found.computing.sum() * 0.5 == pytest.approx(
        sum(min(p.end, edges[-1]) - p.start for p in history.stages("job")[0].pieces(0, edges[-1])
            if p.kind == "computing"), rel=1e-6)  # fmt: skip


def test_clocks_that_disagree_a_little_do_not_make_time_run_backwards():
    history = History()
    history.add(finished(0, 0, 0.0, 1.0))
    history.add(finished(0, 1, 0.98, 1.0))
    pieces = history.stages("job")[0].pieces(-1, 5)
    assert [(p.start, round(p.end, 6)) for p in pieces] == [(0.0, 1.0), (1.0, 1.98)]


def test_pieces_of_a_window_are_those_that_touch_it():
    history = History()
    for sequence in range(10):
        history.add(finished(0, sequence, float(sequence), 0.5, wait=0.5))
    pieces = history.stages("job")[0].pieces(3.2, 4.2)
    assert [(p.kind, p.start) for p in pieces] == [
        ("computing", 3.0), ("waiting", 3.5), ("computing", 4.0)
    ]  # fmt: skip


def test_the_bubble_is_that_of_the_reading_and_leaves_the_writing_out():
    history = History()
    for k in range(3):
        history.add(finished(0, k, float(k), 1.0))
        history.add(finished(1, k, 1.0 + k, 1.0))
    history.add(finished(0, 3, 10.0, 0.1, tokens=1))
    # Guesses at the answer are checked several at once; that is no reading either.
    history.add(finished(0, 4, 11.0, 0.1, tokens=4))
    assert history.jobs["job"].bubble_fraction == pytest.approx(2 / 8)


def test_what_stages_do_for_another_job_is_not_waiting():
    """Defect: beside another document every reading seems to leave the machines idle."""
    history = History()
    for k in range(4):
        history.add(finished(0, k, 2.0 * k, 1.0, job="one"))
        history.add(finished(0, k, 2.0 * k + 1.0, 1.0, job="two"))
    assert history.jobs["one"].bubble_fraction == 0.0
    assert history.jobs["two"].bubble_fraction == 0.0
    # One that is over is not changed any more by what comes after it.
    busy = history.jobs["one"].busy_seconds
    history.end("one")
    history.add(finished(0, 4, 9.0, 1.0, job="two"))
    assert history.jobs["one"].busy_seconds == busy


def test_rates_are_those_of_the_last_seconds():
    history = History()
    for k in range(20):
        history.add(finished(0, k, float(k), 1.0, send=0.0))
    tokens, _ = history.stages("job")[0].rates(20.0)
    assert tokens == pytest.approx(64)
    assert history.stages("job")[0].rates(100.0) == (0.0, 0.0)


def test_a_chunk_longer_than_the_window_still_has_a_rate():
    history = History()
    history.add(finished(0, 0, 0.0, 30.0, tokens=3000))
    assert history.stages("job")[0].rates(40.0)[0] == pytest.approx(100)
    history.add(finished(0, 1, 30.0, 30.0, tokens=1500))
    assert history.stages("job")[0].rates(60.0)[0] == pytest.approx(50)


def test_stages_of_another_job_on_the_same_machine_are_the_same_history():
    history = History()
    history.add(finished(0, 0, 0.0, 1.0, job="job"))
    history.add(finished(0, 0, 5.0, 1.0, job="other"))
    assert history.stages("job") == history.stages("other")
    assert history.latest_job == "other"


def test_the_ring_gives_the_last_rows_in_one_piece():
    ring = Ring(4, 2)
    for value in range(11):
        ring.append(value, -value)
        first = max(0, value - 3)
        assert ring.rows[:, 0].tolist() == list(range(first, value + 1))
    assert ring.rows[:, 1].tolist() == [-7, -8, -9, -10]


def test_a_very_long_run_keeps_its_end_exact():
    history = History()
    for sequence in range(POINTS_KEPT):
        history.add(finished(0, sequence, sequence * 1.0, 0.75, wait=0.25))
    end = float(POINTS_KEPT)
    computing = history.stages("job")[0].shares(np.array([end - 10, end]), False).computing
    assert computing[0] == pytest.approx(0.75, abs=1e-6)
