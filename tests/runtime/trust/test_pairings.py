"""The list of paired machines: on disk at once, and never dropped silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import HPipeError, PairingError, SetupError
from runtime.transport.curve import new_key_pair
from runtime.trust.names import plain_name
from runtime.trust.pairings import FILE_NAME, FORGOTTEN_FILE_NAME, Pairings

ONE = new_key_pair().public_key
OTHER = new_key_pair().public_key


def test_pairings_outlive_the_process(tmp_path: Path) -> None:
    pairings = Pairings(tmp_path)
    pairings.remember(ONE, "Desk")
    pairings.remember(OTHER, "Attic")
    pairings.remember(ONE, "Desk by the window")
    again = Pairings(tmp_path)
    assert [machine.name for machine in again.machines()] == ["Desk by the window", "Attic"]
    assert again.keys() == {ONE, OTHER}


def test_a_forgotten_machine_is_forgotten_on_disk_too(tmp_path: Path) -> None:
    pairings = Pairings(tmp_path)
    pairings.remember(ONE, "Desk")
    pairings.forget(ONE)
    pairings.forget(OTHER)
    assert pairings.keys() == Pairings(tmp_path).keys() == frozenset()


def test_two_workers_of_one_machine_do_not_undo_each_others_pairings(tmp_path: Path) -> None:
    """Defect: a machine paired in one window is gone because of another window."""
    one, other = Pairings(tmp_path), Pairings(tmp_path)
    one.remember(ONE, "Desk")
    other.remember(OTHER, "Attic")
    assert Pairings(tmp_path).keys() == other.keys() == {ONE, OTHER}
    one.forget(OTHER)
    assert Pairings(tmp_path).keys() == one.keys() == {ONE}


@pytest.mark.parametrize("name", [FILE_NAME, FORGOTTEN_FILE_NAME])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"public_key": "x"}]', b"\x00"])
def test_a_damaged_list_is_reported_and_left_alone(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SetupError, match="damaged"):
        Pairings(tmp_path)
    assert (tmp_path / name).read_bytes() == content


def test_what_is_not_a_key_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(PairingError):
        Pairings(tmp_path).remember("../../etc/passwd", "Desk")
    assert not (tmp_path / FILE_NAME).exists()


def test_a_failed_write_leaves_the_list_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairings = Pairings(tmp_path)
    pairings.remember(ONE, "Desk")

    def full_disk(*_arguments: object, **_named: object) -> None:
        raise SetupError("The disk is full.")

    monkeypatch.setattr("runtime.trust.pairings.write_atomically", full_disk)
    with pytest.raises(HPipeError):
        pairings.remember(OTHER, "Attic")
    assert pairings.keys() == {ONE}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Anna's laptop", "Anna's laptop"),
        ("\x1b[2Jboo", "[2Jboo"),
        ("two\nlines\tand  more", "two lines and more"),
        ("a\u202eb\u200bc", "abc"),
        ("", "A machine without a name"),
        ("\x00\x07", "A machine without a name"),
        ("x" * 500, "x" * 60),
    ],
)
def test_names_from_the_network_are_made_plain(given: str, shown: str) -> None:
    assert plain_name(given) == shown
