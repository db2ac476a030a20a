"""What the window and the terminal see: frozen pictures of the pool, the models and the jobs."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from runtime.messages.control import DeviceDescription
from runtime.messages.stage import ChunkRecord, Sampling
from runtime.planner.values import Goal, Plan, PlanningProblem, PlanOutcome

MINUTES_OF_A_DAY = 24 * 60


class MachineState(Enum):
    """Where a machine stands, in the order it usually goes through."""

    FOUND = "found"
    CONNECTING = "connecting"
    PAIRED = "paired"
    MEASURING = "measuring"
    READY = "ready"
    WORKING = "working"
    LOST = "lost"
    REFUSED = "refused"


class LinkSnapshot(Struct, frozen=True, kw_only=True):
    """The measured link between this machine (or another) and a machine, one way."""

    from_machine_id: str
    to_machine_id: str
    latency_seconds: float
    bytes_per_second: float


class DeviceSnapshot(Struct, frozen=True, kw_only=True):
    """A device, and how fast it is on the chosen model (None until it is measured)."""

    description: DeviceDescription
    prefill_tokens_per_second: float | None = None
    decode_tokens_per_second: float | None = None


class Hours(Struct, frozen=True, kw_only=True):
    """When a machine takes part each day, in minutes after midnight by the clock of this machine.

    From the first minute up to the second, past midnight if that is the smaller one. Equal: always.
    """

    from_minute: Annotated[int, Meta(ge=0, lt=MINUTES_OF_A_DAY)]
    until_minute: Annotated[int, Meta(ge=0, lt=MINUTES_OF_A_DAY)]

    def hold(self, minute: int) -> bool:
        """Whether a minute of the day is within them."""
        length = (self.until_minute - self.from_minute) % MINUTES_OF_A_DAY
        return not length or (minute - self.from_minute) % MINUTES_OF_A_DAY < length


class MachineSnapshot(Struct, frozen=True, kw_only=True):
    """One machine. machine_id is its public key; detail says in words what its state means now."""

    machine_id: str
    name: str
    system: str = ""
    addresses: tuple[str, ...] = ()
    state: MachineState = MachineState.FOUND
    detail: str = ""
    progress: float | None = None
    devices: tuple[DeviceSnapshot, ...] = ()
    total_memory_bytes: int = 0
    free_memory_bytes: int = 0
    memory_limit_bytes: int | None = None
    cpu_percent: float = 0.0
    temperature_celsius: float | None = None
    is_this_machine: bool = False
    is_paired: bool = False
    is_included: bool = True
    hours: Hours | None = None
    is_off_hours: bool = False

    @property
    def may_take_part(self) -> bool:
        """Neither left out nor outside its hours."""
        return self.is_included and not self.is_off_hours


class PairingOffer(Struct, frozen=True, kw_only=True):
    """The code this machine shows, to be typed on another one before it expires."""

    code: str
    seconds_left: float


class PoolSnapshot(Struct, frozen=True, kw_only=True):
    """All machines known at a moment, this one first."""

    machines: tuple[MachineSnapshot, ...] = ()
    links: tuple[LinkSnapshot, ...] = ()
    notice: str = ""


class ModelSummary(Struct, frozen=True, kw_only=True):
    """A model that can be chosen. source is a folder, a file, a hub id or "demo".

    How much memory it takes is known of an installed one only, else it is 0.
    """

    model_id: str
    name: str
    source: str
    architecture: str = ""
    layer_count: int = 0
    context_tokens: int = 0
    total_bytes: int = 0
    weight_bytes: int = 0  # in memory, where formats may be wider or narrower than on disk
    cache_bytes_per_token: int = 0
    cache_bytes_of_windows: int = 0  # the most of the layers that look back a fixed way only
    is_installed: bool = True

    def memory_bytes(self, tokens: int) -> int:
        """About what all its layers need together while so many tokens are read."""
        cache = self.cache_bytes_per_token * tokens + self.cache_bytes_of_windows
        return self.weight_bytes + cache if self.weight_bytes else 0


class TransferSnapshot(Struct, frozen=True, kw_only=True):
    """A download, a conversion or a distribution of a model's layers under way."""

    name: str
    bytes_done: int
    bytes_total: int
    finished: bool = False


