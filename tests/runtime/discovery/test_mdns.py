"""Announcing and browsing for real, on the loopback interface."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from runtime.discovery.announce import Announcement
from runtime.discovery.browse import Browser
from runtime.discovery.records import SERVICE_TYPE, Sighting
from runtime.errors import NetworkError
from runtime.transport.curve import new_key_pair

LOOPBACK = ["127.0.0.1"]


class Heard:
    def __init__(self) -> None:
        self.sightings: dict[str, Sighting] = {}
        self._changed = asyncio.Event()
        self.browser = Browser(self._seen, self._gone, LOOPBACK)

    @property
    def heard_keys(self) -> set[str]:
        return {sighting.public_key for sighting in self.sightings.values()}

    def named(self, name: str) -> list[Sighting]:
        return [sighting for sighting in self.sightings.values() if sighting.name == name]

    async def until(self, condition: Callable[[], object], seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _seen(self, record: str, sighting: Sighting) -> None:
        self.sightings[record] = sighting
        self._changed.set()

    def _gone(self, record: str) -> None:
        del self.sightings[record]
        self._changed.set()


@asynccontextmanager
async def listening() -> AsyncIterator[Heard]:
    heard = Heard()
    await heard.browser.start()
    try:
        yield heard
    finally:
        await heard.browser.stop()


def announcement(public_key: str, name: str = "Attic", port: int = 47650) -> Announcement:
    return Announcement(
        public_key=public_key,
        name=name,
        control_port=port,
        pairing_port=port + 1,
        interfaces=LOOPBACK,
    )


def run(scenario: Callable[[], object]) -> None:
    async def watched() -> None:
        await scenario()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task.get_name() for task in others], others

    asyncio.run(watched())


def test_a_machine_is_seen_within_three_seconds_and_its_goodbye_at_once() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        async with listening() as heard:
            attic = announcement(key)
            await attic.start()
            await heard.until(lambda: key in heard.heard_keys, 3.0)
            (sighting,) = heard.named("Attic")
            assert (sighting.control_port, sighting.pairing_port) == (47650, 47651)
            assert sighting.hosts == ("127.0.0.1",)
            await attic.stop()
            await heard.until(lambda: key not in heard.heard_keys, 1.0)

    run(scenario)


def test_a_browser_that_comes_later_sees_who_was_there_before() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        attic = announcement(key)
        await attic.start()
        await asyncio.sleep(1.5)
        async with listening() as heard:
            await heard.until(lambda: key in heard.heard_keys, 3.0)
        await attic.stop()

    run(scenario)


def test_two_machines_of_one_name_are_both_seen() -> None:
    async def scenario() -> None:
        keys = {new_key_pair().public_key for _ in range(2)}
        name = f"Twin {random.random()}"
        both = [announcement(key, name) for key in keys]
        async with listening() as heard:
            for one in both:
                await one.start()
            await heard.until(lambda: keys <= heard.heard_keys, 5.0)
            assert len(heard.named(name)) == 2
            for one in both:
                await one.stop()

    run(scenario)


def test_one_machine_announced_twice_gets_two_records() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        first, second = announcement(key), announcement(key, port=47670)
        async with listening() as heard:
            await first.start()
            await second.start()
            await heard.until(
                lambda: {one.control_port for one in heard.sightings.values()} >= {47650, 47670},
                5.0,
            )
            await first.stop()
            await heard.until(lambda: len(heard.named("Attic")) == 1, 2.0)
            await second.stop()

    run(scenario)


def test_a_restarted_machine_is_seen_with_its_new_port() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        async with listening() as heard:
            first = announcement(key)
            await first.start()
            await heard.until(lambda: key in heard.heard_keys, 3.0)
            await first.stop()
            second = announcement(key, port=47690)
            await second.start()
            await heard.until(
                lambda: any(one.control_port == 47690 for one in heard.sightings.values()), 3.0
            )
            await second.stop()

    run(scenario)


def test_a_long_or_strange_name_is_announced_all_the_same() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        attic = announcement(key, "Anna's büro. 書斎 🖥 " * 20)
        async with listening() as heard:
            await attic.start()
            await heard.until(lambda: key in heard.heard_keys, 3.0)
            await attic.stop()

    run(scenario)


def test_stopping_at_any_moment_leaves_nothing() -> None:
    async def scenario() -> None:
        for seconds in (0.0, 0.05, 0.3, 0.6):
            attic = announcement(new_key_pair().public_key)
            async with listening():
                await attic.start()
                await asyncio.sleep(seconds)
                await attic.stop()
                await attic.stop()

    run(scenario)


@pytest.mark.filterwarnings("ignore:.*corrupt.*")
def test_noise_on_the_mdns_port_disturbs_nobody() -> None:
    async def scenario() -> None:
        key = new_key_pair().public_key
        noise = random.Random(7)
        labels = b"".join(
            bytes([len(part)]) + part for part in SERVICE_TYPE.rstrip(".").encode().split(b".")
        )
        async with listening() as heard:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                loopback = socket.inet_aton("127.0.0.1")
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
                for _ in range(300):
                    header = struct.pack(">6H", 0, 0x8400, 0, noise.randrange(4), 0, 0)
                    body = noise.randbytes(noise.randrange(200))
                    packet = noise.choice([header + labels + b"\0", header, b""]) + body
                    sender.sendto(packet, ("224.0.0.251", 5353))
            attic = announcement(key)
            await attic.start()
            await heard.until(lambda: key in heard.heard_keys, 3.0)
            await attic.stop()

    run(scenario)


def test_an_interface_that_is_not_there_is_told_at_the_start() -> None:
    async def scenario() -> None:
        for one in (
            Announcement(
                public_key=new_key_pair().public_key,
                name="Attic",
                control_port=1,
                pairing_port=2,
                interfaces=["nix9"],
            ),
            Browser(lambda *_: None, lambda *_: None, ["nix9"]),
        ):
            with pytest.raises(NetworkError, match="no network interface nix9"):
                await one.start()
            await one.stop()

    run(scenario)
