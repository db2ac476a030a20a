"""What two machines that do not know each other yet may say: introduce, and pair by a code.

Each message is one envelope in one frame of at most LARGEST_FRAME_BYTES; nothing here is secret.
"""

from __future__ import annotations

from msgspec import Struct

from runtime.messages.envelope import Codec, Failure

LARGEST_FRAME_BYTES = 4_096


class Hello(Struct, frozen=True, kw_only=True, tag="hello"):
    """Who is there? Answered by Introduced, also to a machine of another protocol."""

    protocol: int
    version: str = ""
    name: str = ""


class Introduced(Struct, frozen=True, kw_only=True, tag="introduced"):
    """What a machine says of itself; proven only by pairing, or by CURVE on the control port."""

    public_key: str
    name: str
    version: str
    protocol: int
    control_port: int


class BeginPairing(Struct, frozen=True, kw_only=True, tag="begin_pairing"):
    """From the machine where the code is typed: its key, its name, its SPAKE2 share."""

    public_key: str
    name: str
    share: bytes
    protocol: int
    version: str = ""


class PairingShare(Struct, frozen=True, kw_only=True, tag="pairing_share"):
    """The SPAKE2 share of the machine that shows the code."""

    share: bytes


class ConfirmPairing(Struct, frozen=True, kw_only=True, tag="confirm_pairing"):
    """The typing machine proves that it knows the code; this is the one guess a code allows."""

    confirmation: bytes


class PairingConfirmed(Struct, frozen=True, kw_only=True, tag="pairing_confirmed"):
    """The showing machine proves the same, and has remembered the other."""

    confirmation: bytes


PairingRequest = Hello | BeginPairing | ConfirmPairing
PairingReply = Introduced | PairingShare | PairingConfirmed | Failure

pairing_request_codec: Codec[PairingRequest] = Codec(PairingRequest)
pairing_reply_codec: Codec[PairingReply] = Codec(PairingReply)
