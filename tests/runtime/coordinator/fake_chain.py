"""A chain of engines inside the test: real sockets and messages, no model.

Each stage keeps its sessions as an engine does and refuses a chunk that does not follow what it
has read, so that a wrong position, a missing truncate or a leaked session fails a test.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import zmq
import zmq.asyncio
from msgspec import Struct

from runtime.coordinator.engine_link import EngineAddress
from runtime.coordinator.pipeline import Pipeline, StagePlacement
from runtime.messages.envelope import Done, Failure
from runtime.messages.stage import (
    CancelSession,
    Chunk,
    ChunkFailed,
    ChunkRecord,
    Clock,
    CloseSession,
    LoadProgress,
    LoadStage,
    OpenSession,
    Produced,
    ReadClock,
    Sampling,
    StageLoaded,
    TruncateSession,
    engine_command_codec,
    engine_reply_codec,
)
from runtime.planner.values import Plan, Prediction, StagePlan
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import make_server, new_key_pair

END = 0


class FakeSession:
    """What one stage has of a session."""

    def __init__(self, opened: OpenSession, identity: bytes) -> None:
        self.tokens: list[int] = []
        self.capacity = opened.capacity_tokens
        self.sampling: Sampling = opened.sampling
        self.identity = identity
        self.cancels = 0


class FakeStage:
    """One engine's command socket, served on the test's own loop."""

    def __init__(self, context: zmq.asyncio.Context, chain: FakeChain, index: int) -> None:
        self.keys = new_key_pair()
        self.sessions: dict[str, FakeSession] = {}
        self.loads = 0
        self._chain = chain
        self._index = index
        self._chunks: list[Chunk] = []
        self.stirred = asyncio.Event()
        self._ids: dict[tuple[str, int], list[int]] = {}
        self._socket = context.socket(zmq.ROUTER)
        bound_socket(self._socket)
        make_server(self._socket, self.keys)
        self.port = self._socket.bind_to_random_port("tcp://127.0.0.1")
        self._tasks = [asyncio.create_task(self._serve()), asyncio.create_task(self._compute())]

    async def die(self) -> None:
        """What the coordinator sees of a machine that is switched off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if not self._socket.closed:
            self._socket.close(linger=0)

    async def tell(self, session: str, event: Struct) -> None:
        """An event to whoever opened a session."""
        await self._reply(self.sessions[session].identity, 0, event)

    def take(self, chunk: Chunk, ids: list[int]) -> None:
        self._ids[chunk.session, chunk.sequence] = ids
        self._chunks.append(chunk)
        self.stirred.set()

    async def _serve(self) -> None:
        while True:
            identity, head, *payload = await self._socket.recv_multipart()
            envelope = engine_command_codec.decode(head)
            if isinstance(envelope.body, Chunk):
                ids = np.frombuffer(payload[0], dtype=np.int32).tolist()
                self.take(envelope.body, ids)
                continue
            self._chain.commands.append((self._index, envelope.body))
            try:
                reply = await self._obey(identity, envelope.request, envelope.body)
            except RefusedHere as problem:
                reply = Failure(kind=problem.kind, message=str(problem), hint="")
            await self._reply(identity, envelope.request, reply)

    async def _obey(self, identity: bytes, request: int, command: Any) -> Struct:
        hook = self._chain.on_command
        if hook is not None:
            await hook(self._index, command)
        match command:
            case ReadClock():
                return Clock(seconds=time.monotonic())
            case LoadStage():
                self.loads += 1
                self.sessions.clear()
                progress = LoadProgress(stage=self._index, bytes_done=5, bytes_total=10)
                await self._reply(identity, request, progress)
                return StageLoaded(weight_bytes=10, seconds=0.0, attention="none")
            case OpenSession():
                taken = sum(session.capacity for session in self.sessions.values())
                if command.capacity_tokens > min(
                    self._chain.largest_capacity, self._chain.total_capacity - taken
                ):
                    raise RefusedHere("DoesNotFit", "No room.")
                self.sessions[command.session] = FakeSession(command, identity)
            case TruncateSession():
                session = self._find(command.session)
                if not self._chain.can_truncate:
                    raise RefusedHere("EngineError", "The window has dropped it.")
                if command.tokens > len(session.tokens):
                    raise RefusedHere("EngineError", "There is less than that.")
                del session.tokens[command.tokens :]
                session.sampling = command.sampling or session.sampling
            case CancelSession():
                self._find(command.session).cancels += 1
                self._drop(command.session)
            case CloseSession():
                self._drop(command.session)
                self.sessions.pop(command.session, None)
        return Done()

    def _find(self, name: str) -> FakeSession:
        if name not in self.sessions:
            raise RefusedHere("EngineError", "The stage has no such session open.")
        return self.sessions[name]

    def _drop(self, session: str) -> None:
        self._chunks = [chunk for chunk in self._chunks if chunk.session != session]

    async def _next_chunk(self) -> Chunk:
        """The first that the test lets through, in order within a session."""
        while True:
            held: set[str] = set()
            for chunk in self._chunks:
                if chunk.session not in held and self._chain.gate(self._index, chunk):
                    self._chunks.remove(chunk)
                    return chunk
                held.add(chunk.session)
            self.stirred.clear()
            await self.stirred.wait()

    async def _compute(self) -> None:
        while True:
            chunk = await self._next_chunk()
            session = self.sessions.get(chunk.session)
            if session is None or chunk.generation < session.cancels:
                continue
            if chunk.rewinds:
                del session.tokens[chunk.position :]
            problem = self._chain.failure(self._index, chunk)
            if problem is None and chunk.position != len(session.tokens):
                problem = f"position {chunk.position} does not follow {len(session.tokens)}"
            if problem is None and chunk.position + chunk.tokens > session.capacity:
                problem = "beyond the capacity"
            if problem is not None:
                failed = ChunkFailed(
                    session=chunk.session,
                    sequence=chunk.sequence,
                    stage=self._index,
                    kind="EngineError",
                    message=problem,
                )
                await self._reply(session.identity, 0, failed)
                continue
            ids = self._ids.pop((chunk.session, chunk.sequence))
            session.tokens += ids
            await self._tell_record(session.identity, self._record(chunk))
            following = self._index + 1
            if following < len(self._chain.stages):
                self._chain.stages[following].take(chunk, ids)
            elif chunk.output != "none":
                # One token after the last row, or one after each: what wrong guesses need.
                rows = chunk.tokens if chunk.output == "greedy_rows" else 1
                ends = range(len(session.tokens) - rows + 1, len(session.tokens) + 1)
                produced = Produced(
                    session=chunk.session,
                    sequence=chunk.sequence,
                    position=chunk.position,
                    tokens=chunk.tokens,
                    generation=chunk.generation,
                    token_ids=tuple(self._chain.next_token(session.tokens[:end]) for end in ends),
                )
                await self._reply(session.identity, 0, produced)

    async def _tell_record(self, identity: bytes, record: ChunkRecord) -> None:
        """At once, or when a test says so, while the chunk goes on to the next stage."""
        may_tell = self._chain.late_records.get(self._index)
        if may_tell is None:
            await self._reply(identity, 0, record)
            return

        async def later() -> None:
            await may_tell.wait()
            await self._reply(identity, 0, record)

        self._tasks.append(asyncio.create_task(later()))

    def _record(self, chunk: Chunk) -> ChunkRecord:
        return ChunkRecord(
            session=chunk.session,
            sequence=chunk.sequence,
            stage=self._index,
            first_layer=self._index,
            last_layer=self._index + 1,
            position=chunk.position,
            tokens=chunk.tokens,
            started_at=time.monotonic(),
            wait_seconds=0.0,
            compute_seconds=0.001,
            send_seconds=0.0,
            bytes_sent=0,
        )

    async def _reply(self, identity: bytes, request: int, body: Struct) -> None:
        await self._socket.send_multipart([identity, engine_reply_codec.encode(request, body)])


