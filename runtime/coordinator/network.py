"""The machines of a network: this one and the paired ones are kept in the pool, others shown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from runtime.coordinator.companions import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Companions
from runtime.coordinator.directory import Directory
from runtime.coordinator.events import EventHub
from runtime.coordinator.known_addresses import KnownAddresses
from runtime.coordinator.neighbours import Neighbours
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.own_worker import OwnWorker
from runtime.coordinator.pool import Pool
from runtime.coordinator.worker_link import WorkerLink
from runtime.discovery.addresses import HostPort, parse_address
from runtime.discovery.records import Sighting
from runtime.errors import HPipeError, NetworkError, PairingError, Refused
from runtime.messages.control import MachinePaired
from runtime.snapshots import PairingOffer
from runtime.trust.names import plain_name
from runtime.trust.pairing_client import other_version, pair_by_code
from runtime.version import PROTOCOL_VERSION

REFRESH_SECONDS = 2.0
RETRY_ADDRESS_SECONDS = 5.0


class Network:
    """Finds machines, pairs them, and holds a connection to each paired one that is here."""

    def __init__(
        self, options: ServiceOptions, machines: Pool, directory: Directory, events: EventHub
    ) -> None:
        self._options = options
        self._machines = machines
        self._directory = directory
        self._events = events
        self._own_id = machines.keys.public_key
        self._own_worker = OwnWorker(
            options, self._own_id, on_ended=self._own_worker_ended, on_notice=directory.notice
        )
        self._neighbours = Neighbours(
            self._own_id,
            options.machine_name,
            on_here=self._here,
            on_left=directory.gone,
            on_silent=self._silent,
            is_connected=machines.is_connected,
            interfaces=options.interfaces,
        )
        self._companions = Companions(
            machines, directory, self._neighbours, KnownAddresses(options.state_folder)
        )
        self._unanswered: set[HostPort] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reviving: asyncio.Task[None] | None = None
        self._is_running = False

    async def start(self) -> None:
        """Join this machine's worker and look for the others. Raises what keeps this one out."""
        self._is_running = True
        await self._join_own_worker()
        await self._neighbours.start()
        self._unanswered = {parse_address(text) for text in self._options.addresses}
        for address in self._unanswered:
            self._run(self._find_address(address), f"look at {address}")
        self._run(self._refresh(), "refresh descriptions")

    async def stop(self) -> None:
        """Leave the network and end what was started. Safe to call twice, or after a failure."""
        self._is_running = False
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._companions.stop()
        await self._neighbours.stop()
        await self._machines.leave(self._own_id)
        await self._own_worker.stop()

    async def settle(self, seconds: float) -> None:
        """Wait until the paired machines and typed addresses are here, this long at most.

        For a command that plans at once: machines that are on answer within a second or two.
        """
        changed = asyncio.Event()
        unsubscribe = self._events.subscribe(lambda _event: changed.set())
        try:
            async with asyncio.timeout(seconds):
                while self._unanswered or not self._companions.is_settled():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return
        finally:
            unsubscribe()

    # What a person asks for

    async def add_address(self, text: str) -> str:
        """Look for a machine at "host" or "host:port" and keep looking there; its id."""
        sighting = await self._neighbours.ask(parse_address(text))
        if sighting.public_key == self._own_id:
            raise NetworkError(
                "This is the address of this machine itself.", "Type that of another one."
            )
        self._companions.wake(sighting.public_key)
        return sighting.public_key

    async def pair(self, machine_id: str, code: str) -> None:
        """Pair by the code the other machine shows, and connect to it."""
        neighbour = self._neighbours.get(machine_id)
        if machine_id == self._own_id or neighbour is None:
            raise PairingError(
                "This machine is not on the network now.",
                "Start HPipe there, or add it by its address.",
            )
        own = self._own_link()
        await pair_by_code(
            HostPort(neighbour.hosts[0], neighbour.pairing_port),
            code,
            self._machines.keys,
            self._options.machine_name,
            machine_id,
        )
        await own.remember(machine_id, neighbour.name)
        self._companions.add(machine_id, neighbour.name)
        # What hinders the connection is shown with the machine, which is paired all the same.
        with contextlib.suppress(HPipeError):
            await self._companions.connect(neighbour)

    async def offer_pairing(self) -> PairingOffer:
        offered = await self._own_link().offer_pairing()
        return PairingOffer(code=offered.code, seconds_left=offered.seconds_left)

    async def forget(self, machine_id: str) -> None:
        """End the pairing with a machine, whether it is here or not."""
        if machine_id == self._own_id:
            raise Refused("This machine cannot forget itself.")
        await self._own_link().forget(machine_id)
        await self._companions.remove(machine_id)
        self._directory.removed(machine_id)
        neighbour = self._neighbours.get(machine_id)
        if neighbour is not None:
            self._here(neighbour)

    def lost(self, machine_id: str) -> None:
        """A member's connection ended: look where it is, and connect again when it is back."""
        if not self._is_running:
            return
        if machine_id == self._own_id:
            self._revive_own_worker()
            return
        self._neighbours.check_now(machine_id)
        self._companions.wake(machine_id)

    # This machine

    async def _join_own_worker(self) -> None:
        await self._machines.join(await self._own_worker.reach(), self._own_id)
        link = self._machines.member(self._own_id)
        link.on_paired = self._paired_by_code
        self._directory.joined(link, is_this_machine=True)
        for machine in await link.paired_machines():
            self._companions.add(machine.public_key, machine.name)

    def _own_link(self) -> WorkerLink:
        """Only this machine's worker pairs and forgets. NetworkError while there is none."""
        if not self._machines.is_connected(self._own_id):
            raise NetworkError(
                "The worker of this machine is not running at the moment.",
                "It is being started again: try in a few seconds.",
            )
        return self._machines.member(self._own_id)

    def _own_worker_ended(self, problem: HPipeError) -> None:
        self._events.say(str(problem), "error")
        self._revive_own_worker()

    def _revive_own_worker(self) -> None:
        """Start it again, once however many ways its end was noticed."""
        if self._is_running and (self._reviving is None or self._reviving.done()):
            self._reviving = self._run(self._start_own_worker_again(), "revive the own worker")

    async def _start_own_worker_again(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self._join_own_worker()
                return
            except HPipeError as problem:
                self._directory.lost(self._own_id, problem)
                self._events.say(str(problem), "error")
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    # Other machines

    def _here(self, sighting: Sighting) -> None:
        """A machine answered: it is shown, and connected to if it is paired."""
        machine_id = sighting.public_key
        is_paired = machine_id in self._companions
        addresses = tuple(
            str(HostPort(host, sighting.control_port)).rpartition(":")[0] for host in sighting.hosts
        )
        self._directory.found(machine_id, sighting.name, addresses, is_paired=is_paired)
        if sighting.protocol != PROTOCOL_VERSION:
            self._directory.refused(machine_id, other_version(sighting))
        elif is_paired:
            self._companions.wake(machine_id)

    def _silent(self, sighting: Sighting) -> None:
        """A machine announces itself, but its ports do not answer: show it with the reason."""
        self._directory.found(
            sighting.public_key,
            sighting.name,
            sighting.hosts,
            is_paired=sighting.public_key in self._companions,
        )
        self._directory.refused(
            sighting.public_key,
            NetworkError(
                f"It announces itself, but nothing answers at its port {sighting.control_port}.",
                "Let its firewall allow HPipe.",
            ),
        )

    def _paired_by_code(self, paired: MachinePaired) -> None:
        """Somebody typed our code on another machine."""
        name = plain_name(paired.name)
        self._events.say(f"Paired with {name}.")
        self._companions.add(paired.public_key, name)
        neighbour = self._neighbours.get(paired.public_key)
        if neighbour is not None:
            self._here(neighbour)

    async def _find_address(self, address: HostPort) -> None:
        """Look at a typed address until a machine answers; from then on it is a neighbour."""
        while True:
            try:
                sighting = await self._neighbours.ask(address)
                self._unanswered.discard(address)
                if sighting.public_key not in (*self._companions, self._own_id):
                    self._events.say(
                        f"{sighting.name} at {address} is not paired with this machine.", "warning"
                    )
                return
            except HPipeError as problem:
                self._events.say(str(problem), "warning")
            await asyncio.sleep(RETRY_ADDRESS_SECONDS)

    async def _refresh(self) -> None:
        """Fresh memory and load of every member, asked at once, a slow one holding up none."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            links = tuple(self._machines.members.values())
            await asyncio.gather(*(self._describe(link) for link in links))

    async def _describe(self, link: WorkerLink) -> None:
        with contextlib.suppress(HPipeError):  # a loss is told by the connection itself
            self._directory.described(link.machine_id, await link.describe())

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
