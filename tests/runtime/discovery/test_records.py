"""The TXT record: what we write can be read, and nothing else is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.discovery.records import read_sighting, text_record
from runtime.transport.curve import new_key_pair
from runtime.version import PROTOCOL_VERSION, VERSION

KEY = new_key_pair().public_key


def encoded(record: dict[str, str]) -> dict[bytes, bytes | None]:
    return {name.encode(): value.encode() for name, value in record.items()}


GOOD = encoded(text_record(KEY, "Attic", 47651))


@given(name=st.text(max_size=300))
def test_what_we_announce_is_read_back_whatever_the_name(name: str) -> None:
    record = encoded(text_record(KEY, name, 47651))
    # A DNS text string holds 255 bytes, its name and "=" included.
    assert all(len(key) + 1 + len(value or b"") <= 255 for key, value in record.items())
    sighting = read_sighting(record, ["10.0.0.1"], 47650)
    assert sighting is not None
    assert (sighting.public_key, sighting.pairing_port) == (KEY, 47651)
    assert (sighting.version, sighting.protocol) == (VERSION, PROTOCOL_VERSION)
    assert sighting.name.isprintable()


@pytest.mark.parametrize(
    "change",
    [
        {b"key": b"../../etc/passwd"},
        {b"key": None},
        {b"key": b"\xff" * 40},
        {b"protocol": b"-1"},
        {b"protocol": b"1.5"},
        {b"protocol": b"9" * 5_000},
        {b"protocol": "²".encode()},
        {b"pairing": b"0"},
        {b"pairing": b"65536"},
        {b"pairing": b""},
    ],
)
def test_a_record_with_a_hostile_value_is_ignored(change: dict[bytes, bytes | None]) -> None:
    assert read_sighting(GOOD | change, ["10.0.0.1"], 47650) is None


@pytest.mark.parametrize("name", list(GOOD))
def test_a_record_that_lacks_what_matters_is_ignored(name: bytes) -> None:
    record = {key: value for key, value in GOOD.items() if key != name}
    sighting = read_sighting(record, ["10.0.0.1"], 47650)
    assert (sighting is None) is (name in (b"key", b"protocol", b"pairing"))


@pytest.mark.parametrize(
    ("hosts", "port"),
    [
        *(([], 47650), (["224.0.0.1"], 47650), (["0.0.0.0"], 47650), (["x"], 47650)),
        *((["10.0.0.1"], None), (["10.0.0.1"], 0), (["10.0.0.1"], 70_000)),
    ],
)
def test_a_record_without_a_usable_address_is_ignored(hosts: list[str], port: int | None) -> None:
    assert read_sighting(GOOD, hosts, port) is None


def test_a_flood_of_addresses_is_cut() -> None:
    hosts = [f"10.0.{number // 256}.{number % 256}" for number in range(1, 2_000)]
    sighting = read_sighting(GOOD, hosts, 47650)
    assert sighting is not None and len(sighting.hosts) == 16


@given(
    record=st.dictionaries(
        st.sampled_from([b"key", b"name", b"version", b"protocol", b"pairing", b"x"]),
        st.none() | st.binary(max_size=300) | st.sampled_from([KEY.encode(), b"1", b"47651"]),
    ),
    hosts=st.lists(st.text(max_size=40) | st.ip_addresses().map(str), max_size=4),
    port=st.none() | st.integers(),
)
def test_no_record_breaks_the_reader(
    record: dict[bytes, bytes | None], hosts: list[str], port: int | None
) -> None:
    sighting = read_sighting(record, hosts, port)
    if sighting is not None:
        assert sighting.public_key == KEY
        assert 0 < sighting.control_port < 65_536
        assert sighting.name.isprintable() and len(sighting.name) <= 60
