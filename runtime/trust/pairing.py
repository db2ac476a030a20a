"""The pairing exchange itself, without sockets: SPAKE2 over the code, confirmed both ways.

The machine where the code is typed begins. Both derive a key from the code and from everything
they said of themselves: protocol version, public keys, names. The typing side proves the key
first, which is its one guess; only then does the showing side prove it too. So a machine in the
middle that swaps a key, or somebody who guesses, learns nothing but that it was wrong.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec
from msgspec import Struct
from spake2 import SPAKE2_A, SPAKE2_B

from runtime.errors import PairingError
from runtime.messages.pairing import BeginPairing, Introduced
from runtime.trust.guard import CODE_DIGITS, PairingGuard
from runtime.trust.names import plain_name
from runtime.version import PROTOCOL_VERSION

SHARE_BYTES = 33


class Party(Struct, frozen=True, array_like=True):
    """What one side says of itself, as both must have seen it."""

    role: str
    protocol: int
    public_key: str
    name: str


class TypingSide:
    """The machine where the code is typed: share, then answer(), then verify()."""

    def __init__(self, code: str, public_key: str, name: str, other: Introduced) -> None:
        """Raises PairingError for what cannot be a code, before it costs a guess."""
        self._typing = Party("typing", PROTOCOL_VERSION, public_key, name)
        self._showing = Party("showing", other.protocol, other.public_key, other.name)
        self._exchange = SPAKE2_A(
            typed_code(code).encode(), idA=_bytes(self._typing), idB=_bytes(self._showing)
        )
        self.share: bytes = self._exchange.start()
        self._key = b""

    def answer(self, share: bytes) -> bytes:
        """Our proof, from the other machine's share."""
        self._key = _finish(self._exchange, share)
        return _proof(self._key, self._typing, self._showing)

    def verify(self, confirmation: bytes) -> None:
        """Raises PairingError unless the other machine knows the code and saw our key."""
        expected = _proof(self._key, self._showing, self._typing)
        if not self._key or not hmac.compare_digest(expected, confirmation):
            raise PairingError(
                f"{plain_name(self._showing.name)} could not prove that it showed this code.",
                "Somebody may be between the two machines. Let it show a new code and try again.",
            )


class ShowingSide:
    """The machine that shows the code: share, then confirm()."""

    def __init__(
        self, guard: PairingGuard, public_key: str, name: str, begin: BeginPairing
    ) -> None:
        """Raises PairingError when no code counts now, or for a share that is none."""
        self._guard = guard
        self._code = guard.begin()
        self._typing = Party("typing", begin.protocol, begin.public_key, begin.name)
        self._showing = Party("showing", PROTOCOL_VERSION, public_key, name)
        exchange = SPAKE2_B(
            self._code.encode(), idA=_bytes(self._typing), idB=_bytes(self._showing)
        )
        self.share: bytes = exchange.start()
        self._key = _finish(exchange, begin.share)

    def confirm(self, confirmation: bytes) -> bytes:
        """Judge the other side's proof and return ours. Raises PairingError for a wrong code."""
        self._guard.spend(self._code)
        expected = _proof(self._key, self._typing, self._showing)
        if not hmac.compare_digest(expected, confirmation):
            self._guard.wrong()
            raise PairingError(
                "The code was wrong, and counts no more.",
                "Let the other machine show a new code and type that one.",
            )
        self._guard.right()
        return _proof(self._key, self._showing, self._typing)


def typed_code(text: str) -> str:
    """The digits of a code as people type it: "123 456" and "123-456" are fine."""
    digits = "".join(character for character in text if character not in " -\t\n\u00a0\u202f")
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise PairingError(
            f"A pairing code has {CODE_DIGITS} digits.", "Type the digits the other machine shows."
        )
    return digits


def _finish(exchange: Any, share: bytes) -> bytes:
    if len(share) == SHARE_BYTES:
        # The library raises a dozen kinds of errors, most of them plain ValueError, for points
        # that are not on the curve; each means the same here.
        try:
            key: bytes = exchange.finish(share)
        except Exception as problem:
            raise _broken_share() from problem
        return key
    raise _broken_share()


def _broken_share() -> PairingError:
    return PairingError(
        "The other machine does not follow the pairing exchange.",
        "Bring both machines to the same version of HPipe and try again.",
    )


def _proof(key: bytes, prover: Party, verifier: Party) -> bytes:
    return hmac.digest(key, b"hpipe pairing" + _bytes(prover) + _bytes(verifier), hashlib.sha256)


def _bytes(party: Party) -> bytes:
    return msgspec.msgpack.encode(party)
