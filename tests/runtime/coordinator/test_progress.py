"""Time left follows the plan's timeline, corrected by how true it has been so far."""

import pytest

from runtime.coordinator.progress import seconds_left

FINISHES = (2.0, 3.0, 4.0, 6.0)
LENGTHS = (100, 50, 50, 100)


@pytest.mark.parametrize(
    ("tokens_read", "elapsed", "expected"),
    [
        (100, 2.0, 4.0),
        (100, 4.0, 8.0),
        (200, 2.0, 1.0),
        (300, 6.0, 0.0),
        (0, 1.0, None),
        (60, 1.0, None),
    ],
)
def test_seconds_left(tokens_read, elapsed, expected):
    left = seconds_left(FINISHES, LENGTHS, tokens_read, elapsed)
    assert left == (None if expected is None else pytest.approx(expected))


def test_without_a_matching_prediction_there_is_no_estimate():
    assert seconds_left((), LENGTHS, 100, 2.0) is None
    assert seconds_left((1.0,), LENGTHS, 100, 2.0) is None
