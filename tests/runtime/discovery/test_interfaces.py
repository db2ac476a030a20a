"""This machine's addresses: useful ones first, loopback only when asked for."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from runtime.discovery.interfaces import (
    list_interfaces,
    multicast_addresses,
    own_addresses,
)
from runtime.errors import NetworkError


def entry(address: str) -> SimpleNamespace:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return SimpleNamespace(family=family, address=address)


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop with Wi-Fi, a cable that is not plugged in, and a link-local bridge."""
    monkeypatch.setattr(
        psutil,
        "net_if_addrs",
        lambda: {
            "lo": [entry("127.0.0.1"), entry("::1")],
            "wlan0": [entry("fe80::1%wlan0"), entry("fd00::5"), entry("192.168.1.5")],
            "eth0": [entry("10.0.0.5")],
            "bridge0": [entry("169.254.3.3")],
            "empty0": [SimpleNamespace(family=-1, address="00:11:22:33:44:55")],
        },
    )
    monkeypatch.setattr(
        psutil,
        "net_if_stats",
        lambda: {"eth0": SimpleNamespace(isup=False), "wlan0": SimpleNamespace(isup=True)},
    )


@pytest.mark.usefixtures("laptop")
def test_without_a_choice_every_interface_counts_but_loopback_and_unplugged_ones() -> None:
    assert own_addresses() == ("192.168.1.5", "fd00::5", "169.254.3.3")
    assert multicast_addresses() == ("192.168.1.5", "169.254.3.3")


@pytest.mark.usefixtures("laptop")
@pytest.mark.parametrize(
    ("chosen", "addresses"),
    [
        (["wlan0"], ("192.168.1.5", "fd00::5")),
        (["192.168.1.5"], ("192.168.1.5",)),
        (["lo"], ("127.0.0.1", "::1")),
        (["127.0.0.1"], ("127.0.0.1",)),
        (["wlan0", "192.168.1.5", "eth0"], ("192.168.1.5", "10.0.0.5", "fd00::5")),
    ],
)
def test_interfaces_are_chosen_by_name_or_address(
    chosen: list[str], addresses: tuple[str, ...]
) -> None:
    assert own_addresses(chosen) == addresses


@pytest.mark.usefixtures("laptop")
def test_where_there_is_no_older_address_mdns_uses_the_newer() -> None:
    assert multicast_addresses(["fd00::5"]) == ("fd00::5",)


@pytest.mark.usefixtures("laptop")
def test_an_interface_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NetworkError, match=r"no network interface eth7.*wlan0 \(192.168.1.5\)"):
        own_addresses(["eth7"])


def test_the_real_machine_has_a_loopback_interface() -> None:
    loopback = [interface for interface in list_interfaces() if interface.is_loopback]
    assert "127.0.0.1" in loopback[0].addresses
