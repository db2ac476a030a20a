"""Machines for tests of the network: real workers with a state of their own, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import zmq.asyncio

from runtime.coordinator.directory import Directory
from runtime.coordinator.events import EventHub
from runtime.coordinator.network import Network
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool import Pool
from runtime.errors import HPipeError
from runtime.snapshots import LogWritten, MachineSnapshot
from runtime.trust.identity import load_or_create_identity

PROGRAM = Path(__file__).parents[3] / "main.py"


def free_port() -> int:
    """A control port whose next few ports are free too, below those the system gives out."""
    while True:
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as taken:
            for beside in range(4):
                taken.enter_context(socket.create_server(("", port + beside)))
            return port


class Home:
    """What a window holds of the network, without the window."""

    def __init__(self, name: str, state: Path, port: int, **options: object) -> None:
        self.options = ServiceOptions(
            name=name,
            state=state,
            cache=state / "cache",
            control_port=port,
            interfaces=("127.0.0.1",),
            announce=False,
            **options,
        )
        self.address = f"127.0.0.1:{port}"
        self.said: list[str] = []
        self._changed = asyncio.Event()
        self._events = EventHub()
        self._events.subscribe(self._hear)
        self._context = zmq.asyncio.Context()
        keys = load_or_create_identity(state)
        self.machine_id = keys.public_key
        self.directory = Directory(self._events, None)
        self.machines = Pool(self._context, keys, name, self._member_lost)
        self.network = Network(self.options, self.machines, self.directory, self._events)

    async def stop(self) -> None:
        await self.network.stop()
        await self.machines.close()
        self._context.destroy(linger=0)

    def shown(self, machine_id: str) -> MachineSnapshot | None:
        return self.directory.get(machine_id)

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait for something that an event tells of."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _hear(self, event: object) -> None:
        if isinstance(event, LogWritten):
            self.said.append(event.text)
        self._changed.set()

    def _member_lost(self, machine_id: str, problem: HPipeError) -> None:
        self.directory.lost(machine_id, problem)
        self.network.lost(machine_id)


@asynccontextmanager
async def home(
    name: str, state: Path, port: int | None = None, **options: object
) -> AsyncIterator[Home]:
    """A started home."""
    opened = Home(name, state, port or free_port(), **options)
    try:
        await opened.network.start()
        yield opened
    finally:
        await opened.stop()


class WorkerProcess:
    """`main.py worker` as somebody starts it in a terminal."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.address = f"127.0.0.1:{port}"
        self.lines: list[str] = []
        self._changed = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @property
    def codes(self) -> list[str]:
        return [line.rpartition(" ")[2] for line in self.lines if line.startswith("Pairing code")]

    async def until_said(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode().strip())
            self._changed.set()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        await self._reader


@asynccontextmanager
async def worker_process(
    name: str, state: Path, port: int | None = None
) -> AsyncIterator[WorkerProcess]:
    """A worker that has shown its first pairing code."""
    port = port or free_port()
    environment = os.environ | {"HPIPE_STATE": str(state), "HPIPE_CACHE": str(state / "cache")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        "worker",
        *("--name", name, "--port", str(port), "--interface", "127.0.0.1", "--no-announce"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    worker = WorkerProcess(process, port)
    try:
        await worker.until_said(lambda: worker.codes)
        yield worker
    finally:
        await worker.stop()


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run a scenario that may leave neither a process nor a task of ours behind."""

    async def watched() -> None:
        await scenario
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not [name for name in names if not name.startswith("Task-")], names

    before = children()
    asyncio.run(watched())
    assert children() <= before, "a process was left running"
