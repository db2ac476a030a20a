"""Where paired machines were last: a help that may fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.coordinator.known_addresses import FILE_NAME, KnownAddresses
from runtime.discovery.records import Sighting
from runtime.transport.curve import new_key_pair

KEY = new_key_pair().public_key
SIGHTING = Sighting(
    public_key=KEY,
    name="Attic",
    version="1",
    protocol=1,
    hosts=("10.0.0.9",),
    control_port=47650,
    pairing_port=47651,
)


def test_an_address_is_kept_until_its_machine_is_forgotten(tmp_path: Path) -> None:
    known = KnownAddresses(tmp_path)
    known.remember(SIGHTING)
    again = KnownAddresses(tmp_path)
    found = again.get(KEY, "Attic upstairs")
    assert found is not None and (found.hosts, found.name) == (("10.0.0.9",), "Attic upstairs")
    again.forget(KEY)
    assert KnownAddresses(tmp_path).get(KEY, "Attic") is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_file_is_no_hindrance(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    known = KnownAddresses(tmp_path)
    assert known.get(KEY, "Attic") is None
    known.remember(SIGHTING)
    assert KnownAddresses(tmp_path).get(KEY, "Attic") is not None


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    known = KnownAddresses(tmp_path / "file")
    known.remember(SIGHTING)
    assert known.get(KEY, "Attic") is not None
