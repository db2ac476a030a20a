"""Listens over mDNS for machines that announce themselves on the local network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

import zeroconf
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from runtime.discovery.interfaces import multicast_addresses
from runtime.discovery.records import SERVICE_TYPE, Sighting, read_sighting
from runtime.errors import NetworkError

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 3.0
RESOLVE_MILLISECONDS = 2_000
RESOLVE_TRIES = 3
# A network of honest machines stays far below; a flood of announcements must not fill the memory.
MOST_RECORDS = 256

SeenListener = Callable[[str, Sighting], object]
GoneListener = Callable[[str], object]


class Browser:
    """Calls on_seen(record, sighting) for every new or changed record, on_gone(record) after it.

    record names what was announced; two records may claim to be the same machine, and neither is
    proven. Callbacks come on the event loop that start() ran on.
    """

    def __init__(
        self, on_seen: SeenListener, on_gone: GoneListener, interfaces: Sequence[str] = ()
    ) -> None:
        self._on_seen = on_seen
        self._on_gone = on_gone
        self._interfaces = tuple(interfaces)
        self._heard_on: tuple[str, ...] = ()
        self._responder: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._seen: set[str] = set()
        self._resolving: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen on the chosen interfaces, and on those that come later.

        Raises NetworkError for a chosen interface that is not there.
        """
        multicast_addresses(self._interfaces)
        self._task = asyncio.create_task(self._follow(), name="browse mDNS")

    async def stop(self) -> None:
        """Stop listening, without telling of machines as gone. Safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._seen.clear()
        await self._close()

    async def _follow(self) -> None:
        while True:
            addresses = self._addresses_now()
            if addresses != self._heard_on:
                await self._close()
                try:
                    self._listen(addresses)
                except (OSError, zeroconf.Error, RuntimeError) as problem:
                    log.info("mDNS cannot be used now: %s", problem)
                    await self._close()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def _listen(self, addresses: tuple[str, ...]) -> None:
        if not addresses:
            return
        self._responder = AsyncZeroconf(interfaces=list(addresses))
        self._browser = AsyncServiceBrowser(
            self._responder.zeroconf, SERVICE_TYPE, handlers=[self._changed]
        )
        self._heard_on = addresses

    async def _close(self) -> None:
        resolving = tuple(self._resolving.values())
        self._resolving.clear()
        for task in resolving:
            task.cancel()
        await asyncio.gather(*resolving, return_exceptions=True)
        browser, self._browser = self._browser, None
        responder, self._responder = self._responder, None
        self._heard_on = ()
        if browser is not None:
            await browser.async_cancel()
        if responder is not None:
            await responder.async_close()
        for record in tuple(self._seen):
            self._lose(record)

    def _changed(
        self,
        zeroconf: Zeroconf,
        service_type: str,  # noqa: ARG002  (zeroconf passes its arguments by name)
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        earlier = self._resolving.pop(name, None)
        if earlier is not None:
            earlier.cancel()
        if state_change is ServiceStateChange.Removed:
            self._lose(name)
        elif name in self._seen or len(self._seen) + len(self._resolving) < MOST_RECORDS:
            self._resolving[name] = asyncio.create_task(self._resolve(zeroconf, name))

    async def _resolve(self, responder: Zeroconf, name: str) -> None:
        sighting = None
        for _ in range(RESOLVE_TRIES):
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            if await info.async_request(responder, RESOLVE_MILLISECONDS):
                hosts = info.parsed_scoped_addresses(IPVersion.V4Only)
                hosts += info.parsed_scoped_addresses(IPVersion.V6Only)
                sighting = read_sighting(info.properties, hosts, info.port)
                break
        del self._resolving[name]
        if sighting is None:
            self._lose(name)
            return
        self._seen.add(name)
        self._on_seen(name, sighting)

    def _lose(self, name: str) -> None:
        if name in self._seen:
            self._seen.discard(name)
            self._on_gone(name)

    def _addresses_now(self) -> tuple[str, ...]:
        """Empty while a chosen interface is unplugged."""
        try:
            return multicast_addresses(self._interfaces)
        except NetworkError:
            return ()