class PageAnchor(Struct, frozen=True, kw_only=True):
    """A place in a document's text: "Page 3" or a section's heading, and where it starts."""

    label: str
    start: int
    end: int


class DocumentSnapshot(Struct, frozen=True, kw_only=True):
    """A file read into text, with anchors that cover it in order."""

    path: str
    title: str
    text: str
    anchors: tuple[PageAnchor, ...]


class JobState(Enum):
    """The life of a job."""

    WAITING = "waiting"
    PLANNING = "planning"
    LOADING = "loading"
    READING = "reading"
    ANSWERING = "answering"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class JobRequest(Struct, frozen=True, kw_only=True):
    """A question about a document. plan None: the planner decides.

    follows names the job whose session is reused, so that the document is not read again.
    weight_bits are 16, 8 or 4, whatever the plan was made with.
    """

    document: DocumentSnapshot
    question: str
    model_id: str
    plan: Plan | None = None
    output_tokens: int = 256
    weight_bits: int = 16
    sampling: Sampling = Sampling()
    stop_strings: tuple[str, ...] = ()
    follows: str = ""


class StageShare(Struct, frozen=True, kw_only=True):
    """Proof of the split: what one stage really did."""

    machine: str
    device: str
    first_layer: int
    last_layer: int
    tokens_processed: int
    busy_seconds: float = 0.0


class Citation(Struct, frozen=True, kw_only=True):
    """A place of the document an answer rests on: its label, text range, and a short quote."""

    label: str
    start: int
    end: int
    quote: str = ""


class JobSnapshot(Struct, frozen=True, kw_only=True):
    """One job at a moment. seconds_left is an estimate of what remains of the reading.

    bytes_loaded of bytes_to_load tell how far the layers are sent, and then loaded.
    """

    job_id: str
    title: str
    question: str
    state: JobState
    document_path: str = ""
    model_name: str = ""
    prompt_tokens: int = 0
    bytes_loaded: int = 0
    bytes_to_load: int = 0
    tokens_read: int = 0
    tokens_reused: int = 0
    tokens_per_second: float = 0.0
    seconds_left: float | None = None
    answer: str = ""
    token_ids: tuple[int, ...] = ()
    citations: tuple[Citation, ...] = ()
    stages: tuple[StageShare, ...] = ()
    chunk_lengths: tuple[int, ...] = ()
    plan: Plan | None = None
    ttft_seconds: float | None = None
    decode_tokens_per_second: float | None = None
    bubble_fraction: float | None = None
    started_at: float = 0.0
    error: str = ""
    hint: str = ""


class PlanRequest(Struct, frozen=True, kw_only=True):
    """Which plan is wanted: for which model and lengths, with which goal, over which machines.

    weight_bits are those that layers keep their weights in: 16, 8 or 4.
    """

    model_id: str
    prompt_tokens: int
    output_tokens: int = 256
    goal: Goal = "fastest_answer"
    weight_bits: int = 16


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """A plan with the problem it solves, so that boundaries can be dragged on the spot."""

    problem: PlanningProblem
    outcome: PlanOutcome


class Finding(Struct, frozen=True, kw_only=True):
    """One answer to "why is my machine not here?": fine or not, and what to do."""

    title: str
    is_fine: bool
    detail: str


# Events, in the past tense; every one is a frozen value that may cross threads.


class PoolChanged(Struct, frozen=True):
    pool: PoolSnapshot


class ModelsChanged(Struct, frozen=True):
    models: tuple[ModelSummary, ...]


class TransferMoved(Struct, frozen=True):
    transfer: TransferSnapshot


class JobChanged(Struct, frozen=True):
    job: JobSnapshot


class ChunkFinished(Struct, frozen=True):
    """A stage finished a chunk; record.started_at is already on this process's monotonic clock."""

    job_id: str
    machine_id: str
    record: ChunkRecord


class LogWritten(Struct, frozen=True):
    """Something worth telling, in words. level is "info", "warning" or "error"."""

    level: str
    text: str
    at: float


Event = PoolChanged | ModelsChanged | TransferMoved | JobChanged | ChunkFinished | LogWritten
