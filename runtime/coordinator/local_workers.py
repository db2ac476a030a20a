"""Several workers of this machine: for a demonstration, a measurement, or a test."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil

from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool import Pool
from runtime.messages.spawn import WorkerConfig
from runtime.worker.launch import ManagedWorker, start_managed_worker

# Each worker may fill its share of what is free, less some for the rest of the machine.
USABLE_SHARE = 0.9


class LocalWorkers:
    """Workers on the loopback interface with throw-away identities; they end with this process."""

    def __init__(self) -> None:
        self._workers: list[ManagedWorker] = []
        self._state = tempfile.TemporaryDirectory(prefix="hpipe-local-")

    @property
    def machine_ids(self) -> tuple[str, ...]:
        return tuple(worker.ready.public_key for worker in self._workers)

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
            *(start_managed_worker(config) for config in configs), return_exceptions=True
        )
        self._workers += [worker for worker in started if isinstance(worker, ManagedWorker)]
        problems = [problem for problem in started if isinstance(problem, BaseException)]
        if problems:
            await self.stop()
            raise problems[0]
        for worker in self._workers:
            address = f"127.0.0.1:{worker.ready.control_port}"
            await pool.join(address, worker.ready.public_key)

    async def stop(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        self._workers.clear()
        self._state.cleanup()
