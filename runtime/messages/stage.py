"""What a coordinator and an engine say to each other, and what travels from stage to stage.

An engine binds two sockets: a ROUTER for commands (from coordinators) and a PULL for activations
(from the stage before it). Chunks enter the first stage as token ids over its command socket; every
later stage gets hidden states on its PULL socket. Token ids, logits and telemetry go back to the
coordinator as events on the command socket.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from runtime.messages.envelope import Codec, Done, Failure
from runtime.planner.values import DeviceMeasurement

ActivationFormat = Literal["float32", "bfloat16", "float16", "int8"]
Output = Literal["none", "sample", "greedy_rows", "logits"]


class Peer(Struct, frozen=True, kw_only=True):
    """Where an engine's socket is and the CURVE public key (Z85, 40 characters) it must show."""

    address: str
    public_key: str


class LoadStage(Struct, frozen=True, kw_only=True, tag="load_stage"):
    """Load layers [first_layer, last_layer) of a model that is on the engine's own disk.

    Answered by StageLoaded once the weights are in the device's memory; LoadProgress events come
    before it. Replaces whatever was loaded, also what another coordinator loaded, who is then told
    by StageTaken; while that one's job is under way it is refused. coordinator is the name of the
    machine that asks. next_stage is None for the last stage. admitted_keys may send activations
    here while this stage is loaded.
    """

    model_id: str
    config: dict[str, Any]
    layer_count: int
    first_layer: int
    last_layer: int
    stage: int
    weight_bits: Literal[4, 8, 16, 32] = 16
    activation_format: ActivationFormat = "bfloat16"
    next_stage: Peer | None = None
    admitted_keys: tuple[str, ...] = ()
    coordinator: str = ""
    memory_limit_bytes: int | None = None


class StageLoaded(Struct, frozen=True, kw_only=True, tag="stage_loaded"):
    """The stage is ready; attention names the implementation that was chosen."""

    weight_bytes: int
    seconds: float
    attention: str


class RestStage(Struct, frozen=True, kw_only=True, tag="rest_stage"):
    """Event: the job is over. Layers and sessions stay until another coordinator needs the place;
    the next session, truncation or chunk begins another job."""


class StageWanted(Struct, frozen=True, kw_only=True, tag="stage_wanted"):
    """Event to whom the engine works for: another one was refused. That it arrives is all it is
    for, since a coordinator that is gone is not waited for."""


class StageTaken(Struct, frozen=True, kw_only=True, tag="stage_taken"):
    """Event to whose layers were loaded: `by` has put its own in their place."""

    by: str


class LoadProgress(Struct, frozen=True, kw_only=True, tag="load_progress"):
    stage: int
    bytes_done: int
    bytes_total: int


class Sampling(Struct, frozen=True, kw_only=True):
    """temperature 0 is greedy. top_p in (0, 1]; top_k 0 is off."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0


class OpenSession(Struct, frozen=True, kw_only=True, tag="open_session"):
    """Make room for one document's KV cache of up to capacity_tokens; answered by Done.

    takes_spare: memory that is kept for speed alone is given up for it, if there is no other.
    """

    session: str
    capacity_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    takes_spare: bool = True


class TruncateSession(Struct, frozen=True, kw_only=True, tag="truncate_session"):
    """Forget everything from position `tokens` on, to reuse a common prefix; answered by Done.

    sampling, if given, is how the answer that follows is drawn.
    """

    session: str
    tokens: int
    sampling: Sampling | None = None


class CloseSession(Struct, frozen=True, kw_only=True, tag="close_session"):
    """Give the session's memory back and drop its queued chunks; answered by Done."""

    session: str


class CancelSession(Struct, frozen=True, kw_only=True, tag="cancel_session"):
    """Drop the session's queued chunks now and those still to arrive; the cache stays. -> Done."""

    session: str


