"""The network interfaces of this machine, and the addresses where others can reach it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import psutil
from msgspec import Struct

from runtime.errors import NetworkError

LOOPBACK = "127.0.0.1"


class Interface(Struct, frozen=True, kw_only=True):
    """One interface with its IPv4 and IPv6 addresses, most useful to others first."""

    name: str
    addresses: tuple[str, ...]
    is_loopback: bool
    is_up: bool


def list_interfaces() -> tuple[Interface, ...]:
    """Every interface that has an address, in the system's order."""
    states = psutil.net_if_stats()
    interfaces = []
    for name, entries in psutil.net_if_addrs().items():
        addresses = [
            entry.address for entry in entries if entry.family in (socket.AF_INET, socket.AF_INET6)
        ]
        if addresses:
            state = states.get(name)
            interfaces.append(
                Interface(
                    name=name,
                    addresses=tuple(sorted(addresses, key=_usefulness)),
                    is_loopback=all(_parsed(address).is_loopback for address in addresses),
                    is_up=state is None or state.isup,
                )
            )
    return tuple(interfaces)


def own_addresses(chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """Where other machines may reach this one: IPv4 first, then IPv6; loopback only if chosen.

    chosen holds names of interfaces or addresses of this machine; none means every interface.
    Raises NetworkError for a choice that is not there.
    """
    addresses = [
        address
        for interface in chosen_interfaces(chosen)
        for address in interface.addresses
        # A link-local IPv6 address means nothing without the interface of the machine that calls.
        if not (":" in address and _parsed(address).is_link_local)
    ]
    return tuple(sorted(dict.fromkeys(addresses), key=_usefulness))


def multicast_addresses(chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The own addresses through which mDNS is spoken: IPv4, or IPv6 where there is no other."""
    addresses = [
        address for interface in chosen_interfaces(chosen) for address in interface.addresses
    ]
    older = tuple(address for address in addresses if ":" not in address)
    return older or tuple(addresses)


def chosen_interfaces(chosen: Sequence[str] = ()) -> tuple[Interface, ...]:
    """The interfaces named by a choice, each with the chosen addresses alone."""
    interfaces = list_interfaces()
    if not chosen:
        return tuple(
            interface for interface in interfaces if interface.is_up and not interface.is_loopback
        )
    found = []
    for choice in chosen:
        matching = [
            interface
            if interface.name == choice
            else Interface(
                name=interface.name,
                addresses=(choice,),
                is_loopback=interface.is_loopback,
                is_up=interface.is_up,
            )
            for interface in interfaces
            if choice == interface.name or choice in interface.addresses
        ]
        if not matching:
            there = ", ".join(
                f"{interface.name} ({interface.addresses[0]})" for interface in interfaces
            )
            raise NetworkError(
                f"This machine has no network interface {choice}.",
                f"It has {there}." if there else "Connect it to a network first.",
            )
        found += matching
    return tuple(found)


def _usefulness(address: str) -> tuple[bool, bool]:
    """Sorts what others can rather use to the front."""
    parsed = _parsed(address)
    return parsed.is_link_local or parsed.is_loopback, parsed.version == 6


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(address)
