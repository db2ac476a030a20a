"""What the planner takes and gives: measured devices and links in, a plan or a reason out.

Everything is frozen and free of I/O. Units are in the names. Machines and devices are named by
opaque ids; the planner never looks inside them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Goal = Literal["fastest_answer", "most_documents"]

EMBEDDING = "embedding"
HEAD = "head"
# Chunks that may wait between two stages, and on either side of a link.
QUEUE_DEPTH = 2


class LayerShape(Struct, frozen=True, kw_only=True):
    """One decoder layer, as far as its cost matters.

    kind groups layers of equal cost ("full", "sliding", "full+experts", ...): devices are measured
    once per kind. window_tokens is None where the layer attends to everything before it.
    """

    kind: str
    weight_bytes: int
    kv_bytes_per_token: int
    parameters_per_token: int
    window_tokens: int | None = None


class ModelShape(Struct, frozen=True, kw_only=True):
    """A model as the planner sees it.

    last_layer_share is the part of the last layer's work, attention aside, that leaves keys and
    values: all that is done in it for chunks whose outcome nobody reads, which are all but the
    last one of a prompt. 1 where it is not known.
    """

    name: str
    hidden_size: int
    vocabulary_size: int
    context_tokens: int
    layers: tuple[LayerShape, ...]
    embedding_bytes: int
    head_bytes: int
    intermediate_size: int = 0
    attention_heads: int = 0
    tied: bool = False
    last_layer_share: float = 1.0


class ComputeSample(Struct, frozen=True, kw_only=True):
    """One timing on a device.

    kind is a layer kind, or EMBEDDING or HEAD (then layers is 1). seconds is the whole time of
    `layers` layers for a chunk of chunk_tokens after prefix_tokens.
    """

    kind: str
    layers: int
    chunk_tokens: int
    prefix_tokens: int
    seconds: float


class SpareMemory(Struct, frozen=True, kw_only=True):
    """What an engine keeps of one layer of a kind, or of the HEAD, only to be faster."""

    kind: str
    kept_bytes: int


class DeviceMeasurement(Struct, frozen=True, kw_only=True):
    """What an engine measured of one device on one model's layers."""

    samples: tuple[ComputeSample, ...]
    free_memory_bytes: int
    # What an idle engine itself takes before any layer is loaded.
    floor_memory_bytes: int = 0
    spare: tuple[SpareMemory, ...] = ()


class ChunkCost(Struct, frozen=True, kw_only=True):
    """One layer for a chunk of this many tokens: seconds + per_pair * pairs."""

    tokens: int
    seconds: float
    per_pair_seconds: float


class LayerCost(Struct, frozen=True, kw_only=True):
    """Seconds of one layer: fixed + per_token * c + per_pair * pairs(c, h).

    pairs counts query-key pairs: c * h + c * (c + 1) / 2, cut to the window for sliding layers.
    decode_* hold for a chunk of one token, where kernels differ. by_length, where it is known,
    takes the place of the straight line: values at some chunk lengths, shortest first.
    """

    fixed_seconds: float
    per_token_seconds: float
    per_pair_seconds: float
    decode_fixed_seconds: float
    decode_per_context_token_seconds: float
    by_length: tuple[ChunkCost, ...] = ()


class DeviceProfile(Struct, frozen=True, kw_only=True):
    """A device the planner may use, with its fitted costs by layer kind."""

    machine_id: str
    device_id: str
    name: str
    layer_costs: dict[str, LayerCost]
    embedding: LayerCost
    head: LayerCost
    # Paid once per chunk by the stage, whatever its layers (messages, Python, launches).
    chunk_overhead_seconds: float
    memory_limit_bytes: int
    floor_memory_bytes: int = 0
    spare: tuple[SpareMemory, ...] = ()
    fit_error: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.machine_id}/{self.device_id}"


class LinkProfile(Struct, frozen=True, kw_only=True):
    """A one-way link between two machines: latency + bytes / bandwidth."""

    from_machine_id: str
    to_machine_id: str
    latency_seconds: float
    bytes_per_second: float


class PlanningProblem(Struct, frozen=True, kw_only=True):
    """All a plan depends on.

    Devices of one machine share memory bandwidth but not memory limits; a link between two devices
    of one machine need not be listed (loopback_link is used). main_machine_id is where the
    question is asked and the answer is read: tokens travel from and to it.
    """

    model: ModelShape
    devices: tuple[DeviceProfile, ...]
    links: tuple[LinkProfile, ...]
    prompt_tokens: int
    output_tokens: int = 256
    main_machine_id: str = ""
    goal: Goal = "fastest_answer"
    loopback_link: LinkProfile = LinkProfile(
        from_machine_id="", to_machine_id="", latency_seconds=2e-4, bytes_per_second=1e9
    )
    queue_depth: int = QUEUE_DEPTH
    # In how many bits layers keep their weights; the model's weight_bytes are counted so.
    weight_bits: int = 16
    # Documents of one length read side by side: every token of a chunk is this many rows.
    sequences: int = 1
    # Device keys in this order and no others, when a person fixed them; empty: the planner decides.
    fixed_order: tuple[str, ...] = ()
    # Chunk lengths are multiples of this; 0: the planner decides.
    chunk_grid_tokens: int = 0


class StagePlan(Struct, frozen=True, kw_only=True):
    """A contiguous range of layers on one device; last_layer is exclusive."""

    machine_id: str
    device_id: str
    first_layer: int
    last_layer: int
    memory_bytes: int
    memory_limit_bytes: int

    @property
    def key(self) -> str:
        return f"{self.machine_id}/{self.device_id}"

    @property
    def layer_count(self) -> int:
        return self.last_layer - self.first_layer


class TimelineBar(Struct, frozen=True):
    """One chunk on one stage (or on the link behind it), in seconds from the job's start."""

    stage: int
    chunk: int
    start_seconds: float
    end_seconds: float
    on_link: bool = False


class Prediction(Struct, frozen=True, kw_only=True):
    """What a plan is expected to cost."""

    ttft_seconds: float
    tpot_seconds: float
    answer_seconds: float
    documents_per_hour: float
    bubble_fraction: float
    slowest_stage: int
    stage_busy_seconds: tuple[float, ...]
    timeline: tuple[TimelineBar, ...]


class Alternative(Struct, frozen=True, kw_only=True):
    """Another plan that was weighed, and what it would have cost. None: it does not fit."""

    name: str
    ttft_seconds: float | None
    answer_seconds: float | None


class Plan(Struct, frozen=True, kw_only=True):
    """Who computes which layers, in which chunks, and what that is predicted to cost."""

    stages: tuple[StagePlan, ...]
    chunk_lengths: tuple[int, ...]
    prediction: Prediction
    activation_bits: int = 16
    weight_bits: int = 16
    reason: str = ""
    alternatives: tuple[Alternative, ...] = ()
    lower_bound_seconds: float = 0.0
    planning_seconds: float = 0.0


class Shortfall(Struct, frozen=True, kw_only=True):
    """How much one machine lacks for its best share."""

    machine_id: str
    device_id: str
    needed_bytes: int
    limit_bytes: int


class Infeasible(Struct, frozen=True, kw_only=True):
    """Nothing fits: why, in a sentence, and what would.

    weight_bits are the most with which it would fit as it is, or 0.
    """

    reason: str
    shortfalls: tuple[Shortfall, ...] = ()
    suggestions: tuple[str, ...] = ()
    weight_bits: int = 0


PlanOutcome = Plan | Infeasible
