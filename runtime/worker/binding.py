"""Listening on one port of all chosen addresses."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Any

import zmq

from runtime.errors import NetworkError

EVERY_ADDRESS = "*"
_ATTEMPTS = 20


def bind_everywhere(socket: zmq.Socket[Any], addresses: Sequence[str], port: int) -> int:
    """Bind the same port on every address and return it; port 0 is any that is free on all.

    Raises NetworkError when the port is in use, or an address is not this machine's.
    """
    for _ in range(_ATTEMPTS if port == 0 else 1):
        bound = _bind_once(socket, addresses, port)
        if bound is not None:
            return bound
    raise NetworkError(
        f"Port {port} is in use." if port else "No port is free.",
        "Another HPipe may be running here: close it, or choose another port with --port.",
    )


def _bind_once(socket: zmq.Socket[Any], addresses: Sequence[str], port: int) -> int | None:
    endpoints: list[str] = []
    for address in addresses:
        host = f"[{address}]" if ":" in address else address
        try:
            socket.bind(f"tcp://{host}:{port or '*'}")
        except zmq.ZMQError as problem:
            for endpoint in endpoints:
                socket.unbind(endpoint)
            if problem.errno == zmq.EADDRINUSE:
                return None
            if problem.errno == errno.EACCES:
                raise NetworkError(
                    f"The system does not let HPipe listen on port {port}.",
                    "Choose another port, above 1024, with --port.",
                ) from problem
            raise NetworkError(
                f"{address} is not an address of this machine ({problem}).",
                "Choose another network interface.",
            ) from problem
        endpoints.append(socket.getsockopt_string(zmq.LAST_ENDPOINT))
        port = int(endpoints[-1].rpartition(":")[2])
    return port
