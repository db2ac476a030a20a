"""Real engine processes on loopback, and a coordinator's end of them without asyncio."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zmq

from runtime.messages.envelope import Failure
from runtime.messages.spawn import Admission, EngineConfig, EngineReady
from runtime.messages.stage import (
    Chunk,
    ChunkFailed,
    ChunkRecord,
    LoadStage,
    OpenSession,
    Peer,
    Produced,
    TruncateSession,
    engine_command_codec,
    engine_reply_codec,
)
from runtime.models.manifest import ModelManifest
from runtime.transport.curve import KeyPair, make_client, new_key_pair

SECONDS = 60.0


def engine_config(store: Path, keys: KeyPair, coordinator: KeyPair, **changes: Any) -> EngineConfig:
    """An engine of one thread on loopback."""
    fields: dict[str, Any] = {
        "public_key": keys.public_key,
        "secret_key": keys.secret_key,
        "device_id": "cpu",
        "device_kind": "cpu",
        "device_index": 0,
        "threads": 1,
        "bind_addresses": ("127.0.0.1",),
        "first_port": 0,
        "admission": Admission(coordinators=(coordinator.public_key,)),
        "store_directory": str(store),
    }
    return EngineConfig(**{**fields, **changes})


class EngineProcess:
    """One engine, and a connection to its commands."""

    def __init__(self, store: Path, coordinator: KeyPair, **changes: Any) -> None:
        self.keys = new_key_pair()
        self.config = engine_config(store, self.keys, coordinator, **changes)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(self.config) + b"\n")
        self.process.stdin.flush()
        self._coordinator = coordinator
        self._socket: zmq.Socket[bytes] | None = None
        self._ready: EngineReady | None = None
        self._number = 0
        self.events: list[tuple[Any, list[bytes]]] = []
        self.progress: list[Any] = []

    @property
    def first_line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        return line

    @property
    def ready(self) -> EngineReady:
        if self._ready is None:
            self._ready = msgspec.convert(self.first_line, EngineReady)
        return self._ready

    @property
    def peer(self) -> Peer:
        address = f"127.0.0.1:{self.ready.activation_port}"
        return Peer(address=address, public_key=self.keys.public_key)

    def connect(self, context: zmq.Context[Any]) -> None:
        self._socket = context.socket(zmq.DEALER)
        self._socket.linger = 0
        make_client(self._socket, self._coordinator, self.keys.public_key)
        self._socket.connect(f"tcp://127.0.0.1:{self.ready.command_port}")

    def seen_by_another(self, context: zmq.Context[Any]) -> EngineProcess:
        """The same process over a connection of its own, of another program of this key."""
        other = copy.copy(self)
        other.events, other.progress = [], []
        other.connect(context)
        return other

    def leave(self) -> None:
        """Close this connection; the process goes on."""
        assert self._socket is not None
        self._socket.close(linger=0)

    def tell(self, body: Any, payload: Sequence[bytes] = (), request: int = 0) -> None:
        assert self._socket is not None
        self._socket.send_multipart([engine_command_codec.encode(request, body), *payload])

    def ask(self, body: Any) -> Any:
        """The reply to a request; events that come before it are kept."""
        self.begin(body)
        return self.reply()

    def begin(self, body: Any) -> None:
        """Send a request; its reply is taken later."""
        self._number += 1
        self.tell(body, request=self._number)

    def reply(self) -> Any:
        """The reply to the newest request."""
        while True:
            number, reply, _ = self._receive()
            if number != self._number:
                continue
            if type(reply).__name__.endswith("Progress"):
                self.progress.append(reply)
                continue
            return reply

    def obey(self, body: Any) -> Any:
        return obeyed(self.ask(body))

    def refuse(self, body: Any) -> Failure:
        """The Failure that a request must be answered with."""
        reply = self.ask(body)
        assert isinstance(reply, Failure), reply
        return reply

    def event(self, kind: type | tuple[type, ...]) -> tuple[Any, list[bytes]]:
        """The next event of a kind, from those kept or still to come."""
        while True:
            for index, (body, payload) in enumerate(self.events):
                if isinstance(body, kind):
                    del self.events[index]
                    return body, payload
            self._receive()

    def _receive(self) -> tuple[int, Any, list[bytes]]:
        assert self._socket is not None
        if not self._socket.poll(SECONDS * 1_000):
            raise TimeoutError("the engine said nothing")
        frames = self._socket.recv_multipart()
        envelope = engine_reply_codec.decode(frames[0])
        if envelope.request == 0:
            self.events.append((envelope.body, frames[1:]))
        return envelope.request, envelope.body, frames[1:]

    def close_input(self) -> None:
        """What an engine sees when its worker is gone."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        if self._socket is not None:
            self._socket.close(linger=0)
        assert self.process.stdout is not None
        self.close_input()
        self.process.wait(timeout=SECONDS)
        self.process.stdout.close()


