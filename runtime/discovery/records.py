"""What a machine says of itself over mDNS, written and read strictly: anybody may send anything."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from msgspec import Struct

from runtime.trust.identity import is_public_key
from runtime.trust.names import plain_name
from runtime.version import PROTOCOL_VERSION, VERSION

SERVICE_TYPE = "_hpipe._tcp.local."
MOST_HOSTS = 16
LONGEST_VALUE_BYTES = 200


class Sighting(Struct, frozen=True, kw_only=True):
    """A machine as it was seen on the network; nothing of it is proven.

    hosts are addresses without brackets, the most useful one first.
    """

    public_key: str
    name: str
    version: str
    protocol: int
    hosts: tuple[str, ...]
    control_port: int
    pairing_port: int


def text_record(public_key: str, name: str, pairing_port: int) -> dict[str, str]:
    """The TXT record of this machine. A name of many bytes is cut to what an entry holds."""
    cut = plain_name(name).encode()[:LONGEST_VALUE_BYTES].decode(errors="ignore")
    return {
        "key": public_key,
        "name": cut,
        "version": VERSION,
        "protocol": str(PROTOCOL_VERSION),
        "pairing": str(pairing_port),
    }


def read_sighting(
    text: Mapping[bytes, bytes | None], hosts: Iterable[str], control_port: int | None
) -> Sighting | None:
    """A record from the network, or None for one that no machine of ours would send."""
    key = _value(text, b"key")
    protocol = _number(_value(text, b"protocol"), 1_000_000)
    pairing_port = _number(_value(text, b"pairing"), 65_535)
    usable = tuple(dict.fromkeys(host for host in hosts if _is_usable(host)))[:MOST_HOSTS]
    if (
        key is None
        or not is_public_key(key)
        or not protocol
        or not pairing_port
        or not control_port
        or not 0 < control_port < 65_536
        or not usable
    ):
        return None
    return Sighting(
        public_key=key,
        name=plain_name(_value(text, b"name") or ""),
        version=plain_name(_value(text, b"version") or "", "of unknown version"),
        protocol=protocol,
        hosts=usable,
        control_port=control_port,
        pairing_port=pairing_port,
    )


def _value(text: Mapping[bytes, bytes | None], name: bytes) -> str | None:
    value = text.get(name)
    if value is None or len(value) > LONGEST_VALUE_BYTES + 55:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _number(value: str | None, largest: int) -> int | None:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 7:
        return None
    number = int(value)
    return number if 0 < number <= largest else None


def _is_usable(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified)
