"""Timings in turns: what they tell of disturbed work, and what is left out when time is short."""

import time

import pytest
import torch

from runtime.engine.timing import Work, time_in_rounds

CPU = torch.device("cpu")


class Clocked:
    """Work that takes the time it is told, on a clock of its own."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds, self.runs = clock, list(seconds), 0

    def __call__(self):
        place = min(self.runs, len(self.seconds) - 1)
        self.clock.now += self.seconds[place]
        self.runs += 1


class Clock:
    now = 0.0


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    return clock


def test_a_disturbed_run_and_a_slow_first_one_do_not_count(clock):
    steady, disturbed = Clocked(clock, [1.0, 0.1]), Clocked(clock, [0.2, 0.2, 5.0, 0.2])
    works = [Work(steady, "a", 1), Work(disturbed, "b", 1)]
    assert time_in_rounds(works, CPU, 100.0) == {0: pytest.approx(0.1), 1: pytest.approx(0.2)}


def test_short_work_is_repeated_until_a_clock_sees_it(clock):
    short = Clocked(clock, [1e-3])
    assert time_in_rounds([Work(short, "a", 1)], CPU, 10.0) == {0: pytest.approx(1e-3)}
    assert short.runs == 1 + 5 * 20


def test_large_work_is_not_begun_when_time_is_short(clock):
    small, large = Clocked(clock, [1.0]), Clocked(clock, [50.0])
    works = [Work(small, "a", 1, is_needed=True), Work(large, "a", 50)]
    assert time_in_rounds(works, CPU, 20.0) == {0: pytest.approx(1.0)}
    assert large.runs == 0


def test_whatever_is_begun_is_timed_again_once_warm(clock):
    """The first run of the largest, slow with fresh memory, would stand for all of its kind."""
    works = [Clocked(clock, [1.5 * size, 1.0 * size]) for size in range(1, 8)]
    tasks = [Work(each, "a", size) for size, each in enumerate(works, start=1)]
    found = time_in_rounds(tasks, CPU, 30.0)
    assert found == {place: pytest.approx(place + 1.0) for place in found}
    assert 3 <= len(found) < len(works)
    assert clock.now <= 30.0


def test_what_is_needed_is_timed_however_slow_it_is(clock):
    slow = [Clocked(clock, [30.0]) for _ in range(2)]
    works = [Work(each, "a", 1, is_needed=True) for each in slow]
    assert time_in_rounds(works, CPU, 1.0) == {0: pytest.approx(30.0), 1: pytest.approx(30.0)}
    assert [each.runs for each in slow] == [1, 1]


def test_progress_never_goes_back(clock):
    seen = []
    works = [Work(Clocked(clock, [0.5]), "a", 1), Work(Clocked(clock, [0.1]), "b", 1)]
    time_in_rounds(works, CPU, 2.0, seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1
