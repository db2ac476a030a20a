"""A machine's identity: kept, private, and never replaced without being asked."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.errors import SetupError
from runtime.transport.curve import new_key_pair
from runtime.trust.identity import FILE_NAME, is_public_key, load_or_create_identity


def test_the_identity_stays_the_same(tmp_path: Path) -> None:
    first = load_or_create_identity(tmp_path / "state")
    assert is_public_key(first.public_key)
    assert load_or_create_identity(tmp_path / "state") == first


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_others_on_the_machine_cannot_read_the_secret(tmp_path: Path) -> None:
    load_or_create_identity(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_window_and_a_worker_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        identities = list(threads.map(load_or_create_identity, [tmp_path] * 8))
    assert len({keys.public_key for keys in identities}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"public_key": "x", "secret_key": "y"}', b"\xff\xfe\x00"],
)
def test_a_damaged_identity_is_reported_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SetupError, match="damaged"):
        load_or_create_identity(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="could not be"):
        load_or_create_identity(tmp_path / "file" / "state")


@pytest.mark.parametrize(
    ("text", "is_key"),
    [
        pytest.param(new_key_pair().public_key, True, id="a new key"),
        ("", False),
        ("a" * 39, False),
        ("a" * 41, False),
        ("#" * 40, False),  # in the alphabet, but beyond 32 bits in each group of five
        ("a" * 39 + " ", False),
        ("a" * 39 + "\n", False),
        ("ä" * 40, False),
    ],
)
def test_only_whole_keys_are_taken_for_keys(text: str, is_key: bool) -> None:
    assert is_public_key(text) is is_key
