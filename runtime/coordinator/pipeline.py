"""A chain of engines with a model's layers loaded: chunks go in, token ids come out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import zmq.asyncio
from msgspec import Struct

from runtime.coordinator.engine_link import EngineAddress, EngineLink
from runtime.coordinator.traffic import Traffic
from runtime.errors import EngineError, HPipeError, MachineLost, NetworkError, error_from_wire
from runtime.messages.envelope import Done
from runtime.messages.stage import (
    ActivationFormat,
    CancelSession,
    Chunk,
    ChunkFailed,
    ChunkRecord,
    CloseSession,
    LoadStage,
    OpenSession,
    Output,
    Peer,
    Produced,
    Sampling,
    StageLoaded,
    StageTaken,
    TruncateSession,
)
from runtime.models.manifest import ModelManifest
from runtime.planner.values import StagePlan
from runtime.transport.connection import EventListener
from runtime.transport.curve import KeyPair

RecordListener = Callable[[str, ChunkRecord], None]
LoadListener = Callable[[int, int, int], None]

LOAD_SECONDS = 1_800.0
SESSION_SECONDS = 60.0
# A connection breaks at once when an engine dies; why it died, its worker tells a moment later.
EXPLANATION_SECONDS = 0.5


class Outcome(Struct, frozen=True):
    """What the last stage made of a chunk: ids, and float32 logits (rows, vocabulary) if asked."""

    token_ids: tuple[int, ...]
    logits: np.ndarray[Any, np.dtype[np.float32]] | None = None


class StagePlacement(Struct, frozen=True, kw_only=True):
    """A planned stage on a running engine, with the address the stage before reaches it at."""

    stage: StagePlan
    engine: EngineAddress
    host_from_previous: str | None = None


class Pipeline:
    """Loaded stages in order. One failure of any stage fails everything that waits on it."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        placements: Sequence[StagePlacement],
        keys: KeyPair,
        on_record: RecordListener,
        owner: str = "",
    ) -> None:
        """owner is what other coordinators are told the engines work for."""
        self.placements = tuple(placements)
        self.traffic = Traffic(len(self.placements))
        self._on_record = on_record
        self._owner = owner
        self._own_id = keys.public_key
        self._links = [
            EngineLink(context, placement.engine, keys, self._on_event, self._on_lost)
            for placement in placements
        ]
        self._outcomes: dict[tuple[str, int], asyncio.Future[Outcome]] = {}
        self._sequences: dict[str, int] = {}
        self._generations: dict[str, int] = {}
        self._failed_sessions: dict[str, HPipeError] = {}
        self._activation_format: ActivationFormat = "bfloat16"
        self.weight_bits = 16
        self._broken: HPipeError | None = None
        self._suspected: HPipeError | None = None
        self._broke_off = asyncio.Event()
        self._explanation: asyncio.TimerHandle | None = None

    @property
    def broken(self) -> HPipeError | None:
        """Why the pipeline can no longer be used, or None."""
        return self._broken or self._suspected

    async def open(self) -> None:
        try:
            await asyncio.gather(*(link.open() for link in self._links))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._explanation is not None:
            self._explanation.cancel()
        await asyncio.gather(*(link.close() for link in self._links))
        self.break_off(NetworkError("The connection was closed."))

    async def load(
        self,
        manifest: ModelManifest,
        *,
        weight_bits: int = 16,
        activation_format: ActivationFormat = "bfloat16",
        on_progress: LoadListener | None = None,
    ) -> None:
        """Load every stage's layers, all at once. on_progress(stage, bytes done, bytes total)."""
        self._activation_format, self.weight_bits = activation_format, weight_bits
        await asyncio.gather(
            *(
                self._load_stage(index, manifest, weight_bits, on_progress)
                for index in range(len(self._links))
            )
        )

    async def _load_stage(
        self,
        index: int,
        manifest: ModelManifest,
        weight_bits: int,
        on_progress: LoadListener | None,
    ) -> None:
        placement = self.placements[index]
        following: Peer | None = None
        if index + 1 < len(self.placements):
            next_placement = self.placements[index + 1]
            following = next_placement.engine.activation_peer(next_placement.host_from_previous)
        owner = self._owner
        if placement.engine.machine_id == self._own_id:
            owner = "a window of its own"
        previous_keys = (self.placements[index - 1].engine.machine_id,) if index else ()
        command = LoadStage(
            model_id=manifest.model_id,
            config=manifest.config,
            layer_count=manifest.layer_count,
            first_layer=placement.stage.first_layer,
            last_layer=placement.stage.last_layer,
            stage=index,
            weight_bits=weight_bits,  # type: ignore[arg-type]
            activation_format=self._activation_format,
            next_stage=following,
            admitted_keys=previous_keys,
            coordinator=owner,
            memory_limit_bytes=placement.stage.memory_limit_bytes or None,
        )

        def tell(body: Any, _payload: Sequence[memoryview]) -> None:
            if on_progress is not None:
                on_progress(index, body.bytes_done, body.bytes_total)

        await self._ask(self._links[index], command, StageLoaded, LOAD_SECONDS, tell)

    async def open_session(
        self,
        session: str,
        capacity_tokens: int,
        sampling: Sampling,
        *,
        takes_spare: bool = True,
    ) -> None:
        """Make room for the session on every stage, or on none.

        takes_spare: stages may become slower for it, if there is no other memory.
        """
        command = OpenSession(
            session=session,
            capacity_tokens=capacity_tokens,
            sampling=sampling,
            takes_spare=takes_spare,
        )
        results = await asyncio.gather(
            *(self._ask(link, command, Done, SESSION_SECONDS) for link in self._links),
            return_exceptions=True,
        )
        problems = [result for result in results if isinstance(result, BaseException)]
        if problems:
            await self.close_session(session)
            raise problems[0]
        self._sequences[session] = 0
        self._generations[session] = 0

    async def truncate_session(self, session: str, tokens: int, sampling: Sampling) -> None:
        """Keep the first `tokens` tokens; what is read next is answered with this sampling."""
        await self._ask_all(TruncateSession(session=session, tokens=tokens, sampling=sampling))

    async def cancel_session(self, session: str) -> None:
        """Drop what is queued; whoever waits for an outcome of this session is cancelled."""
        self._generations[session] = self._generations.get(session, 0) + 1
        self._failed_sessions.pop(session, None)
        self.traffic.forget(session)
        for (owner, _), waiting in self._outcomes.items():
            if owner == session and not waiting.done():
                waiting.cancel()
        await self._ask_all(CancelSession(session=session))

    async def close_session(self, session: str) -> None:
        """Give back the session's memory wherever an engine still answers."""
        self._sequences.pop(session, None)
        self._generations.pop(session, None)
        self._failed_sessions.pop(session, None)
        self.traffic.forget(session)
        await asyncio.gather(
            *(
                link.connection.request(
                    CloseSession(session=session), timeout_seconds=SESSION_SECONDS
                )
                for link in self._links
                if link.connection.lost is None
            ),
            return_exceptions=True,
        )

    async def rest(self) -> None:
        """The job is over: until the next one, other coordinators may use the engines."""
        for link in self._links:
            await link.rest()

    async def _ask_all(self, command: Struct) -> None:
        await asyncio.gather(
            *(self._ask(link, command, Done, SESSION_SECONDS) for link in self._links)
        )

    async def _ask(
        self,
        link: EngineLink,
        command: Struct,
        kind: type[Struct],
        timeout_seconds: float,
        on_progress: EventListener | None = None,
    ) -> None:
        """A request to one stage. If the stage is lost, raises why it is lost."""
        try:
            await link.ask(command, kind, timeout_seconds, on_progress)
        except HPipeError:
            if self._suspected is None:
                raise
            raise await self._explained() from None

    async def _explained(self) -> HPipeError:
        """Why the pipeline is lost, once the worker concerned had a moment to say so."""
        await self._broke_off.wait()
        return self._broken or NetworkError("The connection was closed.")

    async def feed(
        self,
        session: str,
        position: int,
        token_ids: Sequence[int],
        output: Output = "none",
        *,
        rewinds: bool = False,
        is_step: bool = False,
    ) -> int:
        """Send one chunk into the first stage and return its sequence number.

        With an output, `outcome(session, number)` waits for it. If it rewinds, the stages first
        forget what they hold from position on. A step goes before the chunks of other sessions.
        """
        if self.broken is not None:
            raise await self._explained()
        if session in self._failed_sessions:
            raise self._failed_sessions[session]
        if session not in self._sequences:
            raise EngineError("The session was closed.", "Ask again.")
        sequence = self._sequences[session]
        self._sequences[session] = sequence + 1
        if output != "none":
            self._outcomes[session, sequence] = asyncio.get_running_loop().create_future()
        chunk = Chunk(
            session=session,
            sequence=sequence,
            position=position,
            tokens=len(token_ids),
            output=output,
            generation=self._generations[session],
            rewinds=rewinds,
            is_step=is_step,
            activation_format=self._activation_format,
        )
        ids = np.asarray(token_ids, dtype=np.int32)
        try:
            await self._links[0].connection.tell(chunk, [ids.tobytes()])
        except BaseException:
            self._outcomes.pop((session, sequence), None)
            raise
        if not is_step:
            self.traffic.sent(session, sequence)
        return sequence

    def last_fed(self, session: str) -> int:
        """The sequence number of the newest chunk of a session, -1 before the first."""
        return self._sequences.get(session, 0) - 1

    async def outcome(self, session: str, sequence: int) -> Outcome:
        """What the last stage made of a chunk fed with an output. Raises what broke the run."""
        waiting = self._outcomes[session, sequence]
        try:
            return await waiting
        finally:
            self._outcomes.pop((session, sequence), None)

    def _on_event(self, link: EngineLink, body: Any, payload: Sequence[memoryview]) -> None:
        match body:
            case ChunkRecord():
                if link is self._links[-1]:
                    self.traffic.passed(body.session, body.sequence)
                aligned = body.started_at + link.clock_offset_seconds
                self._on_record(
                    link.address.machine_id, msgspec.structs.replace(body, started_at=aligned)
                )
            case Produced():
                waiting = self._outcomes.get((body.session, body.sequence))
                if waiting is not None and not waiting.done():
                    waiting.set_result(_outcome(body, payload))
            case StageTaken():
                name = link.address.machine_name
                self.break_off(
                    MachineLost(f"{name} works for {body.by} now.", "Ask again when that is done.")
                )
            case ChunkFailed() if body.session in self._sequences:
                self._fail(error_from_wire(body.kind, body.message, body.hint), body.session)

    def _on_lost(self, link: EngineLink, problem: HPipeError) -> None:
        if self.broken is not None:
            return
        self._suspected = MachineLost(
            f"{link.address.machine_name} stopped answering.",
            f"{problem.message} Check that it is on and connected, then ask again.",
        )
        self._explanation = asyncio.get_running_loop().call_later(
            EXPLANATION_SECONDS, self.break_off, self._suspected
        )

    def break_off(self, problem: HPipeError) -> None:
        """A stage is known to be gone (its worker said why): end everything that waits."""
        if self._broken is None:
            self._broken = problem
            self._broke_off.set()
        self._fail(self._broken)

    def _fail(self, problem: HPipeError, session: str | None = None) -> None:
        if session is not None:
            self._failed_sessions[session] = problem
        self.traffic.forget(session)
        for (owner, _), waiting in self._outcomes.items():
            if session in (None, owner) and not waiting.done():
                waiting.set_exception(problem)
                waiting.exception()  # seen: whoever fed the chunk may never come to ask for it


def _outcome(body: Produced, payload: Sequence[memoryview]) -> Outcome:
    if not payload:
        return Outcome(token_ids=body.token_ids)
    rows = np.frombuffer(payload[0], dtype=np.float32)
    if body.tokens == 0 or rows.size % body.tokens:
        raise EngineError("The last stage sent logits of a wrong shape.")
    return Outcome(token_ids=body.token_ids, logits=rows.reshape(body.tokens, -1))
