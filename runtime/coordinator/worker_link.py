"""The coordinator's end of one machine: its worker's control connection, and its requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import zmq.asyncio
from msgspec.structs import replace

from runtime.coordinator.engine_link import EngineAddress
from runtime.errors import HPipeError, Refused
from runtime.messages.control import (
    AdmitKeys,
    CancelFetch,
    ControlReply,
    Describe,
    Described,
    EngineDied,
    EngineStarted,
    FetchParts,
    ForgetMachine,
    LinkMeasured,
    ListModels,
    ListPaired,
    MachineDescription,
    MachinePaired,
    MeasureLink,
    ModelsListed,
    OfferPairing,
    PairedListed,
    PairedMachine,
    PairingOffered,
    RememberMachine,
    StartEngine,
    control_reply_codec,
)
from runtime.messages.stage import Peer
from runtime.models.manifest import ModelManifest
from runtime.transport.connection import Connection
from runtime.transport.curve import KeyPair
from runtime.trust.names import plain_name
from runtime.version import PROTOCOL_VERSION

ENGINE_START_SECONDS = 120.0
LINK_SECONDS = 60.0

EngineDeathListener = Callable[["WorkerLink", EngineDied], None]
LossListener = Callable[["WorkerLink", HPipeError], None]
PairedListener = Callable[[MachinePaired], None]
ByteListener = Callable[[int, int], None]


class WorkerLink:
    """An open, encrypted connection to a paired machine's worker."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        address: str,
        machine_id: str,
        keys: KeyPair,
        *,
        own_name: str,
        on_engine_died: EngineDeathListener,
        on_lost: LossListener,
    ) -> None:
        self.machine_id = machine_id
        self.host = address.rpartition(":")[0]
        self.description: MachineDescription | None = None
        self.on_paired: PairedListener | None = None
        self._own_name = own_name
        self._on_engine_died = on_engine_died
        self._connection: Connection[ControlReply] = Connection(
            context,
            address,
            keys,
            machine_id,
            control_reply_codec,
            on_event=self._on_event,
            on_lost=lambda problem: on_lost(self, problem),
        )

    @property
    def lost(self) -> HPipeError | None:
        return self._connection.lost

    @property
    def name(self) -> str:
        return self.description.name if self.description else self._connection.address

    @property
    def control_peers(self) -> tuple[str, ...]:
        """Where other machines may reach this one: the address we use first, then its own list."""
        if self.description is None:
            return (self._connection.address,)
        port = self.description.control_port
        hosts = dict.fromkeys((self.host, *self.description.addresses))
        return tuple(f"{host}:{port}" for host in hosts)

    async def open(self) -> MachineDescription:
        """Connect, say who we are, learn what the machine is. Raises Refused or NetworkError."""
        await self._connection.open()
        try:
            return await self.describe()
        except BaseException:
            await self.close()
            raise

    async def describe(self) -> MachineDescription:
        """The machine as it is now: its free memory and load change."""
        request = Describe(protocol=PROTOCOL_VERSION, name=self._own_name)
        described = await self._connection.ask(request, Described, timeout_seconds=10.0)
        # Paired, but still another machine: its words are shown to people.
        description = printable(described.machine)
        if description.protocol != PROTOCOL_VERSION:
            raise Refused(
                f"{description.name} runs HPipe {description.version}, whose protocol differs.",
                "Bring both machines to the same version.",
            )
        self.description = description
        return description

    async def admit(self, keys: Sequence[str]) -> None:
        await self._connection.request(AdmitKeys(keys=tuple(keys)))

    async def start_engine(self, device_id: str, threads: int | None = None) -> EngineAddress:
        started = await self._connection.ask(
            StartEngine(device_id=device_id, threads=threads),
            EngineStarted,
            timeout_seconds=ENGINE_START_SECONDS,
        )
        return EngineAddress(
            machine_id=self.machine_id,
            machine_name=self.name,
            device_id=device_id,
            host=self.host,
            command_port=started.command_port,
            activation_port=started.activation_port,
        )

    async def measure_link(self, other: WorkerLink, *, quick: bool = False) -> LinkMeasured:
        """From this machine to another that has admitted this one's key; quick: no bandwidth."""
        return await self._connection.ask(
            MeasureLink(addresses=other.control_peers, public_key=other.machine_id, quick=quick),
            LinkMeasured,
            timeout_seconds=LINK_SECONDS,
        )

    async def installed_parts(self) -> dict[str, tuple[str, ...]]:
        return (await self._connection.ask(ListModels(), ModelsListed)).parts

    async def fetch_parts(
        self,
        manifest: ModelManifest,
        parts: Sequence[str],
        sources: Sequence[Peer],
        on_progress: ByteListener,
    ) -> None:
        """Have the machine get parts it lacks; ends when they are on its disk, checked."""

        def tell(body: Any, _payload: Sequence[memoryview]) -> None:
            on_progress(body.bytes_done, body.bytes_total)

        await self._connection.request(
            FetchParts(manifest=manifest, parts=tuple(parts), sources=tuple(sources)),
            timeout_seconds=None,
            on_progress=tell,
        )

    async def cancel_fetch(self, model_id: str) -> None:
        await self._connection.request(CancelFetch(model_id=model_id))

    # What only this machine's own worker grants

    async def offer_pairing(self) -> PairingOffered:
        return await self._connection.ask(OfferPairing(), PairingOffered)

    async def paired_machines(self) -> tuple[PairedMachine, ...]:
        return (await self._connection.ask(ListPaired(), PairedListed)).machines

    async def remember(self, public_key: str, name: str) -> None:
        await self._connection.request(RememberMachine(public_key=public_key, name=name))

    async def forget(self, public_key: str) -> None:
        await self._connection.request(ForgetMachine(public_key=public_key))

    async def close(self) -> None:
        await self._connection.close()

    def _on_event(self, body: Any, _payload: Sequence[memoryview]) -> None:
        if isinstance(body, EngineDied):
            self._on_engine_died(self, body)
        elif isinstance(body, MachinePaired) and self.on_paired is not None:
            self.on_paired(body)


def printable(machine: MachineDescription) -> MachineDescription:
    """The same description, its words safe to show."""
    return replace(
        machine,
        name=plain_name(machine.name),
        system=plain_name(machine.system, ""),
        version=plain_name(machine.version, "of unknown version"),
        devices=tuple(
            replace(device, name=plain_name(device.name, device.kind[:10]))
            for device in machine.devices
        ),
        busy_for=plain_name(machine.busy_for, ""),
    )
