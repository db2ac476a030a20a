"""CURVE keys and how a socket is made a server or a client with them."""

from __future__ import annotations

from typing import Any

import zmq
from msgspec import Struct


class KeyPair(Struct, frozen=True, kw_only=True):
    """A machine's long-term CURVE keys in Z85 (40 characters each); public_key is its identity."""

    public_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"KeyPair({self.public_key})"


def new_key_pair() -> KeyPair:
    public, secret = zmq.curve_keypair()
    return KeyPair(public_key=public.decode(), secret_key=secret.decode())


def make_server(socket: zmq.Socket[Any], keys: KeyPair, domain: str = "paired") -> None:
    """Before bind: accept only CURVE clients that the ZAP handler admits to this domain."""
    socket.curve_server = True
    socket.curve_secretkey = keys.secret_key.encode()
    socket.curve_publickey = keys.public_key.encode()
    socket.zap_domain = domain.encode()


def make_client(socket: zmq.Socket[Any], keys: KeyPair, server_public_key: str) -> None:
    """Before connect: speak only to the server that owns server_public_key."""
    socket.curve_serverkey = server_public_key.encode()
    socket.curve_secretkey = keys.secret_key.encode()
    socket.curve_publickey = keys.public_key.encode()
