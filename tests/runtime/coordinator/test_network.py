"""Real workers on loopback: found by address, paired, kept, lost, found again, forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from runtime.errors import NetworkError, PairingError, Refused
from runtime.snapshots import MachineState
from runtime.trust.identity import load_or_create_identity
from runtime.trust.pairings import Pairings
from tests.runtime.coordinator.homes import (
    Home,
    WorkerProcess,
    children,
    free_port,
    home,
    run,
    worker_process,
)

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def pair(desk: Home, attic: WorkerProcess) -> str:
    machine_id = await desk.network.add_address(attic.address)
    await desk.network.pair(machine_id, attic.codes[-1])
    return machine_id


def is_connected(at: Home, machine_id: str) -> bool:
    shown = at.shown(machine_id)
    return shown is not None and shown.state is MachineState.PAIRED


def test_this_machine_joins_alone_and_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with home("Desk", tmp_path / "desk") as desk:
            (machine,) = desk.directory.snapshot.machines
            assert (machine.name, machine.is_this_machine) == ("Desk", True)
            assert machine.machine_id == desk.machine_id
            assert machine.devices and machine.free_memory_bytes > 0
            assert desk.directory.taking_part == (desk.machine_id,)
            offer = await desk.network.offer_pairing()
            assert len(offer.code) == 6 and offer.seconds_left > 290

    run(scenario())


def test_a_machine_at_an_address_is_paired_by_its_code_and_joins(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            worker_process("Attic", tmp_path / "attic") as attic,
            home("Desk", tmp_path / "desk") as desk,
        ):
            machine_id = await desk.network.add_address(attic.address)
            shown = desk.shown(machine_id)
            assert shown is not None and shown.state is MachineState.FOUND
            assert (shown.name, shown.is_paired) == ("Attic", False)

            first = attic.codes[-1]
            with pytest.raises(PairingError, match="The code was wrong"):
                await desk.network.pair(machine_id, wrong(first))
            await attic.until_said(lambda: len(attic.codes) > 1)
            assert attic.lines[-2] == (
                "Desk tried to pair and was refused: The code was wrong, and counts no more."
            )

            await desk.network.pair(machine_id, attic.codes[-1])
            assert is_connected(desk, machine_id)
            assert machine_id in desk.machines.members
            assert Pairings(tmp_path / "attic").keys() == {desk.machine_id}
            assert Pairings(tmp_path / "desk").keys() == {machine_id}
            assert "Paired with Desk." in attic.lines

    run(scenario())


def test_a_paired_machine_is_found_again_without_being_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker_process("Attic", tmp_path / "attic") as attic:
            async with home("Desk", tmp_path / "desk") as desk:
                machine_id = await pair(desk, attic)
            async with home("Desk", tmp_path / "desk") as desk:
                await desk.until(lambda: is_connected(desk, machine_id))

    run(scenario())


def test_an_unpaired_machine_that_is_killed_leaves_the_list(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            home("Desk", tmp_path / "desk") as desk,
            worker_process("Attic", tmp_path / "attic") as attic,
        ):
            machine_id = await desk.network.add_address(attic.address)
            attic.process.send_signal(KILL)
            await desk.until(lambda: desk.shown(machine_id) is None, seconds=10.0)

    run(scenario())


def test_a_paired_machine_that_is_killed_is_lost_and_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        port = free_port()
        async with home("Desk", tmp_path / "desk") as desk:
            async with worker_process("Attic", tmp_path / "attic", port) as attic:
                machine_id = await pair(desk, attic)
                attic.process.send_signal(KILL)
                await desk.until(lambda: not is_connected(desk, machine_id), seconds=10.0)
                await desk.until(
                    lambda: desk.directory.machine(machine_id).state is MachineState.LOST
                )
                assert machine_id not in desk.machines.members
            async with worker_process("Attic", tmp_path / "attic", port):
                await desk.until(lambda: is_connected(desk, machine_id), seconds=15.0)

    run(scenario())


def test_the_machine_that_showed_the_code_connects_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            home("Desk", tmp_path / "desk") as desk,
            home("Attic", tmp_path / "attic") as attic,
        ):
            await attic.network.add_address(desk.address)
            offer = await attic.network.offer_pairing()
            await desk.network.add_address(attic.address)
            await desk.network.pair(attic.machine_id, offer.code)
            await attic.until(lambda: is_connected(attic, desk.machine_id))
            assert "Paired with Desk." in attic.said
            assert is_connected(desk, attic.machine_id)

    run(scenario())


def test_a_forgotten_machine_is_cut_off_and_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            home("Desk", tmp_path / "desk") as desk,
            home("Attic", tmp_path / "attic") as attic,
        ):
            await attic.network.add_address(desk.address)
            await desk.network.add_address(attic.address)
            await desk.network.pair(attic.machine_id, (await attic.network.offer_pairing()).code)
            await attic.until(lambda: is_connected(attic, desk.machine_id))

            await attic.network.forget(desk.machine_id)
            shown = attic.shown(desk.machine_id)
            assert shown is not None and not shown.is_paired
            assert shown.state is MachineState.FOUND
            await desk.until(
                lambda: desk.directory.machine(attic.machine_id).state is MachineState.REFUSED,
                seconds=15.0,
            )
            assert "does not know this one" in desk.directory.machine(attic.machine_id).detail
            assert Pairings(tmp_path / "attic").keys() == frozenset()

    run(scenario())


def test_a_machine_that_is_not_paired_is_refused_on_the_control_port(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            worker_process("Attic", tmp_path / "attic") as attic,
            home("Desk", tmp_path / "desk") as desk,
        ):
            machine_id = await desk.network.add_address(attic.address)
            with pytest.raises(Refused, match="does not know this one"):
                await desk.machines.join(attic.address, machine_id)
            assert machine_id not in desk.machines.members

    run(scenario())


def test_a_taken_port_is_told_and_another_one_is_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        port = free_port()
        with socket.create_server(("127.0.0.1", port)):
            async with home("Desk", tmp_path / "desk", port) as desk:
                assert f"Port {port} is in use." in desk.directory.snapshot.notice
                assert f"uses port {port + 20}" in desk.directory.snapshot.notice
                assert is_connected(desk, desk.machine_id)
                async with home("Attic", tmp_path / "attic") as attic:
                    found = await attic.network.add_address(f"127.0.0.1:{port + 20}")
                    assert found == desk.machine_id

    run(scenario())


def test_a_worker_that_runs_here_already_is_used_and_replaced_when_it_ends(tmp_path: Path) -> None:
    async def scenario() -> None:
        port = free_port()
        async with (
            worker_process("Desk service", tmp_path / "desk", port) as service,
            home("Desk", tmp_path / "desk", port) as desk,
        ):
            assert desk.directory.machine(desk.machine_id).name == "Desk service"
            assert children() == {service.process.pid}
            await service.stop()
            await desk.until(lambda: desk.directory.machine(desk.machine_id).name == "Desk")
            await desk.until(lambda: is_connected(desk, desk.machine_id))

    run(scenario())


def test_two_windows_opened_at_once_share_one_worker(tmp_path: Path) -> None:
    """Defect: two workers of one identity, each with its own idea of who is paired."""

    async def scenario() -> None:
        port = free_port()
        windows = [home("Desk", tmp_path / "desk", port) for _ in range(2)]
        one, other = await asyncio.gather(*(window.__aenter__() for window in windows))
        try:
            assert len(children() - before) == 1
            for window in (one, other):
                assert window.machines.is_connected(window.machine_id)
        finally:
            await asyncio.gather(*(window.__aexit__(None, None, None) for window in windows))

    load_or_create_identity(tmp_path / "desk")
    before = children()
    run(scenario())


def test_the_own_worker_is_started_again_when_it_is_killed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with home("Desk", tmp_path / "desk") as desk:
            (worker,) = children()
            os.kill(worker, KILL)
            await desk.until(lambda: not is_connected(desk, desk.machine_id))
            await desk.until(lambda: is_connected(desk, desk.machine_id))
            assert worker not in children()
            await desk.network.offer_pairing()

    run(scenario())


def test_without_its_own_worker_it_says_so(tmp_path: Path) -> None:
    """Defect: whoever wants to pair just then is told to plan again."""

    async def scenario() -> None:
        desk = Home("Desk", tmp_path / "desk", free_port())
        try:
            for asked in (desk.network.offer_pairing(), desk.network.forget("another")):
                with pytest.raises(NetworkError, match="worker of this machine is not running"):
                    await asked
        finally:
            await desk.stop()

    run(scenario())


def test_figures_of_connected_machines_stay_fresh(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with home("Desk", tmp_path / "desk") as desk:
            first = desk.machines.member(desk.machine_id).description
            await desk.until(
                lambda: desk.machines.member(desk.machine_id).description is not first, seconds=6.0
            )

    run(scenario())


def test_a_typed_address_is_looked_at_until_somebody_is_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        port = free_port()
        address = f"127.0.0.1:{port}"
        async with home("Desk", tmp_path / "desk", addresses=(address,)) as desk:
            await desk.until(lambda: any("Nobody answers" in text for text in desk.said))
            async with worker_process("Attic", tmp_path / "attic", port):
                await desk.until(lambda: len(desk.directory.snapshot.machines) == 2)

    run(scenario())


@pytest.mark.parametrize("text", ["", "no spaces allowed", "desk:", "desk:port", "[::1", "a:70000"])
def test_what_is_no_address_is_told(tmp_path: Path, text: str) -> None:
    async def scenario() -> None:
        desk = Home("Desk", tmp_path / "desk", free_port())
        with pytest.raises(NetworkError, match=r"is not an address|is not a port"):
            await desk.network.add_address(text)
        await desk.stop()

    run(scenario())


def test_this_machine_cannot_be_added_paired_or_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with home("Desk", tmp_path / "desk") as desk:
            with pytest.raises(NetworkError, match="this machine itself"):
                await desk.network.add_address(desk.address)
            with pytest.raises(PairingError, match="not on the network"):
                await desk.network.pair(desk.machine_id, "123456")
            with pytest.raises(Refused, match="cannot forget itself"):
                await desk.network.forget(desk.machine_id)

    run(scenario())


def test_stopping_during_the_start_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        desk = Home("Desk", tmp_path / "desk", free_port())
        starting = asyncio.create_task(desk.network.start())
        await asyncio.sleep(0.1)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await desk.stop()
        assert psutil.Process().children() == []

    run(scenario())