class Chunk(Struct, frozen=True, kw_only=True, tag="chunk"):
    """One chunk of a session; an event (request 0) followed by payload frames.

    To the first stage: one int32 frame of token ids. To later stages: the hidden states, shape
    (tokens, hidden), in activation_format; for int8 a second frame holds bfloat16 scales.
    output says what the last stage sends back: nothing; one sampled id for the last row; the
    greedy id of each row; or float32 logits of every row. generation grows with each cancel, so
    that a chunk of a cancelled run is told from one of the next run. rewinds: what the stages hold
    from position on is forgotten first, such as guesses at tokens that turned out to be wrong.
    is_step: a step of an answer, which goes before the chunks of other sessions.
    """

    session: str
    sequence: int
    position: int
    tokens: int
    output: Output = "none"
    generation: int = 0
    rewinds: bool = False
    is_step: bool = False
    activation_format: ActivationFormat = "bfloat16"


class ChunkRecord(Struct, frozen=True, kw_only=True, tag="chunk_record"):
    """What one stage did with one chunk; the source of every graph and of recalibration.

    started_at is the engine's own monotonic clock when compute began; wait_seconds the time
    before it spent waiting for input; bytes_sent to the next stage (0 at the last one). is_step: of
    an answer, not of the reading.
    """

    session: str
    sequence: int
    stage: int
    first_layer: int
    last_layer: int
    position: int
    tokens: int
    started_at: float
    wait_seconds: float
    compute_seconds: float
    send_seconds: float
    bytes_sent: int
    memory_bytes: int = 0
    is_step: bool = False


class Produced(Struct, frozen=True, kw_only=True, tag="produced"):
    """What the last stage computed for a chunk with an output.

    token_ids holds one sampled id, or one greedy id per row. For "logits" the rows follow as one
    float32 payload frame of shape (tokens, vocabulary).
    """

    session: str
    sequence: int
    position: int
    tokens: int
    generation: int = 0
    token_ids: tuple[int, ...] = ()


class ChunkFailed(Struct, frozen=True, kw_only=True, tag="chunk_failed"):
    """A stage could not compute a chunk; the session is unusable on it from here on."""

    session: str
    sequence: int
    stage: int
    kind: str
    message: str
    hint: str = ""


class MeasureDevice(Struct, frozen=True, kw_only=True, tag="measure_device"):
    """Time layers of each kind of a model (random weights) on the device.

    layer_indices picks one representative layer per kind. Each (chunk, prefix) pair of
    chunk_lengths x prefix_lengths that the memory allows is timed; the head with chunks of one
    token, the embedding with longer ones. Answered by DeviceMeasured; MeasureProgress events come
    before it.
    """

    config: dict[str, Any]
    layer_indices: dict[str, int]
    chunk_lengths: tuple[int, ...]
    prefix_lengths: tuple[int, ...]
    weight_bits: Literal[4, 8, 16, 32] = 16


class MeasureProgress(Struct, frozen=True, kw_only=True, tag="measure_progress"):
    fraction: float


class DeviceMeasured(Struct, frozen=True, kw_only=True, tag="device_measured"):
    measurement: DeviceMeasurement


class ReadClock(Struct, frozen=True, kw_only=True, tag="read_clock"):
    """Ask for the engine's monotonic clock, to place its records on the coordinator's."""


class Clock(Struct, frozen=True, kw_only=True, tag="clock"):
    seconds: float


EngineCommand = (
    LoadStage
    | OpenSession
    | TruncateSession
    | CloseSession
    | CancelSession
    | RestStage
    | Chunk
    | MeasureDevice
    | ReadClock
)
EngineReply = (
    StageLoaded
    | StageWanted
    | StageTaken
    | LoadProgress
    | ChunkRecord
    | Produced
    | ChunkFailed
    | MeasureProgress
    | DeviceMeasured
    | Clock
    | Done
    | Failure
)

engine_command_codec: Codec[EngineCommand] = Codec(EngineCommand)
engine_reply_codec: Codec[EngineReply] = Codec(EngineReply)
activation_codec: Codec[Chunk] = Codec(Chunk)
