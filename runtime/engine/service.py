"""The engine's loop: one thread that takes commands and chunks, computes, and passes on.

ZeroMQ's own threads send and receive meanwhile. Nothing here waits for a neighbour: while the next
stage's queue is full, commands are still taken, and no further chunk of that lane is begun.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers
import zmq
import zmq.auth.thread
from msgspec import Struct

from runtime.engine import attention, memory
from runtime.engine.command_port import Command, CommandPort
from runtime.engine.device import open_device
from runtime.engine.executor import Computed, Executor
from runtime.engine.lanes import Lane, Lanes, Outgoing, Waiting
from runtime.engine.measure import measure
from runtime.engine.sessions import Session
from runtime.engine.sockets import NextStage, activation_socket, bind_from
from runtime.engine.tenant import Tenant
from runtime.engine.vigil import Vigil
from runtime.errors import EngineError, HPipeError
from runtime.messages.envelope import Done, Failure, payload_bytes
from runtime.messages.spawn import Admission, EngineConfig, EngineReady
from runtime.messages.stage import (
    CancelSession,
    Chunk,
    ChunkFailed,
    ChunkRecord,
    Clock,
    CloseSession,
    DeviceMeasured,
    LoadProgress,
    LoadStage,
    MeasureDevice,
    OpenSession,
    Produced,
    ReadClock,
    RestStage,
    StageTaken,
    TruncateSession,
    activation_codec,
)
from runtime.models.store import ModelStore
from runtime.transport.admission import AdmissionList
from runtime.transport.curve import KeyPair
from runtime.trust.names import plain_name

_PROGRESS_SECONDS = 0.1
_LINK_CHECK_MILLISECONDS = 1_000


def open_service(config: EngineConfig) -> EngineService:
    """Open device and sockets; raises what ends up in ChildFailed."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    attention.register()
    memory.keep_freed_memory()
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    device = open_device(config.device_kind, config.device_index)
    store = ModelStore(Path(config.store_directory))
    executor = Executor(device, store, config.memory_limit_bytes, memory.floor_bytes(device))
    return EngineService(config, executor)


