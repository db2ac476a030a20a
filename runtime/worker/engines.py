"""The engines of this machine: one child process for each device, started when asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from runtime.errors import Cancelled, EngineError
from runtime.messages.control import DeviceDescription, EngineDied, EngineStarted
from runtime.messages.spawn import Admission, EngineConfig, EngineReady
from runtime.ports import engine_port
from runtime.transport.curve import KeyPair
from runtime.worker.child import ChildEnd, ChildProcess, start_child
from runtime.worker.engine_end import explain_end
from runtime.worker.large_pages import large_pages

# Under the two minutes a coordinator waits, so that it hears the reason and not its own time-out.
_START_SECONDS = 110.0
# An engine nobody uses any more gives its memory back, but not to a coordinator that reconnects.
_UNUSED_SECONDS = 60.0

_log = logging.getLogger(__name__)


class EngineSettings(Struct, frozen=True, kw_only=True):
    """What every engine of this worker is started with."""

    keys: KeyPair
    bind_addresses: tuple[str, ...]
    control_port: int
    store_directory: str
    threads: int | None = None
    memory_limit_bytes: int | None = None


class _Engine:
    """An engine from its start on, and the connections that asked for it."""

    def __init__(self, device: DeviceDescription, threads: int | None, child: ChildProcess) -> None:
        self.device = device
        self.threads = threads
        self.child = child
        self.users: set[bytes] = set()
        self.is_stopping = False
        self.unused: asyncio.TimerHandle | None = None
        # A task of its own: the connection that asked first may go while others wait too.
        self.started = asyncio.create_task(self._start(), name=f"start engine {device.device_id}")
        # Whoever asked may be gone when it fails.
        self.started.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _start(self) -> EngineReady:
        try:
            return await self.child.ready(
                EngineReady, _START_SECONDS, f"The engine on {self.device.name}", self._unstarted
            )
        except BaseException:
            self.is_stopping = True
            await self.child.stop()
            raise

    def _unstarted(self, end: ChildEnd) -> EngineError | Cancelled:
        if self.is_stopping:
            return Cancelled(f"The engine on {self.device.name} was stopped while it started.")
        why = explain_end(end)
        return EngineError(
            f"The engine on {self.device.name} did not start: {why.message}", why.hint
        )


class Engines:
    """Starts engines, finds them running again, and tells why one died."""

    def __init__(
        self,
        settings: EngineSettings,
        admission: Callable[[], Admission],
        on_died: Callable[[EngineDied], None],
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._on_died = on_died
        self._engines: dict[str, _Engine] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def start(
        self,
        devices: Sequence[DeviceDescription],
        device_id: str,
        threads: int | None,
        user: bytes,
    ) -> EngineStarted:
        """The engine of a device: the one that runs, or a new one. Raises why it cannot start.

        Another number of threads than it runs with starts it anew, unless others use it too.
        """
        device = _find(devices, device_id)
        wanted = threads or self._settings.threads or device.threads or None
        engine = self._engines.get(device_id)
        if engine is not None and engine.threads != wanted and engine.users <= {user}:
            await self.stop(device_id)
            engine = self._engines.get(device_id)
        if engine is None:
            engine = self._spawn(device, wanted, devices.index(device))
        engine.users.add(user)
        if engine.unused is not None:
            engine.unused.cancel()
        ready = await asyncio.shield(engine.started)
        return EngineStarted(
            device_id=device_id,
            command_port=ready.command_port,
            activation_port=ready.activation_port,
            process_id=engine.child.process_id,
        )

    async def stop(self, device_id: str) -> None:
        """End a device's engine, whatever it does."""
        engine = self._engines.pop(device_id, None)
        if engine is not None:
            _log.info("stopping the engine of %s", device_id)
            engine.is_stopping = True
            if engine.unused is not None:
                engine.unused.cancel()
            await engine.child.stop()

    async def stop_for(self, connections: Iterable[bytes]) -> None:
        """End the engines these connections asked for, and with them their open sessions."""
        leaving = frozenset(connections)
        used = [device_id for device_id, engine in self._engines.items() if engine.users & leaving]
        await asyncio.gather(*map(self.stop, used))

    def users(self) -> frozenset[bytes]:
        """The connections that asked for an engine which runs."""
        return frozenset().union(*(engine.users for engine in self._engines.values()))

    def process_ids(self) -> dict[str, int]:
        """The engines that run, by device."""
        return {device_id: engine.child.process_id for device_id, engine in self._engines.items()}

    def change_admission(self, admission: Admission) -> None:
        """Let the same keys in at every engine as at this worker."""
        for engine in self._engines.values():
            engine.child.tell(admission)

    def visitor_left(self, connection: bytes) -> None:
        """An engine that its last user has left is stopped after a while."""
        for device_id, engine in self._engines.items():
            if connection in engine.users:
                engine.users.discard(connection)
                if not engine.users:
                    engine.unused = asyncio.get_running_loop().call_later(
                        _UNUSED_SECONDS, self._stop_unused, device_id
                    )

    async def close(self) -> None:
        """End all engines."""
        await asyncio.gather(*(self.stop(device_id) for device_id in tuple(self._engines)))
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _spawn(self, device: DeviceDescription, threads: int | None, number: int) -> _Engine:
        settings = self._settings
        config = EngineConfig(
            public_key=settings.keys.public_key,
            secret_key=settings.keys.secret_key,
            device_id=device.device_id,
            device_kind=device.kind,
            device_index=device.index,
            threads=threads,
            bind_addresses=settings.bind_addresses,
            first_port=engine_port(settings.control_port, number),
            admission=self._admission(),
            store_directory=settings.store_directory,
            memory_limit_bytes=settings.memory_limit_bytes,
        )
        _log.info("starting the engine of %s with %s threads", device.device_id, threads)
        log = logging.getLogger(f"{__name__}.{device.device_id}")
        variables = large_pages() if device.kind == "cpu" else {}
        child = start_child(["-m", "runtime.engine"], config, log, variables)
        engine = _Engine(device, threads, child)
        self._engines[device.device_id] = engine
        engine.child.on_end(lambda end: self._ended(engine, end))
        return engine

    def _ended(self, engine: _Engine, end: ChildEnd) -> None:
        device_id = engine.device.device_id
        if engine.unused is not None:
            engine.unused.cancel()
        if self._engines.get(device_id) is engine:
            del self._engines[device_id]
        # Its end can come before the news that it was ready has been taken in.
        engine.started.add_done_callback(lambda _: self._tell_death(engine, end))

    def _tell_death(self, engine: _Engine, end: ChildEnd) -> None:
        """Whoever waits for an engine that did not start is told by that."""
        if engine.is_stopping or engine.started.cancelled() or engine.started.exception():
            return
        device_id, why = engine.device.device_id, explain_end(end)
        _log.warning("the engine of %s ended (%s): %s", device_id, end.exit_code, why.message)
        self._on_died(EngineDied(device_id=device_id, reason=why.message, hint=why.hint))

    def _stop_unused(self, device_id: str) -> None:
        task = asyncio.create_task(self.stop(device_id))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _find(devices: Sequence[DeviceDescription], device_id: str) -> DeviceDescription:
    for device in devices:
        if device.device_id == device_id:
            return device
    raise EngineError(f"This machine has no device {device_id[:40]!r}.", "Plan again.")
