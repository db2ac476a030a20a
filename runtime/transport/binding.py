"""Listening on one port of all chosen addresses."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from typing import Any

import zmq

from runtime.discovery.addresses import bracketed
from runtime.errors import NetworkError

EVERY_ADDRESS = "*"
# A port the system gives out for one address may be taken on another.
_TRIES_OF_ANY = 20


class PortUnavailable(Exception):
    """None of the ports is free; is_denied: the system keeps the last one for itself."""

    def __init__(self, is_denied: bool) -> None:
        super().__init__()
        self.is_denied = is_denied


def bind_first(socket: zmq.Socket[Any], addresses: Sequence[str], ports: Iterable[int]) -> int:
    """Bind the first of these ports that is free on all addresses, and return it; 0 is any port.

    Raises PortUnavailable, or NetworkError for an address that is not this machine's.
    """
    unavailable = PortUnavailable(is_denied=False)
    for port in ports:
        for _ in range(1 if port else _TRIES_OF_ANY):
            try:
                return _bind_all(socket, addresses, port)
            except PortUnavailable as problem:
                unavailable = problem
    raise unavailable


def _bind_all(socket: zmq.Socket[Any], addresses: Sequence[str], port: int) -> int:
    bound: list[str] = []
    for address in addresses:
        try:
            socket.bind(f"tcp://{bracketed(address)}:{port or '*'}")
        except zmq.ZMQError as problem:
            for endpoint in bound:
                socket.unbind(endpoint)
            if problem.errno in (zmq.EADDRINUSE, errno.EACCES):
                raise PortUnavailable(problem.errno == errno.EACCES) from problem
            raise NetworkError(
                f"{address} is not an address of this machine ({problem}).",
                "Choose another network interface in the settings.",
            ) from problem
        bound.append(socket.getsockopt_string(zmq.LAST_ENDPOINT))
        port = int(bound[-1].rpartition(":")[2])
    return port
