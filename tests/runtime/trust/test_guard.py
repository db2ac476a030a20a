"""Which code counts: expiry, one guess each, and the lock, on a clock of our own."""

from __future__ import annotations

import itertools

import pytest

from runtime.errors import PairingError
from runtime.trust.guard import CODE_SECONDS, FIRST_LOCK_SECONDS, PairingGuard, new_code


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def numbered_guard() -> tuple[PairingGuard, Clock]:
    numbers = itertools.count(1)
    clock = Clock()
    return PairingGuard(clock, lambda: f"{next(numbers):06}"), clock


def guess_wrong(guard: PairingGuard) -> None:
    guard.spend(guard.offer().code)
    guard.wrong()


def test_codes_are_six_digits_and_keep_their_zeros() -> None:
    codes = {new_code() for _ in range(2_000)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert any(code.startswith("0") for code in codes)
    assert len(codes) > 1_900


def test_the_same_code_is_shown_until_it_expires() -> None:
    guard, clock = numbered_guard()
    first = guard.offer()
    clock.now += 100
    again = guard.offer()
    assert (first.code, again.code) == ("000001", "000001")
    assert (first.seconds_left, again.seconds_left) == (CODE_SECONDS, CODE_SECONDS - 100)
    clock.now += 200
    assert guard.offer().code == "000002"


def test_no_code_counts_that_nobody_asked_to_see() -> None:
    guard, _ = numbered_guard()
    with pytest.raises(PairingError, match="No pairing code"):
        guard.begin()


@pytest.mark.parametrize("seconds", [CODE_SECONDS, CODE_SECONDS + 1_000])
def test_an_expired_code_does_not_begin_an_exchange(seconds: float) -> None:
    guard, clock = numbered_guard()
    guard.offer()
    clock.now += seconds
    with pytest.raises(PairingError, match="expired"):
        guard.begin()


def test_a_code_that_expires_during_the_exchange_does_not_count() -> None:
    guard, clock = numbered_guard()
    guard.offer()
    code = guard.begin()
    clock.now += CODE_SECONDS
    with pytest.raises(PairingError, match="expired"):
        guard.spend(code)


def test_a_code_allows_one_guess_over_all_exchanges_at_once() -> None:
    guard, _ = numbered_guard()
    guard.offer()
    one, other = guard.begin(), guard.begin()
    guard.spend(one)
    with pytest.raises(PairingError, match="expired"):
        guard.spend(other)
    assert guard.offer().code == "000002"


def test_five_wrong_guesses_lock_and_each_further_five_lock_for_twice_as_long() -> None:
    guard, clock = numbered_guard()
    for expected in (FIRST_LOCK_SECONDS, 2 * FIRST_LOCK_SECONDS, 4 * FIRST_LOCK_SECONDS):
        for _ in range(5):
            assert guard.seconds_locked == 0
            guess_wrong(guard)
        assert guard.seconds_locked == expected
        clock.now += expected - 1
        with pytest.raises(PairingError, match="locked for 1 more"):
            guard.offer()
        clock.now += 1


def test_a_lock_also_stops_exchanges_that_were_begun_before() -> None:
    guard, _ = numbered_guard()
    for _ in range(4):
        guess_wrong(guard)
    guard.offer()
    code = guard.begin()
    guard.spend(code)
    guard.wrong()
    with pytest.raises(PairingError, match="locked for 60"):
        guard.begin()
    with pytest.raises(PairingError, match="locked for 60"):
        guard.spend(code)


def test_the_lock_ends_after_an_hour_at_the_latest() -> None:
    guard, clock = numbered_guard()
    for _ in range(40):
        for _ in range(5):
            guess_wrong(guard)
        assert 0 < guard.seconds_locked <= 3_600
        clock.now += guard.seconds_locked


def test_a_right_guess_forgives_the_wrong_ones() -> None:
    guard, _ = numbered_guard()
    for _ in range(4):
        guess_wrong(guard)
    guard.spend(guard.offer().code)
    guard.right()
    for _ in range(4):
        guess_wrong(guard)
    assert guard.seconds_locked == 0
