"""The answers to "why is my machine not here?"."""

from __future__ import annotations

import asyncio
import os
import socket

import psutil
import pytest

from runtime.discovery import announce, browse
from runtime.discovery import diagnose as subject
from runtime.discovery.announce import Announcement
from runtime.discovery.diagnose import diagnose
from runtime.discovery.records import Sighting
from runtime.snapshots import Finding
from runtime.transport.curve import new_key_pair
from runtime.trust.guard import PairingGuard
from runtime.version import PROTOCOL_VERSION
from runtime.worker.pairing_door import PairingDoor

LOOPBACK = ["127.0.0.1"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LISTEN_SECONDS", 2.0)


@pytest.fixture(autouse=True)
def among_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that a person has running here are not found, and find nothing of this."""
    for module in (announce, browse):
        monkeypatch.setattr(module, "SERVICE_TYPE", "_hpipe-test._tcp.local.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def found(port: int, interfaces: list[str] = LOOPBACK) -> dict[str, Finding]:
    findings = asyncio.run(diagnose(port, interfaces))
    return {finding.title: finding for finding in findings}


def test_a_quiet_machine_gets_an_answer_to_everything() -> None:
    port = free_port()
    findings = found(port)
    assert list(findings) == ["Network", f"Port {port}", "Discovery", "Firewall", "Other machines"]
    assert "127.0.0.1" in findings["Network"].detail
    assert findings[f"Port {port}"].is_fine
    assert findings["Discovery"].is_fine
    assert not findings["Other machines"].is_fine
    assert all(finding.detail.endswith((".", "1")) for finding in findings.values())


def test_the_program_that_holds_the_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = found(port)[f"Port {port}"]
    assert not finding.is_fine
    expected = psutil.Process(os.getpid()).name()
    assert finding.detail.startswith((expected, "Another program"))


def test_the_own_worker_and_other_machines_are_told_apart() -> None:
    keys, other = new_key_pair(), new_key_pair()

    async def scenario() -> dict[str, Finding]:
        port = free_port()
        door = PairingDoor(keys, "Desk", port, PairingGuard(), lambda *_: None)
        await door.open(LOOPBACK, port + 1)
        announced = [
            Announcement(
                public_key=key.public_key,
                name=name,
                control_port=port,
                pairing_port=port + 1,
                interfaces=LOOPBACK,
            )
            for key, name in ((keys, "Desk"), (other, "Attic"))
        ]
        for one in announced:
            await one.start()
        findings = await diagnose(port, LOOPBACK)
        for one in announced:
            await one.stop()
        await door.close()
        return {finding.title.partition(" ")[0]: finding for finding in findings}

    findings = asyncio.run(scenario())
    assert "answers here as Desk" in findings["Port"].detail
    assert "Attic (127.0.0.1)" in findings["Other"].detail
    assert "Desk" not in findings["Other"].detail
    assert findings["Other"].is_fine


def test_a_machine_of_another_version_is_named() -> None:
    sighting = Sighting(
        public_key=new_key_pair().public_key,
        name="Attic",
        version="9.9",
        protocol=PROTOCOL_VERSION + 1,
        hosts=("10.0.0.9",),
        control_port=1,
        pairing_port=2,
    )
    finding = subject._machines([sighting], None)
    assert not finding.is_fine
    assert "Attic cannot work with HPipe" in finding.detail


def test_a_chosen_interface_that_is_gone_is_told() -> None:
    findings = found(free_port(), ["nix9"])
    assert not findings["Network"].is_fine
    assert "no network interface nix9" in findings["Network"].detail
    assert not findings["Discovery"].is_fine


@pytest.mark.parametrize(
    ("system", "words"),
    [("win32", "Windows Security"), ("darwin", "Local Network"), ("linux", "If a firewall runs")],
)
def test_firewall_advice_fits_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str, words: str
) -> None:
    monkeypatch.setattr(subject.sys, "platform", system)
    finding = subject._firewall(47650, False)
    assert words in finding.detail
    assert "47650 to 47670" in finding.detail
