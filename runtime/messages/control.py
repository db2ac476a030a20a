"""What a coordinator (or another worker) and a worker say to each other on the control port."""

from __future__ import annotations

from msgspec import Struct

from runtime.messages.envelope import Codec, Done, Failure
from runtime.messages.stage import Peer
from runtime.models.manifest import ModelManifest


class DeviceDescription(Struct, frozen=True, kw_only=True):
    """One thing that computes. kind is "cpu", "cuda", "mps" or "xpu"; index counts within kind."""

    device_id: str
    kind: str
    index: int
    name: str
    total_memory_bytes: int
    free_memory_bytes: int
    threads: int = 0


class MachineDescription(Struct, frozen=True, kw_only=True):
    """What a worker says of its machine."""

    public_key: str
    name: str
    system: str
    version: str
    protocol: int
    addresses: tuple[str, ...]
    control_port: int
    devices: tuple[DeviceDescription, ...]
    total_memory_bytes: int
    free_memory_bytes: int
    free_disk_bytes: int
    cpu_percent: float = 0.0
    temperature_celsius: float | None = None
    busy_for: str = ""


class Describe(Struct, frozen=True, kw_only=True, tag="describe"):
    """First request on every connection. Another protocol is answered with Failure (Refused)."""

    protocol: int
    name: str


class Described(Struct, frozen=True, kw_only=True, tag="described"):
    machine: MachineDescription


class AdmitKeys(Struct, frozen=True, kw_only=True, tag="admit_keys"):
    """A paired coordinator vouches for keys while its connection lasts, so that workers that were
    never paired with each other may exchange probes, weights and activations. -> Done."""

    keys: tuple[str, ...]


class StartEngine(Struct, frozen=True, kw_only=True, tag="start_engine"):
    """Start (or find running) the engine of a device; answered by EngineStarted."""

    device_id: str
    threads: int | None = None


class EngineStarted(Struct, frozen=True, kw_only=True, tag="engine_started"):
    """Ports of the engine's command and activation sockets; its key is the machine's key."""

    device_id: str
    command_port: int
    activation_port: int
    process_id: int


class EngineDied(Struct, frozen=True, kw_only=True, tag="engine_died"):
    """Event: an engine ended by itself; reason says why in plain words (out of memory, ...)."""

    device_id: str
    reason: str
    hint: str = ""


class Probe(Struct, frozen=True, kw_only=True, tag="probe"):
    """A link probe with one payload frame; answered by ProbeEcho with echo_bytes of payload."""

    echo_bytes: int = 0


class ProbeEcho(Struct, frozen=True, kw_only=True, tag="probe_echo"):
    received_bytes: int


class MeasureLink(Struct, frozen=True, kw_only=True, tag="measure_link"):
    """Measure the link from this worker to another's control port; answered by LinkMeasured.

    The first of the addresses ("host:port") that answers is used. quick finds that address and
    the latency alone; both bandwidths are then 0.
    """

    addresses: tuple[str, ...]
    public_key: str
    quick: bool = False


class LinkMeasured(Struct, frozen=True, kw_only=True, tag="link_measured"):
    """address is the one that answered; forward is from the measuring machine to the other."""

    address: str
    latency_seconds: float
    forward_bytes_per_second: float
    backward_bytes_per_second: float


class ListModels(Struct, frozen=True, kw_only=True, tag="list_models"):
    """Which models, and which parts of each, are on this machine; answered by ModelsListed."""


class ModelsListed(Struct, frozen=True, kw_only=True, tag="models_listed"):
    """model_id to the parts that are whole on this machine."""

    parts: dict[str, tuple[str, ...]]


class FetchParts(Struct, frozen=True, kw_only=True, tag="fetch_parts"):
    """Get these parts of a model from the first source that has them; FetchProgress, then Done.

    sources are the control ports of workers that hold the model.
    """

    manifest: ModelManifest
    parts: tuple[str, ...]
    sources: tuple[Peer, ...]


class FetchProgress(Struct, frozen=True, kw_only=True, tag="fetch_progress"):
    model_id: str
    bytes_done: int
    bytes_total: int


class ReadPart(Struct, frozen=True, kw_only=True, tag="read_part"):
    """Read a slice of a part: its tensors' bytes laid end to end in the manifest's order."""

    model_id: str
    part: str
    offset: int
    length: int


class PartSlice(Struct, frozen=True, kw_only=True, tag="part_slice"):
    """One payload frame follows. part_sha256 is of the whole part, given with its last slice."""

    offset: int
    part_sha256: str = ""


class CancelFetch(Struct, frozen=True, kw_only=True, tag="cancel_fetch"):
    """Stop fetching what this connection asked for of a model; what has come is kept. -> Done."""

    model_id: str


class PairedMachine(Struct, frozen=True, kw_only=True):
    """A machine this one was paired with; paired_at is in seconds since 1970."""

    public_key: str
    name: str
    paired_at: float


class OfferPairing(Struct, frozen=True, kw_only=True, tag="offer_pairing"):
    """Own key only: show a code for another machine to type; answered by PairingOffered."""


class PairingOffered(Struct, frozen=True, kw_only=True, tag="pairing_offered"):
    code: str
    seconds_left: float


class ListPaired(Struct, frozen=True, kw_only=True, tag="list_paired"):
    """Own key only: the machines this one was paired with; answered by PairedListed."""


class PairedListed(Struct, frozen=True, kw_only=True, tag="paired_listed"):
    machines: tuple[PairedMachine, ...]


class RememberMachine(Struct, frozen=True, kw_only=True, tag="remember_machine"):
    """Own key only: the pairing exchange proved this key; admit it from now on. -> Done."""

    public_key: str
    name: str


class ForgetMachine(Struct, frozen=True, kw_only=True, tag="forget_machine"):
    """Own key only: end a pairing; the machine's connections are dropped at once. -> Done."""

    public_key: str


class MachinePaired(Struct, frozen=True, kw_only=True, tag="machine_paired"):
    """Event to connections of the own key: somebody typed the code this machine showed."""

    public_key: str
    name: str


ControlRequest = (
    Describe
    | AdmitKeys
    | StartEngine
    | Probe
    | MeasureLink
    | ListModels
    | FetchParts
    | ReadPart
    | CancelFetch
    | OfferPairing
    | ListPaired
    | RememberMachine
    | ForgetMachine
)
ControlReply = (
    Described
    | EngineStarted
    | EngineDied
    | ProbeEcho
    | LinkMeasured
    | ModelsListed
    | FetchProgress
    | PartSlice
    | PairingOffered
    | PairedListed
    | MachinePaired
    | Done
    | Failure
)

control_request_codec: Codec[ControlRequest] = Codec(ControlRequest)
control_reply_codec: Codec[ControlReply] = Codec(ControlReply)