class RefusedHere(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class FakeChain:
    """Stages in a row, and the ways a test makes them misbehave."""

    def __init__(self, count: int) -> None:
        self.context = zmq.asyncio.Context()
        self.commands: list[tuple[int, Any]] = []
        self.on_command: Callable[[int, Any], Any] | None = None
        self.failure: Callable[[int, Chunk], str | None] = lambda _stage, _chunk: None
        self.gate: Callable[[int, Chunk], bool] = lambda _stage, _chunk: True
        self.late_records: dict[int, asyncio.Event] = {}  # by stage
        self.can_truncate = True
        self.largest_capacity = 10**9
        self.total_capacity = 10**9
        self.next_token: Callable[[Sequence[int]], int] = lambda _tokens: END
        self.pipelines: list[Pipeline] = []
        self.own_keys = new_key_pair()
        self.stages = [FakeStage(self.context, self, index) for index in range(count)]

    @property
    def open_sessions(self) -> list[str]:
        return [name for stage in self.stages for name in stage.sessions]

    def count(self, kind: type) -> int:
        return sum(1 for _, command in self.commands if isinstance(command, kind))

    def let(self, gate: Callable[[int, Chunk], bool]) -> None:
        """Hold chunks back for which the gate is false."""
        self.gate = gate
        for stage in self.stages:
            stage.stirred.set()

    def plan(self, chunk_lengths: Sequence[int] = (8,)) -> Plan:
        """One layer on each stage."""
        count = len(self.stages)
        return Plan(
            stages=tuple(
                StagePlan(
                    machine_id=stage.keys.public_key,
                    device_id="cpu",
                    first_layer=index,
                    last_layer=index + 1,
                    memory_bytes=1,
                    memory_limit_bytes=10,
                )
                for index, stage in enumerate(self.stages)
            ),
            chunk_lengths=tuple(chunk_lengths),
            prediction=Prediction(
                ttft_seconds=1.0,
                tpot_seconds=0.1,
                answer_seconds=2.0,
                documents_per_hour=1.0,
                bubble_fraction=0.0,
                slowest_stage=0,
                stage_busy_seconds=(1.0,) * count,
                timeline=(),
            ),
        )

    # What an Assembly asks of a Pool

    async def distribute(self, _manifest: Any, stages: Sequence[StagePlan], tell: Any) -> None:
        for stage in stages:
            tell(stage.machine_id, 3, 10)

    async def build(
        self, stages: Sequence[StagePlan], record: Callable[[str, ChunkRecord], None]
    ) -> Pipeline:
        placements = [
            StagePlacement(stage=planned, engine=self._address(index))
            for index, planned in enumerate(stages)
        ]
        pipeline = Pipeline(self.context, placements, self.own_keys, record)
        await pipeline.open()
        self.pipelines.append(pipeline)
        return pipeline

    async def release(self, pipeline: Pipeline) -> None:
        await pipeline.close()

    def _address(self, index: int) -> EngineAddress:
        stage = self.stages[index]
        return EngineAddress(
            machine_id=stage.keys.public_key,
            machine_name=f"Machine {index}",
            device_id="cpu",
            host="127.0.0.1",
            command_port=stage.port,
            activation_port=0,
        )

    async def close(self) -> None:
        for pipeline in self.pipelines:
            await pipeline.close()
        for stage in self.stages:
            await stage.die()
        self.context.destroy(linger=0)