class EngineService:
    """Sockets around an executor."""

    def __init__(self, config: EngineConfig, executor: Executor) -> None:
        self._executor = executor
        self._keys = KeyPair(public_key=config.public_key, secret_key=config.secret_key)
        self._coordinators = AdmissionList(config.admission.coordinators)
        self._neighbours = AdmissionList(config.admission.neighbours)
        self._stage_before = AdmissionList()
        self._senders = AdmissionList(
            including=(self._coordinators, self._neighbours, self._stage_before)
        )
        self._context: zmq.Context[Any] = zmq.Context()
        self._doorkeeper = zmq.auth.thread.ThreadAuthenticator(self._context)
        self._doorkeeper.start()
        self._doorkeeper.configure_curve_callback("commands", self._coordinators)
        self._doorkeeper.configure_curve_callback("activations", self._senders)
        self._commands = CommandPort(self._context, config, self._coordinators)
        self._activations = activation_socket(self._context, self._keys)
        following = self._commands.port + 1 if config.first_port else 0
        self._activation_port = bind_from(self._activations, config.bind_addresses, following)
        self._tenant = Tenant(self._commands.is_connected)
        self._lanes = Lanes()
        # A GPU's clock does not hang on how the processor beside it waits.
        is_cpu = executor.device.type == "cpu"
        self._vigil = Vigil(may_stay_awake=is_cpu and (os.cpu_count() or 1) > 1)
        self._idle_since = time.monotonic()

    def ready(self) -> EngineReady:
        return EngineReady(
            command_port=self._commands.port,
            activation_port=self._activation_port,
            floor_memory_bytes=self._executor.floor_bytes,
        )

    def change_admission(self, admission: Admission) -> None:
        """Called from another thread."""
        self._coordinators.replace(admission.coordinators)
        self._neighbours.replace(admission.neighbours)

    def run(self) -> None:
        """Work until the process ends."""
        while True:
            self.turn(0 if self._lanes.is_ready else None)

    def turn(self, timeout_milliseconds: int | None) -> None:
        """Wait for something to do, take all commands, send what may leave, compute one chunk."""
        poller = zmq.Poller()
        poller.register(self._commands.socket, zmq.POLLIN)
        if self._lanes.has_room:
            poller.register(self._activations, zmq.POLLIN)
        for lane in self._lanes:
            following = lane.next
            if lane.outgoing is not None and following is not None and following.socket is not None:
                poller.register(following.socket, zmq.POLLOUT)
                poller.register(following.monitor, zmq.POLLIN)
                if timeout_milliseconds is None:
                    # A next stage that cannot be reached causes no event.
                    timeout_milliseconds = _LINK_CHECK_MILLISECONDS
        self._vigil.wait(poller, timeout_milliseconds)
        self._take_commands()
        for lane in self._lanes:
            if lane.outgoing is not None:
                self._send_on(lane, lane.outgoing)
        self._take_activations()
        waiting = self._lanes.next()
        if waiting is not None:
            self._compute(waiting)

    def _take_commands(self) -> None:
        for command in self._commands.take():
            if isinstance(command.body, Chunk):
                self._accept(command)
            elif isinstance(command.body, RestStage):
                self._tenant.rest(command.identity)
            else:
                self._commands.reply(command.identity, command.request, self._obey(command))

    def _accept(self, command: Command) -> None:
        chunk = command.body
        try:
            self._tenant.work(command.identity)
        except EngineError as problem:
            failed = self._chunk_failed(chunk.session, chunk.sequence, problem)
            self._commands.tell(command.identity, failed)
        else:
            self._lanes.take(Waiting(chunk, command.payload, command.identity))

    def _obey(self, command: Command) -> Struct:
        try:
            return self._carry_out(command.identity, command.request, command.body)
        except HPipeError as problem:
            return Failure.of(problem)
        except Exception as problem:
            logging.getLogger(__name__).exception("a command failed")
            if memory.is_out_of_memory(problem):
                free = memory.in_mib(memory.free_bytes(self._executor.device))
                return Failure.of(
                    EngineError(
                        f"Memory ran out; {free} are free.",
                        "Give this machine fewer layers, or close other programs.",
                    )
                )
            return Failure.of(
                EngineError(
                    f"The engine failed ({type(problem).__name__}: {problem}).",
                    "Its log on that machine says more.",
                )
            )

    def _carry_out(self, identity: bytes, request: int, command: Struct) -> Struct:
        executor = self._executor
        match command:
            case LoadStage() | MeasureDevice():
                self._tenant.require_free(identity)
            case OpenSession() | TruncateSession():
                self._tenant.work(identity)
            case CloseSession() | CancelSession():
                self._tenant.require(identity)
        match command:
            case LoadStage():
                return self._load(identity, request, command)
            case OpenSession():
                executor.open_session(identity, command)
                self._lanes.open()
            case TruncateSession():
                session = executor.sessions.get(command.session)
                session.truncate(command.tokens)
                if command.sampling is not None:
                    session.sample_as(command.sampling)
            case CloseSession(session=name):
                self._lanes.drop(name)
                executor.close_session(name)
            case CancelSession(session=name):
                executor.sessions.get(name).cancel()
                self._lanes.drop(name)
            case MeasureDevice():
                measured = measure(
                    command,
                    executor.device,
                    executor.floor_bytes,
                    lambda progress: self._commands.reply(identity, request, progress),
                )
                return DeviceMeasured(measurement=measured)
            case ReadClock():
                return Clock(seconds=time.monotonic())
        return Done()

    def _load(self, identity: bytes, request: int, command: LoadStage) -> Struct:
        name = plain_name(command.coordinator, "another computer")
        if self._tenant.identity not in (b"", identity):
            self._commands.tell(self._tenant.identity, StageTaken(by=name))
        self._tenant.move_in(identity, name)
        self._lanes.leave()
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            now = time.monotonic()
            if done == total or now - told >= _PROGRESS_SECONDS:
                told = now
                progress = LoadProgress(stage=command.stage, bytes_done=done, bytes_total=total)
                self._commands.reply(identity, request, progress)

        loaded = self._executor.load(command, tell)
        self._stage_before.replace(command.admitted_keys)
        if command.next_stage is not None:
            for lane in self._lanes:
                lane.next = NextStage(self._context, self._keys, command.next_stage)
        return loaded

    def _take_activations(self) -> None:
        while self._lanes.has_room:
            try:
                frames = self._activations.recv_multipart(flags=zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            try:
                self._senders.require(frames[0])
                chunk = activation_codec.decode(frames[0].buffer).body
            except HPipeError as problem:
                logging.getLogger(__name__).warning("an activation was not taken: %s", problem)
                continue
            self._lanes.take(Waiting(chunk, tuple(frame.buffer for frame in frames[1:])))

    def _compute(self, waiting: Waiting) -> None:
        chunk = waiting.chunk
        started = time.monotonic()
        try:
            session = self._executor.sessions.get(chunk.session)
            if not session.wants(chunk):
                return
            self._refuse_wrong_door(waiting)
            computed = self._executor.compute(session, chunk, waiting.frames)
        except HPipeError as problem:
            self._tell_failed(chunk, problem, waiting.identity)
            return
        finally:
            waited, self._idle_since = started - self._idle_since, time.monotonic()
        if chunk.is_step:
            self._vigil.expect()
        record = self._record(chunk, started, waited)
        self._tell_overtaken()
        if self._executor.is_last:
            self._commands.tell(session.identity, record)
            self._tell_produced(session, chunk, computed)
        else:
            lane, head = self._lanes.of(chunk), activation_codec.encode(0, chunk)
            lane.outgoing = Outgoing(session, record, (head, *computed.frames), time.monotonic())
            self._send_on(lane, lane.outgoing)

    def _refuse_wrong_door(self, waiting: Waiting) -> None:
        """Ids enter at the first stage's commands, hidden states at the others' activations."""
        is_first = self._executor.stage.extent.has_embedding
        if is_first != (waiting.identity is not None):
            raise EngineError("A chunk came to a stage that does not take it in this form.")

    def _send_on(self, lane: Lane, outgoing: Outgoing) -> None:
        try:
            if lane.next is None:
                raise EngineError("The stage has layers left to pass on to, but no next stage.")
            if not lane.next.offer(outgoing.frames):
                problem = lane.next.problem()
                if problem is None:
                    return
                lane.next.close()
                raise problem
        except HPipeError as problem:
            lane.outgoing = None
            self._fail_outgoing(outgoing, problem)
            return
        lane.outgoing = None
        self._idle_since = time.monotonic()
        self._tell_sent(outgoing)

    def _tell_sent(self, outgoing: Outgoing) -> None:
        """Its record, with the time that sending took so far; once only."""
        if outgoing.is_told:
            return
        outgoing.is_told = True
        record = msgspec.structs.replace(
            outgoing.record,
            send_seconds=time.monotonic() - outgoing.since,
            bytes_sent=payload_bytes(outgoing.frames),
        )
        self._commands.tell(outgoing.session.identity, record)

    def _tell_overtaken(self) -> None:
        """Records come in the order of computing, whatever still waits to leave."""
        for lane in self._lanes:
            if lane.outgoing is not None:
                self._tell_sent(lane.outgoing)

    def _fail_outgoing(self, outgoing: Outgoing, problem: HPipeError) -> None:
        outgoing.session.failed = True
        failed = self._chunk_failed(outgoing.record.session, outgoing.record.sequence, problem)
        self._commands.tell(outgoing.session.identity, failed)

    def _record(self, chunk: Chunk, started: float, waited: float) -> ChunkRecord:
        loaded = self._executor.loaded
        return ChunkRecord(
            session=chunk.session,
            sequence=chunk.sequence,
            stage=loaded.stage,
            first_layer=loaded.first_layer,
            last_layer=loaded.last_layer,
            position=chunk.position,
            tokens=chunk.tokens,
            started_at=started,
            wait_seconds=waited,
            compute_seconds=self._idle_since - started,
            send_seconds=0.0,
            bytes_sent=0,
            memory_bytes=memory.held_bytes(self._executor.device),
            is_step=chunk.is_step,
        )

    def _tell_produced(self, session: Session, chunk: Chunk, computed: Computed) -> None:
        if chunk.output == "none":
            return
        produced = Produced(
            session=chunk.session,
            sequence=chunk.sequence,
            position=chunk.position,
            tokens=chunk.tokens,
            generation=chunk.generation,
            token_ids=computed.token_ids,
        )
        payload = () if computed.logits is None else (computed.logits,)
        self._commands.tell(session.identity, produced, payload)

    def _tell_failed(self, chunk: Chunk, problem: HPipeError, identity: bytes | None) -> None:
        try:
            session = self._executor.sessions.get(chunk.session)
            session.failed = True
            identity = session.identity
        except EngineError:
            identity = identity or self._tenant.identity
        self._commands.tell(identity, self._chunk_failed(chunk.session, chunk.sequence, problem))

    def _chunk_failed(self, session: str, sequence: int, problem: HPipeError) -> ChunkFailed:
        try:
            stage = self._executor.loaded.stage
        except EngineError:
            stage = 0
        return ChunkFailed(
            session=session,
            sequence=sequence,
            stage=stage,
            kind=type(problem).__name__,
            message=problem.message,
            hint=problem.hint,
        )
