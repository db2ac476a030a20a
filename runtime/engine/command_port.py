"""Where coordinators reach an engine: commands in, replies and events out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import zmq
from msgspec import Struct

from runtime.engine.sockets import bind_from, command_socket
from runtime.errors import HPipeError
from runtime.messages.envelope import Failure
from runtime.messages.spawn import EngineConfig
from runtime.messages.stage import StageWanted, engine_command_codec, engine_reply_codec
from runtime.transport.admission import AdmissionList
from runtime.transport.curve import KeyPair


class Command(Struct, frozen=True):
    """What a coordinator said, the connection it came over, and its number (0: an event)."""

    identity: bytes
    request: int
    body: Any
    payload: tuple[memoryview, ...]


class CommandPort:
    """A ROUTER that never blocks: what a coordinator is too slow to read is lost in the end."""

    def __init__(
        self, context: zmq.Context[Any], config: EngineConfig, coordinators: AdmissionList
    ) -> None:
        keys = KeyPair(public_key=config.public_key, secret_key=config.secret_key)
        self._coordinators = coordinators
        self.socket = command_socket(context, keys)
        self.port = bind_from(self.socket, config.bind_addresses, config.first_port)

    def take(self) -> Iterator[Command]:
        """All commands that have arrived. What is not understood or not allowed is refused here."""
        while True:
            try:
                frames = self.socket.recv_multipart(flags=zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            identity, request = frames[0].bytes, 0
            try:
                envelope = engine_command_codec.decode(frames[1].buffer if frames[1:] else b"")
                request = envelope.request
                self._coordinators.require(frames[1])
            except HPipeError as problem:
                self.reply(identity, request, Failure.of(problem))
                continue
            payload = tuple(frame.buffer for frame in frames[2:])
            yield Command(identity, request, envelope.body, payload)

    def reply(
        self, identity: bytes, request: int, body: Struct, payload: Sequence[Any] = ()
    ) -> None:
        frames = [identity, engine_reply_codec.encode(request, body), *payload]
        # Frames of a connection that is gone are dropped, as is right: nobody waits for them.
        self.socket.send_multipart(frames, copy=not payload)

    def tell(self, identity: bytes, event: Struct, payload: Sequence[Any] = ()) -> None:
        self.reply(identity, 0, event, payload)

    def is_connected(self, identity: bytes) -> bool:
        """Whether a coordinator is still there; it is told that another one asked."""
        self.socket.router_mandatory = True
        frames = [identity, engine_reply_codec.encode(0, StageWanted())]
        try:
            self.socket.send_multipart(frames, flags=zmq.NOBLOCK)
        except zmq.ZMQError as problem:
            return problem.errno != zmq.EHOSTUNREACH
        finally:
            self.socket.router_mandatory = False
        return True
