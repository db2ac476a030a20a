"""The coordinator's end of one machine: its worker's control connection, and its requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import zmq.asyncio

from runtime.coordinator.engine_link import EngineAddress
from runtime.errors import HPipeError, Refused
from runtime.messages.control import (
    AdmitKeys,
    CancelFetch,
    ControlReply,
    Describe,
    DeviceDescription,
    EngineDied,
    FetchParts,
    ForgetMachine,
    LinkMeasured,
    ListModels,
    ListPaired,
    MachineDescription,
    MachinePaired,
    MeasureLink,
    OfferPairing,
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
        answer = await self._connection.request(
            Describe(protocol=PROTOCOL_VERSION, name=self._own_name), timeout_seconds=10.0
        )
        description: MachineDescription = answer.body.machine
        if description.protocol != PROTOCOL_VERSION:
            raise Refused(
                f"{description.name} runs HPipe {description.version}, whose protocol differs.",
                "Bring both machines to the same version.",
            )
        self.description = description
        return description

    def device(self, device_id: str) -> DeviceDescription:
        devices = self.description.devices if self.description else ()
        for device in devices:
            if device.device_id == device_id:
                return device
        raise Refused(f"{self.name} has no device {device_id}.", "Plan again.")

    async def admit(self, keys: Sequence[str]) -> None:
        await self._connection.request(AdmitKeys(keys=tuple(keys)))

    async def start_engine(self, device_id: str, threads: int | None = None) -> EngineAddress:
        answer = await self._connection.request(
            StartEngine(device_id=device_id, threads=threads), timeout_seconds=ENGINE_START_SECONDS
        )
        return EngineAddress(
            machine_id=self.machine_id,
            machine_name=self.name,
            device_id=device_id,
            device_name=self.device(device_id).name,
            host=self.host,
            command_port=answer.body.command_port,
            activation_port=answer.body.activation_port,
        )

    async def measure_link(self, other: WorkerLink, *, quick: bool = False) -> LinkMeasured:
        """From this machine to another that has admitted this one's key; quick: no bandwidth."""
        answer = await self._connection.request(
            MeasureLink(addresses=other.control_peers, public_key=other.machine_id, quick=quick),
            timeout_seconds=LINK_SECONDS,
        )
        measured: LinkMeasured = answer.body
        return measured

    async def installed_parts(self) -> dict[str, tuple[str, ...]]:
        answer = await self._connection.request(ListModels())
        parts: dict[str, tuple[str, ...]] = answer.body.parts
        return parts

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
        offered: PairingOffered = (await self._connection.request(OfferPairing())).body
        return offered

    async def paired_machines(self) -> tuple[PairedMachine, ...]:
        machines: tuple[PairedMachine, ...] = (
            await self._connection.request(ListPaired())
        ).body.machines
        return machines

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
