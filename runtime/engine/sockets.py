"""An engine's three sockets: commands, activations that come in, activations that go out."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Any

import zmq
from zmq.utils.monitor import parse_monitor_message

from runtime.errors import NetworkError
from runtime.messages.stage import Peer
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import KeyPair, make_client, make_server

# Chunks that may wait on either side of a link between stages.
ACTIVATION_QUEUE = 2
# Telemetry and logits wait here for a coordinator that is slow to read; beyond it they are lost.
_EVENT_QUEUE = 20_000
_PORTS_TRIED = 200


def command_socket(context: zmq.Context[Any], keys: KeyPair) -> zmq.Socket[Any]:
    socket: zmq.Socket[Any] = context.socket(zmq.ROUTER)
    bound_socket(socket, _EVENT_QUEUE)
    make_server(socket, keys)
    return socket


def activation_socket(context: zmq.Context[Any], keys: KeyPair) -> zmq.Socket[Any]:
    socket: zmq.Socket[Any] = context.socket(zmq.PULL)
    bound_socket(socket, ACTIVATION_QUEUE)
    make_server(socket, keys)
    return socket


def bind_everywhere(socket: zmq.Socket[Any], addresses: Sequence[str], first_port: int) -> int:
    """Bind one port on all addresses and return it: the first free one from first_port on, or any.

    NetworkError when there is none, or an address is not this machine's.
    """
    candidates = [0] if first_port == 0 else list(range(first_port, first_port + _PORTS_TRIED))
    for candidate in candidates:
        port = _bind_all(socket, addresses, candidate)
        if port is not None:
            return port
    raise NetworkError(
        f"No port from {first_port} to {first_port + _PORTS_TRIED - 1} is free.",
        "Close what uses them, or choose another first port in the settings.",
    )


def _bind_all(socket: zmq.Socket[Any], addresses: Sequence[str], candidate: int) -> int | None:
    bound: list[str] = []
    port = candidate
    for address in addresses:
        host = f"[{address}]" if ":" in address else address
        try:
            socket.bind(f"tcp://{host}:{port or '*'}")
        except zmq.ZMQError as problem:
            for endpoint in bound:
                socket.unbind(endpoint)
            if problem.errno in (zmq.EADDRINUSE, errno.EACCES):
                return None
            raise NetworkError(
                f"{address} is not an address of this machine ({problem}).",
                "Choose another network interface in the settings.",
            ) from problem
        endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        bound.append(endpoint)
        port = int(endpoint.rpartition(":")[2])
    return port


class NextStage:
    """The link to the stage behind: a bounded queue that never blocks this thread."""

    def __init__(self, context: zmq.Context[Any], keys: KeyPair, peer: Peer) -> None:
        self.peer = peer
        self.socket = context.socket(zmq.PUSH)
        bound_socket(self.socket, ACTIVATION_QUEUE)
        make_client(self.socket, keys, peer.public_key)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        try:
            self.socket.connect(f"tcp://{peer.address}")
        except zmq.ZMQError as problem:
            self.close()
            raise NetworkError(
                f"{peer.address} is no address of a next stage ({problem})."
            ) from problem

    def offer(self, frames: Sequence[Any]) -> bool:
        """Hand the frames over without copying them; False while the queue is full."""
        try:
            self.socket.send_multipart(list(frames), flags=zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        return True

    def was_refused(self) -> bool:
        """Whether the next stage has turned this one's key away since the last call."""
        refused = False
        while self.monitor.poll(0):
            parse_monitor_message(self.monitor.recv_multipart())
            refused = True
        return refused

    def close(self) -> None:
        self.socket.disable_monitor()
        self.monitor.close(linger=0)
        self.socket.close(linger=0)