@contextmanager
def connected(engines: Sequence[EngineProcess]) -> Iterator[list[EngineProcess]]:
    """Engines that were started, ready and within reach; they have ended when this is left."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        for engine in engines:
            engine.connect(context)
        yield list(engines)
    finally:
        for engine in engines:
            engine.close_input()
        for engine in engines:
            engine.end()
        context.term()


def obeyed(reply: Any) -> Any:
    assert not isinstance(reply, Failure), reply
    return reply


class Chain:
    """Several engines that compute one model, each a range of its layers."""

    def __init__(self, engines: Sequence[EngineProcess]) -> None:
        self.engines = list(engines)

    def load(self, manifest: ModelManifest, bounds: Sequence[int], **changes: Any) -> list[Any]:
        """Stage i holds layers bounds[i] to bounds[i + 1]; returns the replies."""
        count = len(bounds) - 1
        for index in range(count):
            fields: dict[str, Any] = {
                "model_id": manifest.model_id,
                "config": manifest.config,
                "layer_count": manifest.layer_count,
                "first_layer": bounds[index],
                "last_layer": bounds[index + 1],
                "stage": index,
                "weight_bits": 32,
                "activation_format": "float32",
                "next_stage": self.engines[index + 1].peer if index + 1 < count else None,
                "admitted_keys": (self.engines[index - 1].keys.public_key,) if index else (),
            }
            self.engines[index].begin(LoadStage(**{**fields, **changes}))
        self.used = self.engines[:count]
        self.form = changes.get("activation_format", "float32")
        return [obeyed(engine.reply()) for engine in self.used]

    def open(self, session: str, capacity: int, **changes: Any) -> None:
        for engine in self.used:
            engine.obey(OpenSession(session=session, capacity_tokens=capacity, **changes))

    def all(self, body: Any) -> list[Any]:
        return [engine.ask(body) for engine in self.used]

    def feed(self, session: str, sequence: int, position: int, ids: Sequence[int], **more: Any):
        chunk = Chunk(
            session=session,
            sequence=sequence,
            position=position,
            tokens=len(ids),
            activation_format=self.form,
            **more,
        )
        self.used[0].tell(chunk, [np.asarray(ids, dtype=np.int32).tobytes()])

    def produced(self) -> tuple[Produced, list[bytes]]:
        """What the last stage gives next; a failure of any other kind is an error of the test."""
        body, payload = self.used[-1].event((Produced, ChunkFailed))
        assert isinstance(body, Produced), body
        return body, payload

    def record(self, stage: int, session: str) -> ChunkRecord:
        """What a stage tells of the session's next chunk."""
        while True:
            record, _ = self.used[stage].event(ChunkRecord)
            if record.session == session:
                return record

    def truncate(self, session: str, tokens: int) -> None:
        for engine in self.used:
            engine.obey(TruncateSession(session=session, tokens=tokens))

    def answer(
        self,
        session: str,
        ids: Sequence[int],
        lengths: Sequence[int],
        *,
        count: int,
        start: int = 0,
    ) -> list[int]:
        """Read ids[start:] in chunks of these lengths, and write `count` tokens."""
        position, sequence = start, 0
        for length in lengths:
            last = position + length == len(ids)
            part = ids[position : position + length]
            self.feed(session, sequence, position, part, output="sample" if last else "none")
            position, sequence = position + length, sequence + 1
        text = [self.produced()[0].token_ids[0]]
        while len(text) < count:
            self.feed(session, sequence, position, text[-1:], output="sample")
            text.append(self.produced()[0].token_ids[0])
            position, sequence = position + 1, sequence + 1
        return text

    def logits(
        self, session: str, ids: Sequence[int], chunk: int
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Logits of every position, fed in chunks all at once."""
        starts = list(range(0, len(ids), chunk))
        for sequence, start in enumerate(starts):
            part = ids[start : start + chunk]
            self.feed(session, sequence, start, part, output="logits")
        rows = []
        for _ in starts:
            body, payload = self.produced()
            rows.append(np.frombuffer(payload[0], dtype=np.float32).reshape(body.tokens, -1))
        return np.concatenate(rows)
