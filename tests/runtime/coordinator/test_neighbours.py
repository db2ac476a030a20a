"""Claims and what comes of them when the machines are asked: real doors, no mDNS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from runtime.coordinator import neighbours as subject
from runtime.coordinator.neighbours import Neighbours
from runtime.discovery.addresses import HostPort
from runtime.discovery.records import Sighting
from runtime.transport.curve import new_key_pair
from runtime.trust.guard import PairingGuard
from runtime.version import PROTOCOL_VERSION, VERSION
from runtime.worker.pairing_door import PairingDoor

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(subject, "CHECK_AGAIN_SECONDS", 0.05)


class Attic:
    """A machine with a door and nothing behind it."""

    def __init__(self) -> None:
        self.key = new_key_pair()
        self.port = 0
        self._door: PairingDoor | None = None

    async def open(self) -> None:
        self._door = PairingDoor(self.key, "Attic", 47650, PairingGuard(), lambda *_: None)
        self.port = await self._door.open([HOST], self.port)

    async def close(self) -> None:
        if self._door is not None:
            await self._door.close()

    def claim(self, *hosts: str, port: int = 0, control_port: int = 47650) -> Sighting:
        return Sighting(
            public_key=self.key.public_key,
            name="Attic",
            version=VERSION,
            protocol=PROTOCOL_VERSION,
            hosts=hosts or (HOST,),
            control_port=control_port,
            pairing_port=port or self.port,
        )


class Desk:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.connected: set[str] = set()
        self._changed = asyncio.Event()
        self.neighbours = Neighbours(
            new_key_pair().public_key,
            "Desk",
            on_here=lambda sighting: self._tell(f"here {sighting.hosts[0]}"),
            on_left=lambda _: self._tell("left"),
            on_silent=lambda _: self._tell("silent"),
            is_connected=self.connected.__contains__,
        )
        # What the browser would call.
        self.seen = self.neighbours._seen
        self.gone = self.neighbours._gone

    def _tell(self, text: str) -> None:
        self.told.append(text)
        self._changed.set()

    async def until(self, *told: str) -> None:
        async with asyncio.timeout(5.0):
            while self.told != list(told):
                self._changed.clear()
                await self._changed.wait()

    async def stays(self, seconds: float = 0.7) -> None:
        before = list(self.told)
        await asyncio.sleep(seconds)
        assert self.told == before


def scenario(body: Callable[[Desk, Attic], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        desk, attic = Desk(), Attic()
        await attic.open()
        try:
            await body(desk, attic)
        finally:
            await desk.neighbours.stop()
            await attic.close()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_a_machine_that_vanishes_silently_leaves_and_comes_back() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.seen("record", attic.claim())
        await desk.until("here 127.0.0.1")
        await attic.close()
        await desk.until("here 127.0.0.1", "left")
        await attic.open()
        await desk.until("here 127.0.0.1", "left", "here 127.0.0.1")

    scenario(body)


def test_a_goodbye_is_believed_at_once_and_ends_the_asking() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.seen("record", attic.claim())
        await desk.until("here 127.0.0.1")
        desk.gone("record")
        assert desk.told[-1] == "left"
        await desk.stays()

    scenario(body)


def test_a_machine_known_in_two_ways_stays_while_one_of_them_holds() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.seen("record", attic.claim())
        await desk.neighbours.ask(HostPort(HOST, attic.port - 1))
        await desk.until("here 127.0.0.1")
        desk.gone("record")
        await desk.stays()
        assert desk.neighbours.get(attic.key.public_key) is not None

    scenario(body)


def test_a_claim_to_be_another_machine_is_not_shown() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        liar = attic.claim()
        other = Attic()
        other.port = attic.port
        desk.seen("liar", other.claim())
        await desk.until("silent")
        assert desk.neighbours.get(other.key.public_key) is None
        assert liar.public_key != other.key.public_key

    scenario(body)


def test_a_false_address_does_not_hide_the_true_one() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.seen("false", attic.claim("192.0.2.77", "198.51.100.3", control_port=1))
        desk.seen("true", attic.claim())
        await desk.until("here 127.0.0.1")
        places = [str(place) for place in desk.neighbours.places(attic.key.public_key)]
        assert places[0] == "127.0.0.1:47650"
        assert set(places[1:]) == {"192.0.2.77:1", "198.51.100.3:1"}

    scenario(body)


def test_a_machine_behind_a_firewall_is_told_of_once() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        await attic.close()
        desk.seen("record", attic.claim())
        await desk.until("silent")
        await desk.stays()

    scenario(body)


def test_an_expected_machine_that_is_off_is_not_reported_as_silent() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        await attic.close()
        desk.neighbours.expect(attic.claim())
        await desk.stays()
        await attic.open()
        await desk.until("here 127.0.0.1")

    scenario(body)


def test_a_connected_machine_is_not_asked() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.connected.add(attic.key.public_key)
        desk.seen("record", attic.claim())
        await desk.stays()
        assert desk.told == []
        desk.connected.clear()
        desk.neighbours.check_now(attic.key.public_key)
        await desk.until("here 127.0.0.1")

    scenario(body)


def test_this_machine_is_no_neighbour_of_itself() -> None:
    async def body(desk: Desk, attic: Attic) -> None:
        desk.neighbours._own_id = attic.key.public_key
        desk.seen("record", attic.claim())
        assert (await desk.neighbours.ask(HostPort(HOST, attic.port - 1))).name == "Attic"
        await desk.stays()
        assert desk.told == []

    scenario(body)
