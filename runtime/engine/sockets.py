"""An engine's three sockets: commands, activations that come in, activations that go out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import zmq
from zmq.utils.monitor import parse_monitor_message

from runtime.errors import HPipeError, NetworkError, Refused
from runtime.messages.stage import Peer
from runtime.planner.values import QUEUE_DEPTH
from runtime.transport.binding import PortUnavailable, bind_first
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import KeyPair, make_client, make_server

# Telemetry and logits wait here for a coordinator that is slow to read; beyond it they are lost.
_EVENT_QUEUE = 20_000
_PORTS_TRIED = 200
# Commands carry token ids at most; ZeroMQ buffers this much for a peer before it knows who it is.
_LARGEST_COMMAND_BYTES = 32 * 1024**2
# How long a next stage may be out of reach before the chunk that waits for it is given up.
PATIENCE_SECONDS = 8.0

_CONNECTED = zmq.EVENT_HANDSHAKE_SUCCEEDED
_APART = zmq.EVENT_DISCONNECTED
# A key that is not admitted, or a server that is not the one whose key was named.
_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL


def command_socket(context: zmq.Context[Any], keys: KeyPair) -> zmq.Socket[Any]:
    """Admits the ZAP domain "commands"."""
    socket: zmq.Socket[Any] = context.socket(zmq.ROUTER)
    bound_socket(socket, _EVENT_QUEUE)
    socket.maxmsgsize = _LARGEST_COMMAND_BYTES
    make_server(socket, keys, "commands")
    return socket


def activation_socket(context: zmq.Context[Any], keys: KeyPair) -> zmq.Socket[Any]:
    """Admits the ZAP domain "activations"."""
    socket: zmq.Socket[Any] = context.socket(zmq.PULL)
    bound_socket(socket, QUEUE_DEPTH)
    make_server(socket, keys, "activations")
    return socket


def bind_from(socket: zmq.Socket[Any], addresses: Sequence[str], first_port: int) -> int:
    """Bind one port on all addresses and return it: the first free one from first_port on, or any.

    NetworkError when there is none, or an address is not this machine's.
    """
    last_port = first_port + _PORTS_TRIED - 1
    try:
        return bind_first(
            socket, addresses, range(first_port, last_port + 1) if first_port else (0,)
        )
    except PortUnavailable as problem:
        raise NetworkError(
            f"No port from {first_port} to {last_port} is free.",
            "Close what uses them, or choose another first port in the settings.",
        ) from problem


class NextStage:
    """The link to the stage behind: a bounded queue that never blocks this thread.

    It is opened when a session is, not when layers are loaded: all stages load at once, and only
    then does each admit the one before it.
    """

    def __init__(self, context: zmq.Context[Any], keys: KeyPair, peer: Peer) -> None:
        self._peer = peer
        self._context = context
        self._keys = keys
        self._refused = False
        self._apart_since: float | None = 0.0  # None while the two are connected
        self.socket: zmq.Socket[Any] | None = None
        self.monitor: zmq.Socket[Any] | None = None

    def open(self) -> zmq.Socket[Any]:
        """Connect, if that has not been done. Raises NetworkError for what is no address."""
        if self.socket is not None:
            return self.socket
        self._refused = False
        self._apart_since = time.monotonic()
        self.socket = self._context.socket(zmq.PUSH)
        bound_socket(self.socket, QUEUE_DEPTH)
        # What is offered before the handshake would be lost without a word if that fails.
        self.socket.immediate = True
        make_client(self.socket, self._keys, self._peer.public_key)
        self.monitor = self.socket.get_monitor_socket(_CONNECTED | _APART | _REFUSED)
        try:
            self.socket.connect(f"tcp://{self._peer.address}")
        except zmq.ZMQError as problem:
            self.close()
            raise NetworkError(
                f"{self._peer.address} is no address of a next stage ({problem})."
            ) from problem
        return self.socket

    def offer(self, frames: Sequence[Any]) -> bool:
        """Hand the frames over without copying them; False while there is no room for them."""
        socket = self.socket or self.open()
        try:
            socket.send_multipart(list(frames), flags=zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        return True

    def problem(self) -> HPipeError | None:
        """Why nothing can be sent, or None if it is just that the next stage is busy."""
        self._take_events()
        if self._refused:
            return Refused(
                f"The next stage at {self._peer.address} does not admit this machine.",
                "Pair the two machines, then ask again.",
            )
        if self._apart_since is None or time.monotonic() - self._apart_since < PATIENCE_SECONDS:
            return None
        return NetworkError(
            f"The next stage at {self._peer.address} cannot be reached from this machine.",
            "The machines must reach each other, not just yours: check their firewalls.",
        )

    def close(self) -> None:
        if self.socket is None:
            return
        self.socket.disable_monitor()
        if self.monitor is not None:
            self.monitor.close(linger=0)
        self.socket.close(linger=0)
        self.socket = self.monitor = None

    def _take_events(self) -> None:
        while self.monitor is not None and self.monitor.poll(0):
            event = parse_monitor_message(self.monitor.recv_multipart())["event"]
            if event == _CONNECTED:
                self._apart_since = None
            elif event & _REFUSED:
                self._refused = True
            elif self._apart_since is None:
                self._apart_since = time.monotonic()
