"""Chunk records add up to shares and to the bubble."""

import pytest

from runtime.coordinator.telemetry import bubble_fraction, stage_totals
from runtime.messages.stage import ChunkRecord


def record(stage, sequence, started_at, compute_seconds, tokens=64):
    return ChunkRecord(
        session="s",
        sequence=sequence,
        stage=stage,
        first_layer=stage * 4,
        last_layer=stage * 4 + 4,
        position=sequence * 64,
        tokens=tokens,
        started_at=started_at,
        wait_seconds=0.0,
        compute_seconds=compute_seconds,
        send_seconds=0.0,
        bytes_sent=100,
    )


def test_two_equal_stages_and_three_chunks_idle_a_quarter():
    records = [record(0, k, float(k), 1.0) for k in range(3)]
    records += [record(1, k, 1.0 + k, 1.0) for k in range(3)]
    assert bubble_fraction(records) == pytest.approx(2 / 8)


def test_one_stage_without_waiting_has_no_bubble():
    assert bubble_fraction([record(0, k, float(k), 1.0) for k in range(5)]) == 0.0


def test_nothing_measured_is_no_bubble():
    assert bubble_fraction([]) == 0.0


def test_totals_by_stage_in_order():
    records = [record(1, 0, 1.0, 0.5), record(0, 0, 0.0, 0.25), record(0, 1, 0.25, 0.25, tokens=10)]
    first, second = stage_totals(records)
    assert (first.stage, first.tokens, first.busy_seconds, first.bytes_sent) == (0, 74, 0.5, 200)
    assert (second.first_layer, second.last_layer, second.tokens) == (4, 8, 64)
