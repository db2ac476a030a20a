"""How a message travels: one msgpack frame holding an envelope, then raw payload frames.

A request carries a number above 0 and gets exactly one reply with the same number; number 0 marks
an event, which is told and not answered. Tensors and file contents are payload frames beside the
envelope, never inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from runtime.errors import HPipeError, NetworkError

Body = TypeVar("Body")
Frame = bytes | memoryview


class Envelope(Struct, Generic[Body], frozen=True, array_like=True):
    """request numbers a question and its reply; body is one message of a protocol's union."""

    request: int
    body: Body


class Codec(Generic[Body]):
    """Encodes envelopes, and decodes one protocol's messages strictly."""

    def __init__(self, union: Any) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Envelope[union])

    def encode(self, request: int, body: Struct) -> bytes:
        return self._encoder.encode(Envelope(request, body))

    def decode(self, frame: Frame) -> Envelope[Body]:
        """Raises NetworkError for anything that is not a message of this protocol."""
        try:
            envelope: Envelope[Body] = self._decoder.decode(frame)
        except msgspec.DecodeError as problem:
            raise NetworkError(
                f"A message could not be understood ({problem}).",
                "Both machines should run the same version of HPipe.",
            ) from problem
        return envelope


class Failure(Struct, frozen=True, tag="failure"):
    """A request was refused or went wrong; kind is the name of an error in runtime.errors."""

    kind: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, problem: HPipeError) -> Failure:
        """What the other side rebuilds the error from (runtime.errors.error_from_wire)."""
        return cls(type(problem).__name__, problem.message, problem.hint)


class Done(Struct, frozen=True, tag="done"):
    """A request was carried out and has nothing more to say."""


def payload_bytes(frames: Sequence[Frame]) -> int:
    """Bytes of all payload frames together."""
    return sum(len(memoryview(frame).cast("B")) for frame in frames)
