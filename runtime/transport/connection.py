"""A client's connection to a worker or an engine: numbered requests, replies, and events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import zmq
import zmq.asyncio
from msgspec import Struct
from zmq.utils.monitor import parse_monitor_message

from runtime.errors import HPipeError, NetworkError, Refused, error_from_wire
from runtime.messages.envelope import Codec, Failure, Frame
from runtime.transport.bounds import CONNECT_MILLISECONDS, bound_socket
from runtime.transport.curve import KeyPair, make_client

log = logging.getLogger(__name__)

Reply = TypeVar("Reply")
Kind = TypeVar("Kind", bound=Struct)
EventListener = Callable[[Any, Sequence[memoryview]], None]
LossListener = Callable[[HPipeError], None]

_LOST = zmq.EVENT_DISCONNECTED
_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH
_BROKEN = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_READY = zmq.EVENT_HANDSHAKE_SUCCEEDED


class Answer(Struct, frozen=True):
    """A reply's message and its payload frames."""

    body: Any
    payload: tuple[memoryview, ...] = ()


class Connection(Generic[Reply]):
    """One DEALER socket to one ROUTER of another process.

    Lost for good at the first disconnection: every waiting request fails, on_lost is called once,
    and a new Connection has to be made. Reconnecting silently would hide a restarted worker whose
    state is gone.
    """

    def __init__(
        self,
        context: zmq.asyncio.Context,
        address: str,
        keys: KeyPair,
        server_public_key: str,
        reply_codec: Codec[Reply],
        *,
        on_event: EventListener | None = None,
        on_lost: LossListener | None = None,
        queue_messages: int = 1_000,
    ) -> None:
        self.address = address
        self.server_public_key = server_public_key
        self._codec = reply_codec
        self._on_event = on_event
        self._on_lost = on_lost
        self._socket = context.socket(zmq.DEALER)
        bound_socket(self._socket, queue_messages)
        self._socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_MILLISECONDS)
        make_client(self._socket, keys, server_public_key)
        self._monitor = self._socket.get_monitor_socket()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._progress: dict[int, EventListener] = {}
        self._next_request = 1
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost: HPipeError | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def lost(self) -> HPipeError | None:
        """Why the connection is gone, or None while it stands."""
        return self._lost

    async def open(self) -> None:
        """Connect and shake hands. Raises Refused, or NetworkError when nobody answers in time."""
        self._tasks = [
            asyncio.create_task(self._watch(), name=f"watch {self.address}"),
            asyncio.create_task(self._receive(), name=f"receive {self.address}"),
        ]
        try:
            self._socket.connect(f"tcp://{self.address}")
            await asyncio.wait_for(asyncio.shield(self._opened), 1.5 * CONNECT_MILLISECONDS / 1_000)
        except TimeoutError:
            await self.close()
            raise NetworkError(
                f"Nobody answers at {self.address}.",
                "Is HPipe running there, and does its firewall let it through?",
            ) from None
        except zmq.ZMQError as problem:
            await self.close()
            raise NetworkError(
                f"{self.address} is not an address that can be reached ({problem}).",
                "An address looks like 192.168.1.20:47800.",
            ) from problem
        except BaseException:
            await self.close()
            raise

    async def request(
        self,
        body: Struct,
        payload: Sequence[Frame] = (),
        *,
        timeout_seconds: float | None = 30.0,
        on_progress: EventListener | None = None,
    ) -> Answer:
        """Ask and wait for the answer.

        on_progress gets messages that carry this request's number before the final reply, which is
        how a long request tells of its progress: every reply whose class name ends in "Progress".
        Raises what the other side reported, or what ended the connection.
        """
        if self._lost is not None:
            raise self._lost
        number = self._next_request
        self._next_request += 1
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        if on_progress is not None:
            self._progress[number] = on_progress
        try:
            await self._send(number, body, payload)
            return await asyncio.wait_for(answer, timeout_seconds)
        except TimeoutError:
            raise NetworkError(
                f"{self.address} did not answer within {timeout_seconds:.0f} seconds.",
                "The machine may be overloaded or asleep.",
            ) from None
        finally:
            self._waiting.pop(number, None)
            self._progress.pop(number, None)

    async def ask(
        self,
        body: Struct,
        kind: type[Kind],
        *,
        timeout_seconds: float | None = 30.0,
        on_progress: EventListener | None = None,
    ) -> Kind:
        """As request, for an answer of one kind. NetworkError for any other: what another machine
        says is not to be taken for granted."""
        answer = await self.request(body, timeout_seconds=timeout_seconds, on_progress=on_progress)
        if not isinstance(answer.body, kind):
            raise NetworkError(
                f"{self.address} answered with something else than it was asked for.",
                "Both machines should run the same version of HPipe.",
            )
        return answer.body

    async def tell(self, body: Struct, payload: Sequence[Frame] = ()) -> None:
        """Send an event, which is not answered."""
        if self._lost is not None:
            raise self._lost
        await self._send(0, body, payload)

    async def close(self, *, linger_milliseconds: int = 0) -> None:
        """Leave; whoever still waits gets a NetworkError. Safe to call twice.

        What was told just before goes out if the other side takes it within linger_milliseconds.
        """
        self._lose(NetworkError("The connection was closed."), tell=False)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            if task is not asyncio.current_task():
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._tasks = []
        if not self._socket.closed:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
            self._socket.close(linger=linger_milliseconds)

    async def _send(self, number: int, body: Struct, payload: Sequence[Frame]) -> None:
        await self._socket.send_multipart(
            [self._codec.encode(number, body), *payload], copy=not payload
        )

    async def _receive(self) -> None:
        while True:
            frames = await self._socket.recv_multipart(copy=False)
            payload = tuple(frame.buffer for frame in frames[1:])
            try:
                envelope = self._codec.decode(frames[0].buffer)
                self._dispatch(envelope.request, envelope.body, payload)
            except HPipeError as problem:
                self._lose(problem)
                return
            except Exception as problem:
                # Of a listener. Going on deaf would leave everybody waiting until their time is up.
                log.exception("a message of %s could not be dealt with", self.address)
                self._lose(
                    NetworkError(
                        f"{self.address} said something that could not be dealt with "
                        f"({type(problem).__name__}).",
                        "This is a bug; the log has the details.",
                    )
                )
                return

    def _dispatch(self, number: int, body: Any, payload: tuple[memoryview, ...]) -> None:
        waiting = self._waiting.get(number)
        if number == 0:
            if self._on_event is not None:
                self._on_event(body, payload)
        elif type(body).__name__.endswith("Progress"):
            listener = self._progress.get(number)
            if listener is not None:
                listener(body, payload)
        elif waiting is None or waiting.done():
            return
        elif isinstance(body, Failure):
            waiting.set_exception(error_from_wire(body.kind, body.message, body.hint))
        else:
            waiting.set_result(Answer(body, payload))

    async def _watch(self) -> None:
        while True:
            event = parse_monitor_message(await self._monitor.recv_multipart())["event"]
            if event == _READY:
                if not self._opened.done():
                    self._opened.set_result(None)
            elif event == _REFUSED:
                self._lose(
                    Refused(
                        f"The machine at {self.address} does not know this one.",
                        "Pair the two machines with the code shown on the other one.",
                    )
                )
            elif event & _BROKEN:
                self._lose(
                    Refused(
                        f"The machine at {self.address} is not the one it was paired as.",
                        "If it was reinstalled, forget it and pair it again.",
                    )
                )
            elif event == _LOST and self._opened.done():
                self._lose(NetworkError(f"The connection to {self.address} broke off."))

    def _lose(self, problem: HPipeError, *, tell: bool = True) -> None:
        if self._lost is not None:
            return
        self._lost = problem
        if not self._opened.done():
            self._opened.set_exception(problem)
            self._opened.exception()  # retrieved: open() may be gone already
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(problem)
        if tell and self._on_lost is not None:
            self._on_lost(problem)
