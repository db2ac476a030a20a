"""Addresses as people type them and as sockets want them: "host", "host:port", "[IPv6]:port"."""

from __future__ import annotations

import ipaddress

from msgspec import Struct

from runtime.errors import NetworkError
from runtime.ports import CONTROL_PORT


class HostPort(Struct, frozen=True):
    """A host name or address without brackets, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def parse_address(text: str, default_port: int = CONTROL_PORT) -> HostPort:
    """Raises NetworkError with an example for what is no address."""
    typed = text.strip()
    host, port_text = typed, ""
    if typed.startswith("["):
        host, closed, rest = typed[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _no_address(text)
        port_text = rest[1:]
    elif typed.count(":") == 1:
        host, _, port_text = typed.partition(":")
        if not port_text:
            raise _no_address(text)
    if not _is_host(host) or (typed.startswith("[") and ":" not in host):
        raise _no_address(text)
    if not port_text:
        return HostPort(host, default_port)
    if not (port_text.isascii() and port_text.isdigit() and 0 < int(port_text) < 65_535):
        raise NetworkError(
            f'"{port_text}" is not a port.', "A port is a number from 1 to 65534, such as 47650."
        )
    return HostPort(host, int(port_text))


def bracketed(host: str) -> str:
    """A host as it stands before ":port"."""
    return f"[{host}]" if ":" in host else host


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return (
        0 < len(host) <= 253
        and host.isascii()
        and all(character.isalnum() or character in "-._" for character in host)
        and host[0] not in "-."
    )


def _no_address(text: str) -> NetworkError:
    return NetworkError(
        f'"{text[:80]}" is not an address.',
        "An address looks like 192.168.1.20, desk.local:47650 or [fe80::1]:47650.",
    )
