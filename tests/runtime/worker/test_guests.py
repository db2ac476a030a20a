"""Whose key counts for how much, and for how long."""

from __future__ import annotations

from pathlib import Path

from runtime.messages.spawn import Admission
from runtime.transport.curve import new_key_pair
from runtime.trust.pairings import Pairings
from runtime.worker.guests import Guests, Standing

OWN, TRUSTED, FRIEND, STRANGER = (new_key_pair().public_key for _ in range(4))


def guests(folder: Path) -> tuple[Guests, list[Admission]]:
    changes: list[Admission] = []
    return Guests(OWN, (TRUSTED,), Pairings(folder), changes.append), changes


def test_each_key_has_its_standing(tmp_path: Path) -> None:
    """Defect: a key that is only vouched for counts as paired."""
    house, _ = guests(tmp_path)
    house.remember(FRIEND, "Friend")
    house.vouch(b"1", (STRANGER, FRIEND))
    assert house.standing(OWN) is Standing.OWN
    assert house.standing(TRUSTED) is Standing.PAIRED
    assert house.standing(FRIEND) is Standing.PAIRED
    assert house.standing(STRANGER) is Standing.VOUCHED
    assert house.standing(new_key_pair().public_key) is Standing.UNKNOWN
    engines = house.engine_admission
    assert set(engines.coordinators) == {OWN, TRUSTED, FRIEND}
    assert engines.neighbours == (STRANGER,), "it may send to a stage, but command none"


def test_a_vouched_key_stays_while_anyone_vouches(tmp_path: Path) -> None:
    """Defect: the first coordinator that leaves throws out the other's machines, or none ever."""
    house, changes = guests(tmp_path)
    house.vouch(b"1", (STRANGER,))
    house.vouch(b"2", (STRANGER,))
    changes.clear()
    house.connection_ended(b"1")
    assert changes == []
    assert STRANGER in house.admission
    house.connection_ended(b"2")
    assert [change.neighbours for change in changes] == [()]
    assert STRANGER not in house.admission


def test_the_end_of_a_vouching_does_not_unpair(tmp_path: Path) -> None:
    """Defect: a paired machine is locked out when a coordinator that also named it leaves."""
    house, changes = guests(tmp_path)
    house.remember(FRIEND, "Friend")
    house.vouch(b"1", (FRIEND,))
    changes.clear()
    house.connection_ended(b"1")
    assert changes == []
    assert house.standing(FRIEND) is Standing.PAIRED


def test_a_forgotten_machine_is_out_whoever_vouches(tmp_path: Path) -> None:
    """Defect: a machine a person has thrown out comes back by another's word."""
    house, changes = guests(tmp_path)
    house.remember(FRIEND, "Friend")
    house.vouch(b"1", (FRIEND,))
    changes.clear()
    house.forget(FRIEND)
    house.forget(TRUSTED)
    assert [set(change.coordinators) for change in changes] == [{OWN, TRUSTED}, {OWN}]
    assert changes[-1].neighbours == ()
    house.vouch(b"2", (FRIEND,))
    assert house.standing(FRIEND) is Standing.UNKNOWN
    assert FRIEND not in house.admission
    assert Pairings(tmp_path).keys() == frozenset()
    house, _ = guests(tmp_path)  # the worker was started again
    house.vouch(b"3", (FRIEND,))
    assert house.standing(FRIEND) is Standing.UNKNOWN
    house.remember(FRIEND, "Friend")
    assert house.standing(FRIEND) is Standing.PAIRED
