"""This machine's own worker: one that runs here already, or one that is started for a while."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

from runtime.coordinator.options import ServiceOptions
from runtime.discovery.addresses import HostPort
from runtime.discovery.interfaces import LOOPBACK
from runtime.errors import HPipeError, NetworkError
from runtime.messages.spawn import WorkerConfig
from runtime.ports import CONTROL_PORT, pairing_port
from runtime.trust.pairing_client import introduce
from runtime.worker.launch import ManagedWorker, start_managed_worker

log = logging.getLogger(__name__)

# Leaves room for the ports of the engines after the control and the pairing port.
PORT_STEP = 20


class OwnWorker:
    """Finds or starts the worker that shares this process's identity."""

    def __init__(
        self,
        options: ServiceOptions,
        own_id: str,
        *,
        on_ended: Callable[[HPipeError], None],
        on_notice: Callable[[str], None],
    ) -> None:
        """on_ended is told when a worker started here ends by itself."""
        self._options = options
        self._own_id = own_id
        self._on_ended = on_ended
        self._on_notice = on_notice
        self._managed: ManagedWorker | None = None

    async def reach(self) -> str:
        """The "host:port" of a worker that answers. Raises what keeps one from starting."""
        await self.stop()
        port = self._options.control_port or CONTROL_PORT
        self._on_notice("")
        running = await self._find_running(port)
        if running is not None:
            return running
        try:
            self._managed = await start_managed_worker(self._config(port))
        except NetworkError as problem:
            log.info("the usual port cannot be used: %s", problem)
            running = await self._find_running(port)
            if running is not None:  # another window was opened in the same moment
                return running
            other = _free_port_after(port)
            self._managed = await start_managed_worker(self._config(other))
            self._on_notice(
                f"{problem.message} This machine uses port {other} for now: machines on the same "
                "network find it by themselves, others need its address with that port."
            )
        self._managed.on_ended = self._on_ended
        return f"{LOOPBACK}:{self._managed.ready.control_port}"

    async def stop(self) -> None:
        """End the worker that was started here; one that ran already goes on."""
        managed, self._managed = self._managed, None
        if managed is not None:
            await managed.stop()

    async def _find_running(self, port: int) -> str | None:
        """A worker of this identity, started as a service or by another program of HPipe."""
        door = HostPort(LOOPBACK, pairing_port(port))
        try:
            introduced = await introduce(door, self._options.machine_name)
        except HPipeError:
            return None
        if introduced.public_key != self._own_id:
            return None
        return str(HostPort(LOOPBACK, introduced.control_port))

    def _config(self, port: int) -> WorkerConfig:
        options = self._options
        return WorkerConfig(
            name=options.machine_name,
            state_directory=str(options.state_folder),
            store_directory=str(options.model_folder),
            control_port=port,
            interfaces=options.interfaces,
            announce=options.announce,
            threads=options.threads,
        )


def _free_port_after(port: int) -> int:
    """A control port whose pairing port right after it is free too."""
    for other in range(port + PORT_STEP, min(port + 10 * PORT_STEP, 65_000), PORT_STEP):
        if _is_free(other) and _is_free(pairing_port(other)):
            return other
    raise NetworkError(
        f"Port {port} is in use, and so are those after it.",
        "Close other programs of HPipe, or choose another port in the settings.",
    )


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("", port)).close()
    except OSError:
        return False
    return True
