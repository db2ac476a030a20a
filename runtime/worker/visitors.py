"""Who is connected to the control port: one entry for each connection, until it ends.

A ROUTER does not tell when a connection ends, but its monitor tells which descriptor was closed,
and every message says which descriptor it came in on. Both together give an exact end, also for a
peer that falls silent, since heartbeats close its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Origin(Struct, frozen=True):
    """Where a message came from: the proved key, the connection and its descriptor."""

    connection: bytes
    public_key: str
    host: str
    descriptor: int


class Visitor:
    """One connection: who it is, and the requests of it that are being answered."""

    def __init__(self, origin: Origin) -> None:
        self.connection = origin.connection
        self.public_key = origin.public_key
        self.host = origin.host
        self.name = ""
        self.speaks_otherwise = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._descriptor = origin.descriptor
        self._peer = _peer_of(origin.descriptor)

    def cut(self) -> None:
        """Shut the connection down; ZeroMQ then closes it like one that the peer has left."""
        with contextlib.suppress(OSError), _borrowed(self._descriptor) as held:
            # The descriptor may belong to another connection by now, which must not be harmed.
            if held.getpeername() == self._peer:
                held.shutdown(socket.SHUT_RDWR)


class Visitors:
    """Connections by their routing id. on_left is called once for each that ends."""

    def __init__(self, on_left: Callable[[Visitor], None]) -> None:
        self._on_left = on_left
        self._by_connection: dict[bytes, Visitor] = {}
        self._by_descriptor: dict[int, Visitor] = {}
        # Descriptors that came back into use before the monitor told of their earlier end.
        self._early: Counter[int] = Counter()

    def __iter__(self) -> Any:
        return iter(tuple(self._by_connection.values()))

    def arrived(self, origin: Origin) -> Visitor:
        """The visitor a message comes from, new with its first message."""
        known = self._by_connection.get(origin.connection)
        if known is not None:
            return known
        if origin.descriptor in self._by_descriptor:
            self._early[origin.descriptor] += 1
            self._leave(self._by_descriptor[origin.descriptor])
        visitor = Visitor(origin)
        self._by_connection[origin.connection] = visitor
        self._by_descriptor[origin.descriptor] = visitor
        return visitor

    def closed(self, descriptor: int) -> None:
        """The monitor says that a descriptor's connection has ended."""
        if self._early[descriptor]:
            self._early[descriptor] -= 1
        elif descriptor in self._by_descriptor:
            self._leave(self._by_descriptor[descriptor])

    def is_here(self, visitor: Visitor) -> bool:
        return self._by_connection.get(visitor.connection) is visitor

    def _leave(self, visitor: Visitor) -> None:
        del self._by_connection[visitor.connection]
        self._by_descriptor = {
            descriptor: other
            for descriptor, other in self._by_descriptor.items()
            if other is not visitor
        }
        self._on_left(visitor)


def _peer_of(descriptor: int) -> Any:
    with contextlib.suppress(OSError), _borrowed(descriptor) as held:
        return held.getpeername()
    return None


class _borrowed:  # noqa: N801 - reads as a verb in `with`
    """A socket object over a descriptor of ZeroMQ's, which is left open."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def __enter__(self) -> socket.socket:
        return self._socket

    def __exit__(self, *_: object) -> None:
        self._socket.detach()
