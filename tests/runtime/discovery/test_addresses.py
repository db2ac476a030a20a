"""Addresses as people type them."""

from __future__ import annotations

import pytest

from runtime.discovery.addresses import parse_address
from runtime.errors import NetworkError


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("192.168.1.20", "192.168.1.20:47650"),
        (" 192.168.1.20:9000 ", "192.168.1.20:9000"),
        ("desk", "desk:47650"),
        ("desk.local:47670", "desk.local:47670"),
        ("[::1]:9000", "[::1]:9000"),
        ("[fe80::1%eth0]", "[fe80::1%eth0]:47650"),
        ("fd00::2", "[fd00::2]:47650"),
    ],
)
def test_addresses_are_understood_as_typed(typed: str, understood: str) -> None:
    assert str(parse_address(typed)) == understood


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", ":", "desk:", ":9000", "[::1", "[::1]9000", "[desk]:1", "a b", "a/b", "-x"),
        *("desk:0", "desk:65535", "desk:99999", "desk:-1", "desk:²", "1:2:3", "tcp://desk"),
        "x" * 300,
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NetworkError, match=r"is not an address|is not a port"):
        parse_address(typed)
