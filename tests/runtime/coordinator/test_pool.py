"""The machines of a pool, and what happens when one of them does not do as it should."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from runtime.coordinator import pool as pools
from runtime.coordinator.pool import Pool
from runtime.errors import HPipeError, NetworkError
from runtime.messages.control import LinkMeasured
from runtime.transport.curve import new_key_pair


class Link:
    """A connection to a worker, in name only."""

    unreachable: frozenset[str] = frozenset()
    ends_after_its_answer = False

    def __init__(self, _context: Any, address: str, machine_id: str, *_: Any, **__: Any) -> None:
        self.machine_id = self.name = machine_id
        self.address = address
        self.lost: HPipeError | None = None
        self.closed = False
        self.admitted: list[str] = []

    async def open(self) -> str:
        if self.ends_after_its_answer:
            self.lost = NetworkError("The connection broke off.")
        return "a description"

    async def admit(self, keys: Sequence[str]) -> None:
        self.admitted += keys

    async def measure_link(self, other: Link, *, quick: bool = False) -> LinkMeasured:
        if other.machine_id in self.unreachable:
            raise NetworkError("Nobody answers.")
        return LinkMeasured(
            address=other.address,
            latency_seconds=0.001,
            forward_bytes_per_second=1.0,
            backward_bytes_per_second=1.0,
        )

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    monkeypatch.setattr(pools, "WorkerLink", Link)
    context: Any = None
    return Pool(context, new_key_pair(), "Window", lambda *_: None)


def test_two_machines_that_do_not_reach_each_other_do_not_keep_others_from_being_planned(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: a firewall on one of three machines leaves a person without any plan."""
    monkeypatch.setattr(Link, "unreachable", frozenset(("laptop",)))
    found: list[tuple[str, str]] = []

    async def scenario() -> None:
        machines = ("desk", "laptop", "tower")
        for machine_id in machines:
            await pool.join(f"{machine_id}:1", machine_id)
        await pool.measure_links(machines, lambda one, other, _: found.append((one, other)))

    asyncio.run(scenario())
    assert {frozenset(pair) for pair in found} == {
        frozenset(("desk", "tower")),
        frozenset(("laptop", "tower")),
    }


def test_a_machine_lost_right_after_its_answer_does_not_join(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: it is shown as connected for ever, and nobody looks for it again."""
    monkeypatch.setattr(Link, "ends_after_its_answer", True)
    with pytest.raises(NetworkError, match="broke off"):
        asyncio.run(pool.join("desk:1", "desk"))
    assert not pool.is_connected("desk")
    assert pool.members == {}
