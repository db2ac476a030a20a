"""Workers for tests: in this process on a test's own loop, and connections to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import zmq.asyncio

from runtime.messages.control import ControlReply, control_reply_codec
from runtime.messages.spawn import WorkerConfig, WorkerReady
from runtime.transport.connection import Connection
from runtime.transport.curve import KeyPair
from runtime.worker.worker import Worker

SECONDS = 30.0


def worker_config(folder: Path, name: str = "Test worker", **changes: Any) -> WorkerConfig:
    fields: dict[str, Any] = {
        "name": name,
        "state_directory": str(folder / "state"),
        "store_directory": str(folder / "cache" / "models"),
        "loopback_only": True,
        "announce": False,
        "threads": 1,
    }
    return WorkerConfig(**{**fields, **changes})


@contextlib.asynccontextmanager
async def running_worker(
    folder: Path,
    name: str = "Test worker",
    say: Callable[[str], None] = lambda sentence: None,
    **changes: Any,
) -> AsyncIterator[tuple[Worker, WorkerReady]]:
    """A worker inside the test's process: its doors are real, its engines real processes."""
    worker = Worker(worker_config(folder, name, **changes), say)
    try:
        yield worker, await worker.start()
    finally:
        await worker.stop()


@contextlib.asynccontextmanager
async def connected(
    ready: WorkerReady, keys: KeyPair, **listeners: Any
) -> AsyncIterator[Connection[ControlReply]]:
    """An open connection to a worker's control port with a context of its own."""
    context = zmq.asyncio.Context()
    connection: Connection[ControlReply] = Connection(
        context,
        f"127.0.0.1:{ready.control_port}",
        keys,
        ready.public_key,
        control_reply_codec,
        **listeners,
    )
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()
        context.destroy(linger=0)


async def until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Wait for something that nothing tells of; TimeoutError names it."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise TimeoutError(f"{what} did not happen within {seconds} seconds") from None
