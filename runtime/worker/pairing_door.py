"""Answers machines that are not paired: says who is here, and pairs by the code on the screen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from runtime.errors import HPipeError, NetworkError, PairingError, Refused
from runtime.messages.envelope import Failure
from runtime.messages.pairing import (
    BeginPairing,
    ConfirmPairing,
    Hello,
    Introduced,
    PairingConfirmed,
    PairingShare,
    pairing_reply_codec,
    pairing_request_codec,
)
from runtime.transport.curve import KeyPair
from runtime.trust.frames import read_frame, write_frame
from runtime.trust.guard import PairingGuard
from runtime.trust.identity import is_public_key
from runtime.trust.names import plain_name
from runtime.trust.pairing import ShowingSide
from runtime.version import PROTOCOL_VERSION, VERSION

log = logging.getLogger(__name__)

# A visit is one Hello, or the three requests of a pairing, sent without waiting for a person.
VISIT_SECONDS = 15.0
MOST_VISITS = 48
MOST_VISITS_PER_HOST = 12
MOST_REQUESTS = 4
# One exchange costs some 20 ms of this process: more at once would slow down the control port.
EXCHANGES_PER_SECOND = 4.0
EXCHANGE_BURST = 8.0
REMEMBERED_PEERS = 64

PairedListener = Callable[[str, str], None]
RefusalListener = Callable[[str], None]


class PairingDoor:
    """A small TCP server: short visits, few at a time, nothing kept between them."""

    def __init__(
        self,
        keys: KeyPair,
        name: str,
        control_port: int,
        guard: PairingGuard,
        on_paired: PairedListener,
        *,
        on_refused: RefusalListener = log.info,
    ) -> None:
        """on_paired(public key, name) remembers and admits a machine; it may raise HPipeError.

        on_refused gets a sentence whenever a machine was turned away.
        """
        self._introduction = Introduced(
            public_key=keys.public_key,
            name=plain_name(name),
            version=VERSION,
            protocol=PROTOCOL_VERSION,
            control_port=control_port,
        )
        self._guard = guard
        self._on_paired = on_paired
        self._on_refused = on_refused
        self._servers: list[asyncio.Server] = []
        self._visits: dict[asyncio.Task[None], str] = {}
        self._pace = _Pace(EXCHANGES_PER_SECOND, EXCHANGE_BURST)
        self._other_versions: set[tuple[str, str]] = set()

    async def open(self, hosts: Sequence[str], port: int) -> int:
        """Listen on a port of these addresses (none: all of them); 0: a free one. The port."""
        try:
            for host in hosts or ("",):
                listening = _listen(host, port)
                port = listening.getsockname()[1]
                self._servers.append(await asyncio.start_server(self._visit, sock=listening))
        except OSError as problem:
            await self.close()
            raise NetworkError(
                f"The pairing port {port} could not be opened ({problem.strerror}).",
                "Another program may use it. Choose another port with --port.",
            ) from problem
        return port

    async def close(self) -> None:
        """Stop listening and end the visits under way. Safe to call twice."""
        for server in self._servers:
            server.close()
        visits = tuple(self._visits)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        self._servers.clear()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = str((writer.get_extra_info("peername") or ("",))[0])
        task = asyncio.current_task()
        here = Counter(self._visits.values())
        if task is None or here.total() >= MOST_VISITS or here[host] >= MOST_VISITS_PER_HOST:
            writer.transport.abort()
            return
        self._visits[task] = host
        try:
            async with asyncio.timeout(VISIT_SECONDS):
                await self._answer_visitor(reader, writer)
        except (TimeoutError, OSError):
            pass  # gone, or too slow: the exchange is dropped with the visit
        except asyncio.CancelledError:
            pass  # only close() cancels a visit; asyncio's server logs a task that ends cancelled
        finally:
            del self._visits[task]
            writer.transport.abort()

    async def _answer_visitor(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        exchange = _Exchange()
        for _ in range(MOST_REQUESTS):
            number = 0
            try:
                frame = await read_frame(reader)
                if frame is None:
                    return
                request = pairing_request_codec.decode(frame)
                number = request.request
                reply: Struct = self._answer(request.body, exchange)
            except HPipeError as problem:
                reply = Failure.of(problem)
            write_frame(writer, pairing_reply_codec.encode(number, reply))
            await writer.drain()
            if isinstance(reply, Failure | PairingConfirmed):
                writer.write_eof()
                await reader.read(1)  # let the last words arrive before the connection is cut
                return

    def _answer(self, body: Hello | BeginPairing | ConfirmPairing, exchange: _Exchange) -> Struct:
        if isinstance(body, Hello):
            if body.protocol != PROTOCOL_VERSION:
                self._note_other_version(body)
            return self._introduction
        try:
            if isinstance(body, BeginPairing):
                return self._begin(body, exchange)
            return self._confirm(body, exchange)
        except HPipeError as problem:
            name = exchange.name or plain_name(getattr(body, "name", ""))
            self._on_refused(f"{name} tried to pair and was refused: {problem.message}")
            raise

    def _begin(self, body: BeginPairing, exchange: _Exchange) -> PairingShare:
        exchange.side = None
        if body.protocol != PROTOCOL_VERSION:
            raise Refused(
                f"{self._introduction.name} runs HPipe {VERSION} with protocol {PROTOCOL_VERSION}, "
                f"the other machine HPipe {plain_name(body.version, 'of another version')} with "
                f"protocol {body.protocol}.",
                "Bring both machines to the same version.",
            )
        if not is_public_key(body.public_key) or body.public_key == self._introduction.public_key:
            raise PairingError("This is not the key of another machine.")
        if not self._pace.allows_one():
            raise PairingError("Too many machines try to pair at once.", "Try again in a moment.")
        exchange.name = plain_name(body.name)
        exchange.public_key = body.public_key
        exchange.side = ShowingSide(
            self._guard, self._introduction.public_key, self._introduction.name, body
        )
        return PairingShare(share=exchange.side.share)

    def _confirm(self, body: ConfirmPairing, exchange: _Exchange) -> PairingConfirmed:
        side, exchange.side = exchange.side, None
        if side is None:
            raise PairingError("There is no pairing under way to confirm.", "Start again.")
        confirmation = side.confirm(body.confirmation)
        self._on_paired(exchange.public_key, exchange.name)
        return PairingConfirmed(confirmation=confirmation)

    def _note_other_version(self, hello: Hello) -> None:
        """Say once of each machine that it cannot take part: Hello comes every few seconds."""
        name, version = plain_name(hello.name), plain_name(hello.version, "of another version")
        if (name, version) in self._other_versions:
            return
        if len(self._other_versions) >= REMEMBERED_PEERS:
            self._other_versions.clear()
        self._other_versions.add((name, version))
        self._on_refused(
            f"{name} runs HPipe {version} with protocol {hello.protocol}, this machine HPipe "
            f"{VERSION} with protocol {PROTOCOL_VERSION}. Bring both to the same version."
        )


class _Exchange:
    """The pairing under way in one visit."""

    def __init__(self) -> None:
        self.side: ShowingSide | None = None
        self.public_key = ""
        self.name = ""


class _Pace:
    """A token bucket: a burst at once, then so many per second."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._filled_at = time.monotonic()

    def allows_one(self) -> bool:
        now = time.monotonic()
        gained = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; "" is every address of this machine, of both kinds where there are."""
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    with contextlib.suppress(OSError):
        if socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
