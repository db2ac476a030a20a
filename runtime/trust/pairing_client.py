"""The side of a pairing that calls: asks a machine who it is, and pairs by the code it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from msgspec import Struct

from runtime.discovery.addresses import HostPort
from runtime.discovery.records import Sighting
from runtime.errors import NetworkError, PairingError, Refused, error_from_wire
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
from runtime.trust.identity import is_public_key
from runtime.trust.names import plain_name
from runtime.trust.pairing import TypingSide, typed_code
from runtime.version import PROTOCOL_VERSION, VERSION

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 6.0

Reply = TypeVar("Reply", bound=Struct)


async def introduce(address: HostPort, own_name: str) -> Introduced:
    """Who answers at a pairing port. Raises NetworkError when nobody does, or nobody of HPipe."""
    async with _visit(address) as visit:
        return await visit.introduce(own_name)


async def pair_by_code(
    address: HostPort, code: str, keys: KeyPair, own_name: str, machine_id: str
) -> Introduced:
    """Pair with the machine at a pairing port; it remembers this one, we are to remember it.

    Raises PairingError or Refused with a sentence for a person.
    """
    code = typed_code(code)
    async with _visit(address) as visit:
        other = await visit.introduce(own_name)
        if other.public_key != machine_id:
            raise Refused(
                f"The machine at {address} is not the one that was chosen.",
                "Look for machines again, then pair.",
            )
        if other.protocol != PROTOCOL_VERSION:
            raise other_version(other)
        side = TypingSide(code, keys.public_key, own_name, other)
        share = await visit.ask(
            BeginPairing(
                public_key=keys.public_key,
                name=own_name,
                share=side.share,
                protocol=PROTOCOL_VERSION,
                version=VERSION,
            ),
            PairingShare,
        )
        confirmed = await visit.ask(
            ConfirmPairing(confirmation=side.answer(share.share)), PairingConfirmed
        )
        side.verify(confirmed.confirmation)
    return other


def other_version(other: Introduced | Sighting) -> Refused:
    """Why a machine of another protocol cannot take part."""
    return Refused(
        f"{plain_name(other.name)} runs HPipe {plain_name(other.version, 'of another version')} "
        f"with protocol {other.protocol}, this machine HPipe {VERSION} with protocol "
        f"{PROTOCOL_VERSION}.",
        "Bring both machines to the same version.",
    )


class _Visit:
    """One short connection to a pairing door: a few questions, each answered in turn."""

    def __init__(
        self, address: HostPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._address = address
        self._reader = reader
        self._writer = writer
        self._number = 0

    async def introduce(self, own_name: str) -> Introduced:
        hello = Hello(protocol=PROTOCOL_VERSION, version=VERSION, name=own_name)
        other = await self.ask(hello, Introduced)
        if not is_public_key(other.public_key) or not 0 < other.control_port < 65_536:
            raise _not_hpipe(self._address)
        return other

    async def ask(self, body: Struct, kind: type[Reply]) -> Reply:
        self._number += 1
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                write_frame(self._writer, pairing_request_codec.encode(self._number, body))
                await self._writer.drain()
                frame = await read_frame(self._reader)
        except TimeoutError:
            raise NetworkError(
                f"{self._address} did not answer within {ANSWER_SECONDS:.0f} seconds.",
                "The machine may be overloaded or asleep.",
            ) from None
        except OSError:
            frame = None
        if frame is None:
            raise NetworkError(
                f"{self._address} ended the connection.",
                "It may be busy with other machines. Try again in a moment.",
            )
        reply = pairing_reply_codec.decode(frame)
        if isinstance(reply.body, Failure):
            raise error_from_wire(
                reply.body.kind, _sentence(reply.body.message), _sentence(reply.body.hint)
            )
        if not isinstance(reply.body, kind) or reply.request != self._number:
            raise _not_hpipe(self._address)
        return reply.body


@asynccontextmanager
async def _visit(address: HostPort) -> AsyncIterator[_Visit]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(address.host, address.port)
    except (TimeoutError, OSError, UnicodeError):
        raise NetworkError(
            f"Nobody answers at {address}.",
            "Is HPipe running there, and does its firewall let it through?",
        ) from None
    try:
        yield _Visit(address, reader, writer)
    finally:
        writer.transport.abort()


def _not_hpipe(address: HostPort) -> PairingError:
    return PairingError(
        f"What answers at {address} is not HPipe, or of a version that cannot be understood.",
        "Check the address, and bring both machines to the same version.",
    )


def _sentence(text: str) -> str:
    """Words of a machine that is not trusted yet: one printable line of bounded length."""
    return " ".join(plain_name(word, "") for word in text[:600].split())
