"""A worker as a process of its own: started, used, killed, left alone."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from runtime.errors import HPipeError, NetworkError
from runtime.messages.control import Describe, EngineDied, StartEngine
from runtime.messages.spawn import WorkerReady
from runtime.program import PROGRAM_FOLDER
from runtime.transport.curve import new_key_pair
from runtime.version import PROTOCOL_VERSION
from runtime.worker.launch import start_managed_worker
from tests.runtime.worker.workers import connected, until, worker_config

HELLO = Describe(protocol=PROTOCOL_VERSION, name="A test")


def test_an_engine_that_is_killed_is_explained_and_replaced(tmp_path: Path) -> None:
    """Defect: a dead engine goes unnoticed, or its device can never be used again."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        config = worker_config(tmp_path, admitted_keys=(coordinator.public_key,))
        worker = await start_managed_worker(config)
        died: asyncio.Future[EngineDied] = asyncio.get_running_loop().create_future()
        try:
            async with connected(
                worker.ready, coordinator, on_event=lambda body, _: died.set_result(body)
            ) as connection:
                described = (await connection.request(HELLO)).body.machine
                assert described.public_key == worker.ready.public_key
                assert [device.device_id for device in described.devices][-1] == "cpu"
                assert described.devices[-1].threads == 1
                start = StartEngine(device_id="cpu")
                first = (await connection.request(start, timeout_seconds=90.0)).body
                again = (await connection.request(start)).body
                assert again == first, "a running engine must be found, not started twice"

                psutil.Process(first.process_id).kill()
                told = await asyncio.wait_for(died, 10.0)
                assert told.device_id == "cpu"
                assert "memory" in told.reason or sys.platform == "win32"
                second = (await connection.request(start, timeout_seconds=90.0)).body
                assert second.process_id != first.process_id
                assert psutil.pid_exists(second.process_id)
        finally:
            await worker.stop()
        assert not psutil.pid_exists(worker.process_id)
        assert not psutil.pid_exists(second.process_id)

    asyncio.run(scenario())


def test_nothing_is_left_when_the_parent_is_gone(tmp_path: Path) -> None:
    """Defect: closing or killing the window leaves a worker and its engines running."""
    coordinator = new_key_pair()
    config = worker_config(tmp_path, admitted_keys=(coordinator.public_key,))
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM_FOLDER / "main.py"), "worker", "--managed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout, process.stdin:
        process.stdin.write(msgspec.json.encode(config) + b"\n")
        process.stdin.flush()
        ready = msgspec.json.decode(process.stdout.readline(), type=WorkerReady)

        async def scenario() -> int:
            async with connected(ready, coordinator) as connection:
                started = await connection.request(
                    StartEngine(device_id="cpu"), timeout_seconds=90.0
                )
                process_id: int = started.body.process_id
                return process_id

        engine = psutil.Process(asyncio.run(scenario()))
        assert engine.is_running()
        process.stdin.close()
        began = time.monotonic()
        assert process.wait(timeout=10.0) == 0
        engine.wait(timeout=10.0 - (time.monotonic() - began))
        assert not engine.is_running()


def test_a_killed_worker_takes_its_engine_along_and_is_reported(tmp_path: Path) -> None:
    """Defect: an engine outlives its worker and keeps the memory, or nobody hears of the end."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        config = worker_config(tmp_path, admitted_keys=(coordinator.public_key,))
        worker = await start_managed_worker(config)
        problems: list[HPipeError] = []
        worker.on_ended = problems.append
        try:
            async with connected(worker.ready, coordinator) as connection:
                start = StartEngine(device_id="cpu")
                started = (await connection.request(start, timeout_seconds=90.0)).body
                engine = psutil.Process(started.process_id)
                psutil.Process(worker.process_id).kill()
                await until(lambda: bool(problems), "the report of the worker's end", 10.0)
                await until(lambda: not engine.is_running(), "the engine's end", 10.0)
        finally:
            await worker.stop()
        assert "worker" in problems[0].message

    asyncio.run(scenario())


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Defect: the second worker of a machine shows a traceback, or listens where nobody asks."""

    async def scenario() -> None:
        first = await start_managed_worker(worker_config(tmp_path / "one"))
        try:
            taken = first.ready.control_port
            with pytest.raises(NetworkError, match=f"Port {taken} is in use"):
                await start_managed_worker(worker_config(tmp_path / "two", control_port=taken))
        finally:
            await first.stop()

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_in_a_terminal_shows_its_code_and_ends_cleanly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Defect: Ctrl-C or a service's stop ends in a traceback or another exit code than 0."""
    monkeypatch.setenv("HPIPE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HPIPE_CACHE", str(tmp_path / "cache"))
    port = str(_free_port())
    arguments = ["worker", "--name", "Desk", "--port", port, "--interface", "lo", "--no-announce"]
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM_FOLDER / "main.py"), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while not lines[-1].startswith("Pairing code: "):
        assert lines[-1], process.communicate()
        lines.append(process.stdout.readline())
    process.send_signal(number)
    rest, errors = process.communicate(timeout=20.0)
    assert process.returncode == 0, errors
    assert errors == ""
    assert "Desk" in lines[0]
    assert "127.0.0.1" in lines[1]
    assert port in lines[1]
    assert len(lines[-1].split()[-1]) == 6
    assert "Stopped." in rest


def _free_port() -> int:
    """Below those that systems give to whoever asks for any, so that no other test comes by it."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
