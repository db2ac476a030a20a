"""The machines around this one: sightings over mDNS and typed addresses, each checked by asking.

A sighting is only a claim. What counts is that the machine answers at its pairing port with the
same key; so one that vanished without goodbye is noticed, and one that lies is not listed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from runtime.coordinator.nearest import first_of
from runtime.discovery.addresses import HostPort
from runtime.discovery.browse import Browser
from runtime.discovery.records import Sighting
from runtime.errors import HPipeError, NetworkError
from runtime.messages.pairing import Introduced
from runtime.ports import pairing_port
from runtime.trust.names import plain_name
from runtime.trust.pairing_client import introduce

# A machine must be gone from the list ten seconds after it vanished silently. Two checks in a row,
# so that a busy moment does not make it flicker: 3.0 + 2.5 + 0.5 + 2.5 at the worst.
CHECK_SECONDS = 3.0
ANSWER_SECONDS = 2.5
CHECK_AGAIN_SECONDS = 0.5
MISSES_UNTIL_GONE = 2


HereListener = Callable[[Sighting], None]
LeftListener = Callable[[str], None]
SilentListener = Callable[[Sighting], None]


class Neighbours:
    """Calls on_here for a machine that answers (again, or with a change), on_left after it.

    on_silent is called once for a machine that announces itself but never answered. is_connected
    spares machines the checks while their control connection stands, whose heartbeat is better.
    """

    def __init__(
        self,
        own_id: str,
        own_name: str,
        *,
        on_here: HereListener,
        on_left: LeftListener,
        on_silent: SilentListener,
        is_connected: Callable[[str], bool],
        interfaces: Sequence[str] = (),
    ) -> None:
        self._own_id = own_id
        self._own_name = own_name
        self._on_here = on_here
        self._on_left = on_left
        self._on_silent = on_silent
        self._is_connected = is_connected
        self._browser = Browser(self._seen, self._gone, interfaces)
        self._claims: dict[str, Sighting] = {}
        self._here: dict[str, Sighting] = {}
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._wake: dict[str, asyncio.Event] = {}
        self._expected: set[str] = set()

    async def start(self) -> None:
        """Listen for machines. Raises NetworkError for a chosen interface that is not there."""
        await self._browser.start()

    async def stop(self) -> None:
        """Stop listening and asking; tells of nothing more."""
        await self._browser.stop()
        checks = tuple(self._checks.values())
        self._claims.clear()
        self._checks.clear()
        for check in checks:
            check.cancel()
        await asyncio.gather(*checks, return_exceptions=True)

    def get(self, machine_id: str) -> Sighting | None:
        return self._here.get(machine_id)

    def expect(self, sighting: Sighting) -> None:
        """Look for a machine where it was reached earlier, in case nothing announces it here."""
        self._expected.add(sighting.public_key)
        self._seen(f"expected {sighting.public_key}", sighting)

    def check_now(self, machine_id: str) -> None:
        """Ask a machine soon: its connection has just ended."""
        if machine_id in self._wake:
            self._wake[machine_id].set()

    def places(self, machine_id: str) -> tuple[HostPort, ...]:
        """Every control port claimed for a machine, the one that answered first.

        Whoever answered may have lied; only a CURVE connection proves a machine.
        """
        here = self._here.get(machine_id)
        claims = [claim for claim in self._claims.values() if claim.public_key == machine_id]
        return tuple(
            dict.fromkeys(
                HostPort(host, claim.control_port)
                for claim in ([here] if here is not None else []) + claims
                for host in claim.hosts
            )
        )

    async def ask(self, address: HostPort) -> Sighting:
        """Ask who is at a typed address (its control port), and keep checking it from now on.

        Raises NetworkError when nobody answers there.
        """
        door = HostPort(address.host, pairing_port(address.port))
        try:
            introduced = await introduce(door, self._own_name)
        except NetworkError as problem:
            # Say the port that was typed, not the one beside it.
            words = problem.message.replace(str(door), str(address))
            raise type(problem)(words, problem.hint) from None
        sighting = _sighting(introduced, (address.host,), door.port)
        if sighting.public_key != self._own_id:
            self._answered(sighting)
            self._seen(f"typed {address}", sighting)
        return sighting

    def _seen(self, record: str, sighting: Sighting) -> None:
        if sighting.public_key == self._own_id:
            return
        earlier = self._claims.get(record)
        self._claims[record] = sighting
        if earlier is not None and earlier.public_key != sighting.public_key:
            self._drop_unclaimed(earlier.public_key)
        machine_id = sighting.public_key
        if machine_id not in self._checks:
            self._wake[machine_id] = asyncio.Event()
            self._checks[machine_id] = asyncio.create_task(
                self._check(machine_id), name=f"check {sighting.name}"
            )
        else:
            self._wake[machine_id].set()

    def _gone(self, record: str) -> None:
        claim = self._claims.pop(record, None)
        if claim is not None:
            self._drop_unclaimed(claim.public_key)

    def _drop_unclaimed(self, machine_id: str) -> None:
        """A machine said goodbye: nothing on the network claims to be it any more."""
        if any(claim.public_key == machine_id for claim in self._claims.values()):
            return
        check = self._checks.pop(machine_id, None)
        self._wake.pop(machine_id, None)
        if check is not None:
            check.cancel()
        self._left(machine_id)

    def _left(self, machine_id: str) -> None:
        if self._here.pop(machine_id, None) is not None:
            self._on_left(machine_id)

    async def _check(self, machine_id: str) -> None:
        """Ask one machine every few seconds whether it is still there, until nothing claims it."""
        wake = self._wake[machine_id]
        misses = 0
        has_answered = machine_id in self._expected
        while True:
            wake.clear()
            if self._is_connected(machine_id):
                misses = 0
            elif await self._ask_claims(machine_id):
                misses = 0
                has_answered = True
            else:
                misses += 1
                if misses == MISSES_UNTIL_GONE and not has_answered:
                    self._tell_silent(machine_id)
                if misses >= MISSES_UNTIL_GONE:
                    self._left(machine_id)
            doubtful = 0 < misses < MISSES_UNTIL_GONE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    wake.wait(), CHECK_AGAIN_SECONDS if doubtful else CHECK_SECONDS
                )

    async def _ask_claims(self, machine_id: str) -> bool:
        """Whether the machine answers, with its own key, at one of the places claimed for it."""
        claims = [claim for claim in self._claims.values() if claim.public_key == machine_id]
        known = self._here.get(machine_id)

        async def ask(claim: Sighting, host: str) -> Sighting:
            introduced = await introduce(HostPort(host, claim.pairing_port), self._own_name)
            if introduced.public_key != machine_id:
                raise HPipeError("Another machine answered.")
            hosts = (host, *(other for other in claim.hosts if other != host))
            return _sighting(introduced, hosts, claim.pairing_port)

        # The host that answered last time goes first; the others only follow when it is slow.
        places = sorted(
            ((claim, host) for claim in claims for host in claim.hosts),
            key=lambda place: known is None or place[1] != known.hosts[0],
        )
        found: Sighting | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await first_of([partial(ask, *place) for place in places])
        if found is None:
            return False
        self._answered(found)
        return True

    def _answered(self, sighting: Sighting) -> None:
        if self._here.get(sighting.public_key) != sighting:
            self._here[sighting.public_key] = sighting
            self._on_here(sighting)

    def _tell_silent(self, machine_id: str) -> None:
        for claim in self._claims.values():
            if claim.public_key == machine_id:
                self._on_silent(claim)
                return


def _sighting(introduced: Introduced, hosts: tuple[str, ...], port: int) -> Sighting:
    """What a machine said of itself when it was asked, best host first."""
    return Sighting(
        public_key=introduced.public_key,
        name=plain_name(introduced.name),
        version=plain_name(introduced.version, "of unknown version"),
        protocol=introduced.protocol,
        hosts=hosts,
        control_port=introduced.control_port,
        pairing_port=port,
    )
