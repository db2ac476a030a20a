"""This machine's worker as a whole: its doors, its engines, its models, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import zmq.asyncio

from runtime.discovery.announce import Announcement
from runtime.discovery.interfaces import LOOPBACK, own_addresses
from runtime.errors import NetworkError
from runtime.messages.control import EngineDied, MachinePaired
from runtime.messages.spawn import Admission, WorkerConfig, WorkerReady
from runtime.models.store import ModelStore
from runtime.ports import pairing_port
from runtime.profiling.devices import Devices
from runtime.profiling.gpus import find_gpus
from runtime.transport.binding import EVERY_ADDRESS
from runtime.trust.guard import PairingGuard
from runtime.trust.identity import load_or_create_identity
from runtime.trust.names import plain_name
from runtime.trust.pairings import Pairings
from runtime.worker.engines import Engines, EngineSettings
from runtime.worker.fetching import Fetcher
from runtime.worker.guests import Guests, Standing
from runtime.worker.pairing_door import PairingDoor
from runtime.worker.requests import Household, Requests
from runtime.worker.server import ControlServer
from runtime.worker.visitors import Visitor

_log = logging.getLogger(__name__)

GPU_LIST_NAME = "gpus.json"


class Worker:
    """Made and used on one event loop. say gets a sentence for everything a person should see."""

    def __init__(self, config: WorkerConfig, say: Callable[[str], None] = _log.info) -> None:
        """Reads identity and pairings: SetupError when they are damaged."""
        self._config = config
        self._say = say
        state = Path(config.state_directory)
        self._keys = load_or_create_identity(state)
        self._pairings = Pairings(state)
        self._name = plain_name(config.name)
        self.guard = PairingGuard()
        self._context = zmq.asyncio.Context()
        self._engines: Engines | None = None
        self._guests = Guests(
            self._keys.public_key, config.admitted_keys, self._pairings, self._change_admission
        )
        self._server = ControlServer(self._context, self._keys, self._guests, say)
        self._door: PairingDoor | None = None
        self._announcement: Announcement | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def start(self) -> WorkerReady:
        """Open the doors. Raises NetworkError for a port in use or an interface that is not there.

        Call stop() in any case.
        """
        config = self._config
        hosts = self._bind_addresses()
        control_port = self._server.bind(hosts or (EVERY_ADDRESS,), config.control_port)
        self._door = PairingDoor(
            self._keys,
            self._name,
            control_port,
            self.guard,
            self._paired,
            on_refused=self._say,
        )
        beside = pairing_port(control_port) if config.control_port else 0
        beside = await self._door.open(hosts, beside)
        self._server.start(await self._requests(hosts or (EVERY_ADDRESS,), control_port))
        if config.announce and not config.loopback_only:
            self._announcement = Announcement(
                public_key=self._keys.public_key,
                name=self._name,
                control_port=control_port,
                pairing_port=beside,
                interfaces=config.interfaces,
            )
            await self._announcement.start()
        return WorkerReady(
            public_key=self._keys.public_key,
            name=self._name,
            addresses=self._addresses(),
            control_port=control_port,
            pairing_port=beside,
        )

    async def stop(self) -> None:
        """Say goodbye, end the engines, close the doors. Safe after a failed start."""
        if self._announcement is not None:
            await self._announcement.stop()
        if self._door is not None:
            await self._door.close()
        await self._server.close()
        if self._engines is not None:
            await self._engines.close()
        await asyncio.gather(*self._telling, return_exceptions=True)
        self._context.destroy(linger=0)

    async def _requests(self, hosts: tuple[str, ...], control_port: int) -> Requests:
        config = self._config
        store = ModelStore(Path(config.store_directory))
        gpus = await asyncio.to_thread(find_gpus, store.root.parent / GPU_LIST_NAME)
        self._engines = Engines(
            EngineSettings(
                keys=self._keys,
                bind_addresses=hosts,
                control_port=control_port if config.control_port else 0,
                store_directory=config.store_directory,
                threads=config.threads,
                memory_limit_bytes=config.memory_limit_bytes,
            ),
            lambda: self._guests.engine_admission,
            self._engine_died,
        )
        house = Household(
            context=self._context,
            keys=self._keys,
            name=self._name,
            addresses=self._addresses,
            control_port=control_port,
            store=store,
            devices=Devices(gpus, config.threads, config.memory_limit_bytes),
            memory_limit_bytes=config.memory_limit_bytes,
            engines=self._engines,
            fetcher=Fetcher(self._context, self._keys, store),
            guests=self._guests,
            pairings=self._pairings,
            guard=self.guard,
        )
        return Requests(
            house,
            visitors=lambda: self._server.visitors,
            drop=self._server.drop,
            on_visit=self._visited,
            on_left=self._left,
        )

    def _bind_addresses(self) -> tuple[str, ...]:
        """Where to listen; none means everywhere. This machine's own window comes by loopback."""
        if self._config.loopback_only:
            return (LOOPBACK,)
        if not self._config.interfaces:
            return ()
        return tuple(dict.fromkeys((*own_addresses(self._config.interfaces), LOOPBACK)))

    def _addresses(self) -> tuple[str, ...]:
        if self._config.loopback_only:
            return (LOOPBACK,)
        try:
            return own_addresses(self._config.interfaces)
        except NetworkError:
            return ()  # the chosen interface is unplugged for now

    def _change_admission(self, admission: Admission) -> None:
        if self._engines is not None:
            self._engines.change_admission(admission)

    def _paired(self, public_key: str, name: str) -> None:
        self._guests.remember(public_key, name)
        self._say(f"Paired with {name}.")
        event = MachinePaired(public_key=public_key, name=name)
        self._soon(self._server.tell_all(event, Standing.OWN))

    def _engine_died(self, died: EngineDied) -> None:
        self._say(f"The engine of {died.device_id} ended: {died.reason} {died.hint}")
        self._soon(self._server.tell_all(died, Standing.PAIRED))

    def _visited(self, visitor: Visitor) -> None:
        self._say(f"{visitor.name} ({visitor.host}) is connected.")

    def _left(self, visitor: Visitor) -> None:
        self._say(f"{visitor.name} ({visitor.host}) has left.")

    def _soon(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
