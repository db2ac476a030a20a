"""Trying several ways at once, a little staggered."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from runtime.coordinator.nearest import first_of
from runtime.errors import NetworkError


async def attempt(name: str, seconds: float, fails: bool = False) -> str:
    await asyncio.sleep(seconds)
    if fails:
        raise NetworkError("Nobody answers.")
    return name


def result_of(*attempts: tuple[str, float, bool]) -> str | None:
    async def run() -> str | None:
        found = await first_of([partial(attempt, *one) for one in attempts])
        assert len(asyncio.all_tasks()) == 1, "an attempt was left running"
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("attempts", "winner"),
    [
        ([], None),
        ([("first", 0.0, False), ("second", 0.0, False)], "first"),
        ([("broken", 0.0, True), ("second", 0.0, False)], "second"),
        ([("silent", 60.0, False), ("second", 0.0, False)], "second"),
        ([("slow", 0.6, False), ("slower", 60.0, False)], "slow"),
        ([("broken", 0.0, True), ("broken", 0.0, True)], None),
    ],
)
def test_the_first_that_works_wins(
    attempts: list[tuple[str, float, bool]], winner: str | None
) -> None:
    assert result_of(*attempts) == winner


def test_a_bug_in_an_attempt_is_not_taken_for_silence() -> None:
    async def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(first_of([broken]))
