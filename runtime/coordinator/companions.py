"""The paired machines: each is connected whenever it is here, with patience when that fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from runtime.coordinator.directory import Directory
from runtime.coordinator.known_addresses import KnownAddresses
from runtime.coordinator.neighbours import Neighbours
from runtime.coordinator.pool import Pool
from runtime.coordinator.worker_link import WorkerLink
from runtime.discovery.records import Sighting
from runtime.errors import HPipeError, NetworkError, Refused
from runtime.snapshots import MachineState
from runtime.version import PROTOCOL_VERSION

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
# A machine that said no will say so again until somebody pairs it or updates it.
REFUSED_PAUSE_SECONDS = 10.0
MOST_PLACES = 8


class Companions:
    """One task per paired machine keeps it in the pool."""

    def __init__(
        self,
        machines: Pool,
        directory: Directory,
        neighbours: Neighbours,
        known: KnownAddresses,
    ) -> None:
        self._machines = machines
        self._directory = directory
        self._neighbours = neighbours
        self._known = known
        self._names: dict[str, str] = {}
        self._wake: dict[str, asyncio.Event] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._connecting: dict[str, asyncio.Lock] = {}

    def __contains__(self, machine_id: str) -> bool:
        return machine_id in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._names))

    def add(self, machine_id: str, name: str) -> None:
        """From now on, connect to this machine whenever it is here."""
        is_new = machine_id not in self._names
        self._names[machine_id] = name
        if not is_new:
            return
        if self._directory.get(machine_id) is None:
            self._directory.found(machine_id, name, (), is_paired=True)
            self._directory.gone(machine_id)
        self._wake[machine_id] = asyncio.Event()
        self._keepers[machine_id] = asyncio.create_task(
            self._keep(machine_id), name=f"keep {name} connected"
        )
        earlier = self._known.get(machine_id, name)
        if earlier is not None:
            self._neighbours.expect(earlier)

    async def remove(self, machine_id: str) -> None:
        """Leave a machine, and connect to it no more."""
        self._names.pop(machine_id, None)
        self._known.forget(machine_id)
        self._wake.pop(machine_id, None)
        keeper = self._keepers.pop(machine_id, None)
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._machines.leave(machine_id)

    async def stop(self) -> None:
        """Connect to nobody any more; the connections that stand are the pool's to close."""
        keepers = tuple(self._keepers.values())
        self._keepers.clear()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    def wake(self, machine_id: str) -> None:
        """Something happened to this machine: look at it again now."""
        if machine_id in self._wake:
            self._wake[machine_id].set()

    def is_settled(self) -> bool:
        """Whether every paired machine is connected, or has said no."""
        return all(
            self._machines.is_connected(machine_id)
            or self._directory.machine(machine_id).state is MachineState.REFUSED
            for machine_id in self._names
        )

    async def connect(self, neighbour: Sighting) -> None:
        """Make a paired machine a member of the pool, and show why where that fails."""
        machine_id = neighbour.public_key
        async with self._connecting.setdefault(machine_id, asyncio.Lock()):
            if self._machines.is_connected(machine_id):
                return
            self._directory.connecting(machine_id)
            try:
                link = await self._join(machine_id)
            except Refused as problem:
                self._directory.refused(machine_id, problem)
                raise
            except HPipeError as problem:
                self._directory.lost(machine_id, problem)
                raise
            self._directory.joined(link)
            self._known.remember(neighbour)

    async def _keep(self, machine_id: str) -> None:
        wake = self._wake[machine_id]
        pause = FIRST_PAUSE_SECONDS
        while True:
            wake.clear()
            neighbour = self._neighbours.get(machine_id)
            seconds: float | None = None
            if neighbour is not None and neighbour.protocol == PROTOCOL_VERSION:
                try:
                    await self.connect(neighbour)
                    pause = FIRST_PAUSE_SECONDS
                except Refused:
                    seconds = REFUSED_PAUSE_SECONDS
                except HPipeError:
                    seconds = pause
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), seconds)

    async def _join(self, machine_id: str) -> WorkerLink:
        """At the first place where the machine itself answers."""
        problem: HPipeError = NetworkError("No address of this machine is known.")
        for place in self._neighbours.places(machine_id)[:MOST_PLACES]:
            try:
                await self._machines.join(str(place), machine_id)
                return self._machines.member(machine_id)
            except HPipeError as failed:
                problem = problem if isinstance(problem, Refused) else failed
        raise problem
