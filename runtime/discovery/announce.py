"""Tells the local network over mDNS that this machine is here, and says goodbye when it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Sequence

import zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from runtime.discovery.interfaces import multicast_addresses, own_addresses
from runtime.discovery.records import SERVICE_TYPE, text_record
from runtime.errors import NetworkError
from runtime.trust.names import plain_name

log = logging.getLogger(__name__)

# Interfaces come and go with cables and Wi-Fi; asking for them costs about a millisecond.
LOOK_AGAIN_SECONDS = 3.0
# Others drop a machine that vanished without goodbye after this at the latest.
RECORD_SECONDS = 120
LONGEST_LABEL_BYTES = 63


class Announcement:
    """This machine's record on the chosen interfaces, kept up to date until stop()."""

    def __init__(
        self,
        *,
        public_key: str,
        name: str,
        control_port: int,
        pairing_port: int,
        interfaces: Sequence[str] = (),
    ) -> None:
        """interfaces are names or addresses; none means all but loopback."""
        self._public_key = public_key
        self._name = name
        self._control_port = control_port
        self._pairing_port = pairing_port
        self._interfaces = tuple(interfaces)
        self._responder: AsyncZeroconf | None = None
        self._announced: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Announce now where there is a network, and on every one that comes later.

        Raises NetworkError for a chosen interface that is not there; a machine without a network
        is no error.
        """
        own_addresses(self._interfaces)
        self._task = asyncio.create_task(self._follow(), name="announce over mDNS")

    async def stop(self) -> None:
        """Say goodbye. Safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._withdraw()

    async def _follow(self) -> None:
        while True:
            addresses = _addresses_now(self._interfaces)
            if addresses != self._announced:
                await self._withdraw()
                try:
                    await self._announce(addresses)
                except (OSError, zeroconf.Error, RuntimeError) as problem:
                    log.info("mDNS cannot be used now: %s", problem)
                    await self._withdraw()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _announce(self, addresses: tuple[str, ...]) -> None:
        if not addresses:
            return
        self._responder = AsyncZeroconf(interfaces=list(multicast_addresses(self._interfaces)))
        broadcast = await self._responder.async_register_service(
            self._record(addresses), allow_name_change=True, strict=False
        )
        self._announced = addresses
        await broadcast

    async def _withdraw(self) -> None:
        responder, self._responder = self._responder, None
        self._announced = ()
        if responder is not None:
            await responder.async_close()

    def _record(self, addresses: tuple[str, ...]) -> AsyncServiceInfo:
        # The digest keeps two machines of the same name apart from the start, and two programs of
        # one machine: zeroconf's own renaming does not see two that announce at the same moment.
        identity = f"{self._public_key} {self._control_port}"
        digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
        room = LONGEST_LABEL_BYTES - len(digest) - 8
        label = plain_name(self._name).replace(".", " ").encode()[:room].decode(errors="ignore")
        return AsyncServiceInfo(
            SERVICE_TYPE,
            f"{label.strip()} {digest}.{SERVICE_TYPE}",
            port=self._control_port,
            properties=text_record(self._public_key, self._name, self._pairing_port),
            server=f"hpipe-{digest}.local.",
            parsed_addresses=list(addresses),
            other_ttl=RECORD_SECONDS,
        )


def _addresses_now(interfaces: tuple[str, ...]) -> tuple[str, ...]:
    """Empty while a chosen interface is unplugged."""
    try:
        return own_addresses(interfaces)
    except NetworkError:
        return ()
