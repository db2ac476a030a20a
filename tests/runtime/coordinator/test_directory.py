"""What people are shown of the machines, and what is kept of their choices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from runtime.coordinator.directory import Directory
from runtime.coordinator.events import EventHub
from runtime.errors import NetworkError, SetupError
from runtime.messages.control import MachineDescription
from runtime.snapshots import Hours, MachineState
from tests.runtime.coordinator.devices import CPU

DESK = "desk"
SPEEDS = {"cpu": (100.0, 10.0)}


class Link:
    """What the directory reads of a connection."""

    machine_id = DESK
    description = MachineDescription(
        public_key=DESK,
        name="Desk",
        system="Linux",
        version="1",
        protocol=1,
        addresses=("192.168.1.2",),
        control_port=47650,
        devices=(CPU,),
        total_memory_bytes=8,
        free_memory_bytes=4,
        free_disk_bytes=4,
    )


def directory(preferences: Path | None = None) -> Directory:
    """One that knows a connected machine."""
    known = Directory(EventHub(), preferences)
    known.joined(Link())  # type: ignore[arg-type]
    return known


def test_a_measured_machine_is_ready_with_its_speed() -> None:
    known = directory()
    known.measuring(DESK, 0.5)
    assert known.machine(DESK).state is MachineState.MEASURING
    known.measured(DESK, SPEEDS)
    assert known.machine(DESK).state is MachineState.READY
    assert known.machine(DESK).devices[0].prefill_tokens_per_second == 100.0


def test_a_machine_lost_while_it_is_measured_stays_lost() -> None:
    """Defect: it is shown as ready and planned with, though nobody can reach it."""
    known = directory()
    known.measuring(DESK, 0.5)
    known.lost(DESK, NetworkError("It was switched off."))
    known.measuring(DESK, 0.6)
    known.measured(DESK, SPEEDS)
    known.settled((DESK,))
    assert known.machine(DESK).state is MachineState.LOST
    assert known.taking_part == ()
    known.removed(DESK)
    known.measured(DESK, SPEEDS)
    assert known.get(DESK) is None


def test_a_machine_that_could_not_be_measured_is_not_called_ready() -> None:
    """Defect: a machine that refused to be measured looks as good as one that was."""
    known = directory()
    known.measuring(DESK, 0.0)
    known.measured(DESK, {})
    known.settled((DESK,))
    assert known.machine(DESK).state is MachineState.PAIRED


def test_a_name_of_ones_own_is_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    """Defect: an emptied name leaves the old one until the machine connects again."""
    preferences = tmp_path / "machines.json"
    known = directory(preferences)
    known.rename(DESK, " Büro ")
    assert known.machine(DESK).name == "Büro"
    assert directory(preferences).machine(DESK).name == "Büro"
    known.rename(DESK, "")
    assert known.machine(DESK).name == "Desk"


def test_a_choice_that_cannot_be_kept_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: an error says that it failed, and two seconds later it is shown as done."""
    known = directory(tmp_path / "machines.json")

    def full(*_: object, **__: object) -> None:
        raise SetupError("The disk is full.")

    monkeypatch.setattr("runtime.coordinator.directory.write_atomically", full)
    with pytest.raises(SetupError):
        known.include(DESK, False)
    known.described(DESK, Link.description)
    assert known.machine(DESK).is_included


@pytest.mark.parametrize("content", [b"{", b"[]", None])
def test_choices_that_cannot_be_read_fall_back_to_the_defaults(
    tmp_path: Path, content: bytes | None
) -> None:
    """Defect: a damaged file of names keeps the window from starting."""
    preferences = tmp_path / "machines.json"
    if content is None:
        preferences.mkdir()
    else:
        preferences.write_bytes(content)
    assert directory(preferences).machine(DESK).name == "Desk"


EVENING = Hours(from_minute=20 * 60, until_minute=8 * 60)


@pytest.mark.parametrize(
    ("hours", "within", "outside"),
    [
        (EVENING, (1200, 1439, 0, 479), (480, 720, 1199)),
        (Hours(from_minute=540, until_minute=1020), (540, 1019), (539, 1020, 0)),
        (Hours(from_minute=60, until_minute=60), (0, 59, 60, 1439), ()),
    ],
)
def test_hours_hold_over_midnight_too(
    hours: Hours, within: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    assert [minute for minute in (*within, *outside) if hours.hold(minute)] == list(within)


def test_outside_its_hours_a_machine_does_not_take_part(tmp_path: Path) -> None:
    """Defect: a machine that should rest is planned with, or nobody sees that it rests."""
    clock = [datetime(2026, 3, 1, 19, 59)]
    preferences = tmp_path / "machines.json"
    known = Directory(EventHub(), preferences, lambda: clock[0])
    known.joined(Link())  # type: ignore[arg-type]
    known.limit_hours(DESK, EVENING)
    assert known.machine(DESK).is_off_hours and not known.machine(DESK).may_take_part
    assert known.taking_part == ()
    clock[0] = datetime(2026, 3, 1, 20, 0)
    assert known.taking_part == (DESK,), "at once, whatever is shown"
    known.described(DESK, Link.description)
    assert known.machine(DESK).may_take_part
    assert directory(preferences).machine(DESK).hours == EVENING
    known.limit_hours(DESK, None)
    clock[0] = datetime(2026, 3, 1, 12, 0)
    assert known.taking_part == (DESK,)
