"""Limits every socket gets: bounded queues, heartbeats, no lingering, no giant messages."""

from __future__ import annotations

from typing import Any

import zmq

HEARTBEAT_MILLISECONDS = 1_000
SILENCE_MILLISECONDS = 4_000
CONNECT_MILLISECONDS = 4_000
# One chunk of 8192 tokens at hidden size 16384 in 16 bits is 256 MiB; nothing larger is honest.
LARGEST_MESSAGE_BYTES = 512 * 1024 * 1024


def bound_socket(socket: zmq.Socket[Any], queue_messages: int = 1_000) -> None:
    """queue_messages bounds what waits on each side of a connection."""
    socket.linger = 0
    socket.sndhwm = queue_messages
    socket.rcvhwm = queue_messages
    socket.maxmsgsize = LARGEST_MESSAGE_BYTES
    socket.heartbeat_ivl = HEARTBEAT_MILLISECONDS
    socket.heartbeat_timeout = SILENCE_MILLISECONDS
    socket.heartbeat_ttl = SILENCE_MILLISECONDS
    socket.handshake_ivl = CONNECT_MILLISECONDS
    socket.reconnect_ivl = 200
    socket.reconnect_ivl_max = 2_000
    socket.ipv6 = True
