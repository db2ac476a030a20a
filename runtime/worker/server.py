"""The control port: admits, receives, hands each request to a task of its own, and answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec
import zmq
import zmq.asyncio
import zmq.auth.asyncio
from msgspec import Struct
from zmq.utils.monitor import parse_monitor_message

from runtime.errors import Cancelled, HPipeError, NetworkError, Refused
from runtime.messages.control import control_reply_codec, control_request_codec
from runtime.messages.envelope import Envelope, Failure, Frame
from runtime.transport.binding import PortUnavailable, bind_first
from runtime.transport.bounds import bound_socket
from runtime.transport.connection import Answer
from runtime.transport.curve import KeyPair, make_server
from runtime.worker.guests import Guests, Standing
from runtime.worker.strangers import Strangers
from runtime.worker.visitors import Origin, Visitor, Visitors

# More at once is no honest use, and each may hold a slice of a model's weights.
_REQUESTS_AT_ONCE = 32
# The largest is a probe's payload. A stranger may make this much be received, before its key is
# known to be a stranger's.
_LARGEST_MESSAGE_BYTES = 48 * 1024**2
# What waits for a peer that does not read it, each up to a slice of weights; the rest is dropped.
_UNREAD_MESSAGES = 128

Tell = Callable[[Struct], Awaitable[None]]


class Answerer(Protocol):
    """What the requests are for. tell sends progress ahead of the answer."""

    async def answer(
        self, visitor: Visitor, request: Any, payload: Sequence[memoryview], tell: Tell
    ) -> Answer: ...

    def left(self, visitor: Visitor) -> None: ...


class ControlServer:
    """One ROUTER socket that only admitted keys reach."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        keys: KeyPair,
        guests: Guests,
        on_refused: Callable[[str], None],
    ) -> None:
        """on_refused gets a sentence, once, of each machine that was not let in."""
        self._guests = guests
        self._strangers = Strangers(guests.admission, on_refused)
        self._doorkeeper = zmq.auth.asyncio.AsyncioAuthenticator(context)
        self._doorkeeper.start()
        self._doorkeeper.configure_curve_callback("paired", self._strangers)
        self._socket = context.socket(zmq.ROUTER)
        bound_socket(self._socket, _UNREAD_MESSAGES)
        self._socket.maxmsgsize = _LARGEST_MESSAGE_BYTES
        make_server(self._socket, keys)
        self._monitor = self._socket.get_monitor_socket(
            zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        )
        self._visitors = Visitors(self._left)
        self._answerer: Answerer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def bind(self, addresses: Sequence[str], port: int) -> int:
        """Listen; port 0 is any free one. Returns the port. NetworkError when it is in use."""
        try:
            return bind_first(self._socket, addresses, (port,))
        except PortUnavailable as problem:
            if problem.is_denied:
                raise NetworkError(
                    f"The system does not let HPipe listen on port {port}.",
                    "Choose another port, above 1024, with --port.",
                ) from problem
            raise NetworkError(
                f"Port {port} is in use." if port else "No port is free.",
                "Another HPipe may be running here: close it, or choose another port with --port.",
            ) from problem

    def start(self, answerer: Answerer) -> None:
        """Answer requests from now on."""
        self._answerer = answerer
        self._tasks = [
            asyncio.create_task(self._receive(), name="control requests"),
            asyncio.create_task(self._watch(), name="control connections"),
        ]

    @property
    def visitors(self) -> tuple[Visitor, ...]:
        return tuple(self._visitors)

    async def tell_all(self, event: Struct, least: Standing) -> None:
        """Send an event to every connection of at least this standing."""
        for visitor in self._visitors:
            if self._guests.standing(visitor.public_key) >= least:
                await self._send(visitor, 0, event)

    def drop(self, public_key: str) -> None:
        """End every connection of a key."""
        for visitor in self._visitors:
            if visitor.public_key == public_key:
                visitor.cut()

    async def close(self) -> None:
        tasks = [*self._tasks, *(task for visitor in self._visitors for task in visitor.tasks)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._doorkeeper.stop()
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)

    async def _receive(self) -> None:
        while True:
            frames = await self._socket.recv_multipart(copy=False)
            if len(frames) < 2:
                continue
            visitor = self._visitors.arrived(
                Origin(
                    connection=frames[0].bytes,
                    public_key=str(frames[1].get("User-Id")),
                    # An IPv4 address, as a socket for both kinds writes it.
                    host=str(frames[1].get("Peer-Address")).removeprefix("::ffff:"),
                    descriptor=int(frames[1].get(zmq.SRCFD)),
                )
            )
            payload = tuple(frame.buffer for frame in frames[2:])
            task = asyncio.create_task(self._serve(visitor, frames[1].buffer, payload))
            visitor.tasks.add(task)
            task.add_done_callback(visitor.tasks.discard)

    async def _serve(
        self, visitor: Visitor, head: memoryview, payload: Sequence[memoryview]
    ) -> None:
        number = 0
        try:
            number = _number_of(head)
            answer = await self._answer(visitor, number, head, payload)
        except HPipeError as problem:
            answer = Answer(Failure.of(problem))
        except asyncio.CancelledError:
            stopped = Cancelled("The machine has stopped what it was asked for.")
            answer = Answer(Failure.of(stopped))
        except Exception as problem:
            logging.getLogger(__name__).exception("a control request failed")
            bug = HPipeError(
                f"The worker failed ({type(problem).__name__}: {problem}).",
                "Its log on that machine says more.",
            )
            answer = Answer(Failure.of(bug))
        await self._send(visitor, number, answer.body, answer.payload)

    async def _answer(
        self, visitor: Visitor, number: int, head: memoryview, payload: Sequence[memoryview]
    ) -> Answer:
        if self._guests.standing(visitor.public_key) is Standing.UNKNOWN or not self._answerer:
            raise Refused("This machine is not paired any more.", "Pair the two machines again.")
        if len(visitor.tasks) > _REQUESTS_AT_ONCE:
            raise Refused("Too many requests at once.", "Wait for the answers to some of them.")
        request = control_request_codec.decode(head).body

        async def tell(progress: Struct) -> None:
            await self._send(visitor, number, progress)

        return await self._answerer.answer(visitor, request, payload, tell)

    async def _send(
        self, visitor: Visitor, number: int, body: Struct, payload: Sequence[Frame] = ()
    ) -> None:
        if self._socket.closed or not self._visitors.is_here(visitor):
            return
        head = control_reply_codec.encode(number, body)
        await self._socket.send_multipart([visitor.connection, head, *payload], copy=not payload)

    async def _watch(self) -> None:
        while True:
            event = parse_monitor_message(await self._monitor.recv_multipart())
            if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
                self._strangers.spoke_to_another()
            else:
                self._visitors.closed(event["value"])

    def _left(self, visitor: Visitor) -> None:
        self._guests.connection_ended(visitor.connection)
        for task in visitor.tasks:
            task.cancel()
        if self._answerer is not None:
            self._answerer.left(visitor)


def _number_of(head: memoryview) -> int:
    """The request's number, which even a request of another version carries."""
    try:
        return msgspec.msgpack.decode(head, type=Envelope[msgspec.Raw]).request
    except msgspec.DecodeError:
        return 0
