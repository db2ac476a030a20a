"""Several workers of this machine: for a demonstration, a measurement, or a test."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil

from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool import Pool
from runtime.discovery.interfaces import LOOPBACK
from runtime.messages.spawn import WorkerConfig
from runtime.worker.launch import ManagedWorker, start_managed_worker

# Each worker may fill its share of what is free, less some for the rest of the machine.
USABLE_SHARE = 0.9


class LocalWorkers:
    """Workers on the loopback interface with throw-away identities; they end with this process."""

    def __init__(self) -> None:
        self._workers: dict[int, ManagedWorker] = {}
        # A worker that had to be killed may still hold its log open, which must not spoil the end.
        self._state = tempfile.TemporaryDirectory(prefix="hpipe-local-", ignore_cleanup_errors=True)

    @property
    def machine_ids(self) -> tuple[str, ...]:
        return tuple(worker.ready.public_key for _, worker in sorted(self._workers.items()))

    async def start(self, count: int, options: ServiceOptions, pool: Pool) -> None:
        """Start count workers at once and join them to the pool."""
        share = int(psutil.virtual_memory().available * USABLE_SHARE / max(1, count))
        configs = [
            WorkerConfig(
                name=f"Worker {index + 1}",
                state_directory=str(Path(self._state.name) / str(index)),
                store_directory=str(options.model_folder),
                loopback_only=True,
                announce=False,
                threads=options.threads,
                memory_limit_bytes=share,
                admitted_keys=(pool.keys.public_key,),
            )
            for index in range(count)
        ]
        started = await asyncio.gather(
            *(self._start(index, config) for index, config in enumerate(configs)),
            return_exceptions=True,
        )
        problems = [problem for problem in started if problem is not None]
        if problems:
            await self.stop()
            raise problems[0]
        for worker in self._workers.values():
            address = f"{LOOPBACK}:{worker.ready.control_port}"
            await pool.join(address, worker.ready.public_key)

    async def _start(self, index: int, config: WorkerConfig) -> None:
        # Known at once, so that it is ended too when the start of the others is broken off.
        self._workers[index] = await start_managed_worker(config)

    async def stop(self) -> None:
        workers = tuple(self._workers.values())
        self._workers.clear()
        await asyncio.gather(*(worker.stop() for worker in workers))
        self._state.cleanup()
