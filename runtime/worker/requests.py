"""What this worker does for each request on its control port, and for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import zmq.asyncio
from msgspec import Struct

from runtime.errors import Refused
from runtime.messages.control import (
    AdmitKeys,
    CancelFetch,
    ControlRequest,
    Describe,
    Described,
    FetchParts,
    ForgetMachine,
    ListModels,
    ListPaired,
    MachineDescription,
    MeasureLink,
    ModelsListed,
    OfferPairing,
    PairedListed,
    PairingOffered,
    Probe,
    ReadPart,
    RememberMachine,
    StartEngine,
)
from runtime.messages.envelope import Done
from runtime.models.store import ModelStore
from runtime.profiling.devices import Devices
from runtime.profiling.machine import describe_machine
from runtime.transport.connection import Answer
from runtime.transport.curve import KeyPair
from runtime.trust.guard import PairingGuard
from runtime.trust.identity import is_public_key
from runtime.trust.names import plain_name
from runtime.trust.pairings import Pairings
from runtime.version import PROTOCOL_VERSION, VERSION
from runtime.worker.engines import Engines
from runtime.worker.fetching import Fetcher
from runtime.worker.guests import Guests, Standing
from runtime.worker.links import echo, measure_link
from runtime.worker.server import Tell
from runtime.worker.visitors import Visitor
from runtime.worker.weights import read_part

# What workers that were never paired with each other need of each other during a job.
_FOR_VOUCHED = (Describe, Probe, ListModels, ReadPart)
# What only the window on this machine may ask: a paired machine cannot pair further ones.
_FOR_OWN = (OfferPairing, ListPaired, RememberMachine, ForgetMachine)


class Household(Struct, frozen=True, kw_only=True):
    """The parts of a worker that its answers need."""

    context: zmq.asyncio.Context
    keys: KeyPair
    name: str
    addresses: Callable[[], tuple[str, ...]]
    control_port: int
    store: ModelStore
    devices: Devices
    memory_limit_bytes: int | None
    engines: Engines
    fetcher: Fetcher
    guests: Guests
    pairings: Pairings
    guard: PairingGuard


class Requests:
    """Answers typed requests. on_visit hears of every connection that introduced itself."""

    def __init__(
        self,
        house: Household,
        *,
        visitors: Callable[[], tuple[Visitor, ...]],
        drop: Callable[[str], None],
        on_visit: Callable[[Visitor], None],
        on_left: Callable[[Visitor], None],
    ) -> None:
        self._house = house
        self._visitors = visitors
        self._drop = drop
        self._on_visit = on_visit
        self._on_left = on_left

    async def answer(
        self,
        visitor: Visitor,
        request: ControlRequest,
        payload: Sequence[memoryview],
        tell: Tell,
    ) -> Answer:
        self._refuse_overreach(visitor, request)
        match request:
            case Probe():
                return echo(request, payload)
            case ReadPart():
                return await read_part(self._house.store, request)
            case FetchParts():
                await self._house.fetcher.fetch(request, tell, visitor.connection)
                return Answer(Done())
        return Answer(await self._reply(visitor, request))

    def left(self, visitor: Visitor) -> None:
        self._house.engines.visitor_left(visitor.connection)
        if visitor.name:
            self._on_left(visitor)

    async def _reply(self, visitor: Visitor, request: ControlRequest) -> Struct:  # noqa: PLR0911
        house = self._house
        match request:
            case Describe():
                return await self._introduce(visitor, request)
            case AdmitKeys():
                self._vouch(visitor, request)
            case StartEngine(device_id=device_id, threads=threads):
                devices = await asyncio.to_thread(house.devices.list)
                return await house.engines.start(devices, device_id, threads, visitor.connection)
            case MeasureLink():
                return await measure_link(house.context, house.keys, request)
            case ListModels():
                parts = await asyncio.to_thread(house.store.installed_parts)
                return ModelsListed(parts=parts)
            case CancelFetch(model_id=model_id):
                house.fetcher.cancel(model_id, visitor.connection)
            case OfferPairing():
                offer = house.guard.offer()
                return PairingOffered(code=offer.code, seconds_left=offer.seconds_left)
            case ListPaired():
                return PairedListed(machines=house.pairings.machines())
            case RememberMachine(public_key=public_key, name=name):
                house.guests.remember(public_key, name)
            case ForgetMachine(public_key=public_key):
                house.guests.forget(public_key)
                theirs = [each for each in self._visitors() if each.public_key == public_key]
                self._drop(public_key)
                # Engines only look at keys when somebody connects.
                await house.engines.stop_for(visitor.connection for visitor in theirs)
        return Done()

    async def _introduce(self, visitor: Visitor, request: Describe) -> Described:
        if request.protocol != PROTOCOL_VERSION:
            visitor.speaks_otherwise = True
            raise Refused(
                f"{self._house.name} runs HPipe {VERSION} with protocol {PROTOCOL_VERSION}, the "
                f"other machine speaks protocol {request.protocol}.",
                "Bring both machines to the same version.",
            )
        is_new = not visitor.name
        visitor.name = plain_name(request.name)
        if is_new:
            self._on_visit(visitor)
        engines, busy_for = self._house.engines.process_ids(), self._busy_for(visitor)
        return Described(machine=await asyncio.to_thread(self._describe, engines, busy_for))

    def _describe(self, engines: Mapping[str, int], busy_for: str) -> MachineDescription:
        """Reads files and may run a program: for a thread."""
        house = self._house
        return describe_machine(
            public_key=house.keys.public_key,
            name=house.name,
            addresses=house.addresses(),
            control_port=house.control_port,
            devices=house.devices.list(engines),
            store_directory=Path(house.store.root),
            limit_bytes=house.memory_limit_bytes,
            busy_for=busy_for,
        )

    def _busy_for(self, visitor: Visitor) -> str:
        """Who else has an engine of this machine in use, "" when nobody has."""
        users = self._house.engines.users()
        names = {
            other.name
            for other in self._visitors()
            if other.connection in users and other.public_key != visitor.public_key
        }
        return ", ".join(sorted(names))

    def _vouch(self, visitor: Visitor, request: AdmitKeys) -> None:
        if not all(map(is_public_key, request.keys)):
            raise Refused("These are not the keys of machines.")
        self._house.guests.vouch(visitor.connection, request.keys)

    def _refuse_overreach(self, visitor: Visitor, request: ControlRequest) -> None:
        standing = self._house.guests.standing(visitor.public_key)
        if visitor.speaks_otherwise and not isinstance(request, Describe):
            raise Refused(
                "The two machines speak different protocols.",
                "Bring both machines to the same version.",
            )
        if isinstance(request, _FOR_OWN):
            needed = Standing.OWN
        elif isinstance(request, _FOR_VOUCHED):
            needed = Standing.VOUCHED
        else:
            needed = Standing.PAIRED
        if standing < needed:
            raise Refused(
                f"{self._house.name} does not do this for this machine.",
                "Only the window on that machine may ask for it."
                if needed is Standing.OWN
                else "Pair the two machines first.",
            )
