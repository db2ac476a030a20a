"""Starting several workers of this machine, and breaking that off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import pytest

from runtime.coordinator import local_workers
from runtime.coordinator.local_workers import LocalWorkers
from runtime.coordinator.options import ServiceOptions
from runtime.errors import SetupError
from runtime.messages.spawn import WorkerConfig
from runtime.transport.curve import KeyPair


class Machines:
    """What is asked of a pool."""

    keys = KeyPair(public_key="own", secret_key="")

    def __init__(self) -> None:
        self.joined: list[str] = []

    async def join(self, _address: str, machine_id: str) -> None:
        self.joined.append(machine_id)


class Started:
    """A worker that runs, until it is stopped."""

    running: ClassVar[set[str]] = set()

    def __init__(self, config: WorkerConfig) -> None:
        self.ready = type("Ready", (), {"public_key": config.name, "control_port": 1})
        self.running.add(config.name)

    async def stop(self) -> None:
        self.running.discard(self.ready.public_key)


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What becomes of each start: an error, an event to wait for, or nothing special."""
    outcomes: dict[str, Any] = {}
    Started.running = set()

    async def start(config: WorkerConfig) -> Started:
        outcome = outcomes.get(config.name)
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return Started(config)

    monkeypatch.setattr(local_workers, "start_managed_worker", start)
    return outcomes


def options(folder: Path) -> ServiceOptions:
    return ServiceOptions(state=folder, cache=folder)


def test_they_join_under_their_numbers(tmp_path: Path, starts: dict[str, Any]) -> None:
    """Defect: measurements kept for "worker 2" are those of whichever started second."""

    async def scenario() -> None:
        slow = starts["Worker 1"] = asyncio.Event()
        workers, machines = LocalWorkers(), Machines()
        starting = asyncio.create_task(workers.start(3, options(tmp_path), machines))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        slow.set()
        await starting
        assert workers.machine_ids == ("Worker 1", "Worker 2", "Worker 3")
        assert sorted(machines.joined) == list(workers.machine_ids)
        await workers.stop()
        assert Started.running == set()

    asyncio.run(scenario())


def test_one_that_cannot_start_ends_the_others(tmp_path: Path, starts: dict[str, Any]) -> None:
    """Defect: an error leaves processes behind that nobody knows of."""
    starts["Worker 2"] = SetupError("No room.")

    async def scenario() -> None:
        workers: Any = LocalWorkers()
        with pytest.raises(SetupError, match="No room"):
            await workers.start(3, options(tmp_path), Machines())
        assert Started.running == set()

    asyncio.run(scenario())


def test_a_start_that_is_broken_off_ends_those_that_run(
    tmp_path: Path, starts: dict[str, Any]
) -> None:
    """Defect: Ctrl-C while the last of them starts leaves the first running until the very end."""

    async def scenario() -> None:
        starts["Worker 3"] = asyncio.Event()
        workers: Any = LocalWorkers()
        starting = asyncio.create_task(workers.start(3, options(tmp_path), Machines()))
        while len(Started.running) < 2:
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await workers.stop()
        assert Started.running == set()

    asyncio.run(scenario())
