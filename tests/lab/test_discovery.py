"""Machines that find, pair and lose each other over a network of their own, with real programs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.machines import Lab, Machine, Process, RefusedByService, Window, why_not

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path) as built:
        yield built


def code_of(worker: Process) -> str:
    return worker.line(lambda line: line.startswith("Pairing code: ")).split()[-1]


def is_listed(machine: dict[str, Any] | None) -> bool:
    return machine is not None


def is_gone(machine: dict[str, Any] | None) -> bool:
    return machine is None


def is_in(*states: str) -> Any:
    return lambda machine: machine is not None and machine["state"] in states


def pair(window: Window, machine: Machine, worker: Process) -> str:
    window.until(is_listed, machine.name, 5.0)
    machine_id: str = window.machines[machine.name]["machine_id"]
    window.ask("pair", machine_id, code_of(worker))
    window.until(is_in("paired"), machine.name, 5.0)
    return machine_id


def test_a_worker_is_seen_within_three_seconds_and_gone_after_its_goodbye(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    window = desk.window()
    worker = attic.worker()
    worker.line(lambda line: attic.address in line)
    assert window.until(is_listed, "Attic", 3.0) < 3.0
    assert window.machines["Attic"]["addresses"][0] == attic.address
    assert worker.stop(signal.SIGTERM) == 0
    assert window.until(is_gone, "Attic", 10.0) < 10.0
    assert attic.processes() == set()


def test_a_worker_that_is_killed_or_unplugged_is_gone_within_ten_seconds(lab: Lab) -> None:
    desk, attic, cellar = lab.machine("Desk"), lab.machine("Attic"), lab.machine("Cellar")
    killed, unplugged = attic.worker(), cellar.worker()
    window = desk.window()
    window.until(is_listed, "Attic", 5.0)
    window.until(is_listed, "Cellar", 5.0)
    killed.stop(signal.SIGKILL)
    assert window.until(is_gone, "Attic", 10.0) < 10.0
    cellar.unplug()
    assert window.until(is_gone, "Cellar", 10.0) < 10.0
    cellar.plug_in()
    window.until(is_listed, "Cellar", 10.0)
    assert unplugged.popen.poll() is None


def test_pairing_by_the_code_a_worker_shows(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    worker, window = attic.worker(), desk.window()
    window.until(is_listed, "Attic", 5.0)
    machine_id = window.machines["Attic"]["machine_id"]
    first = code_of(worker)
    with pytest.raises(RefusedByService, match="PairingError: The code was wrong"):
        window.ask("pair", machine_id, f"{(int(first) + 1) % 1_000_000:06}")
    worker.line(lambda line: line.startswith("Desk tried to pair and was refused"))
    window.ask("pair", machine_id, code_of(worker))
    worker.line(lambda line: line == "Paired with Desk.")
    window.until(is_in("paired"), "Attic", 5.0)
    assert window.machines["Attic"]["devices"]


def test_a_paired_machine_is_lost_and_found_again(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    worker, window = attic.worker(), desk.window()
    pair(window, attic, worker)
    attic.unplug()
    assert window.until(is_in("lost"), "Attic", 10.0) < 10.0
    attic.plug_in()
    window.until(is_in("paired"), "Attic", 15.0)
    worker.stop(signal.SIGKILL)
    assert window.until(is_in("lost"), "Attic", 10.0) < 10.0
    attic.worker()
    window.until(is_in("paired"), "Attic", 15.0)


def test_a_machine_that_does_not_announce_itself_is_added_by_its_address(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    worker = attic.worker("--no-announce", "--port", "47800", "--interface", "eth0")
    code, window = code_of(worker), desk.window()
    with pytest.raises(RefusedByService, match=f"Nobody answers at {attic.address}:47650"):
        window.ask("add_address", attic.address)
    machine_id = window.ask("add_address", f"{attic.address}:47800")
    window.ask("pair", machine_id, code)
    window.until(is_in("paired"), "Attic", 5.0)
    # Found again without mDNS and without being asked, where it was reached last.
    assert window.process.stop() == 0
    again = desk.window()
    again.until(is_in("paired"), "Attic", 10.0)


def test_the_pair_command_pairs_from_a_terminal(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    worker = attic.worker()
    wrong = desk.main("pair", attic.address, f"{(int(code_of(worker)) + 1) % 1_000_000:06}")
    assert wrong.wait() != 0
    assert "The code was wrong" in "\n".join(wrong.lines)
    right = desk.main("pair", attic.address, code_of(worker))
    assert right.wait() == 0, right.lines
    assert right.lines[-1] == "Paired with Attic."
    worker.line(lambda line: line == "Paired with Desk." or "Paired with" in line)
    assert desk.processes() == set()


def test_a_machine_that_is_not_known_any_more_gets_a_sentence_and_nothing_else(lab: Lab) -> None:
    desk, attic = lab.machine("Desk"), lab.machine("Attic")
    worker, window = attic.worker(), desk.window()
    pair(window, attic, worker)
    worker.stop()
    (attic.folder / "state" / "paired.json").unlink()
    attic.worker()
    window.until(is_in("refused"), "Attic", 15.0)
    assert "does not know this one" in window.machines["Attic"]["detail"]
    # Paired again by a new code, after this side has let it go too.
    window.ask("forget", window.machines["Attic"]["machine_id"])
    window.until(is_in("found"), "Attic", 5.0)
    assert window.machines["Attic"]["is_paired"] is False
