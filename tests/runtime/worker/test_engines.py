"""Supervising engines, with small programs in their place and once with a real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from runtime.errors import Cancelled, EngineError
from runtime.messages.control import AdmitKeys, DeviceDescription, EngineDied, StartEngine
from runtime.messages.spawn import Admission
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import KeyPair, make_client, new_key_pair
from runtime.worker import engines as supervision
from runtime.worker.child import start_child
from runtime.worker.engines import Engines, EngineSettings
from tests.runtime.worker.workers import connected, running_worker, until

KEYS = new_key_pair()
GUEST = new_key_pair().public_key
READY = '{"command_port":1,"activation_port":2,"floor_memory_bytes":3}'
# Writes down what it is told, and says it is ready.
OBEDIENT = f"""
import sys
with open(sys.argv[1], "a") as told:
    for line in iter(sys.stdin.readline, ""):
        told.write(line)
        told.flush()
        if "secret_key" in line:
            print('{READY}', flush=True)
"""


def device(kind: str, index: int = 0) -> DeviceDescription:
    return DeviceDescription(
        device_id=kind if kind == "cpu" else f"{kind}:{index}",
        kind=kind,
        index=index,
        name=f"Example {kind}",
        total_memory_bytes=1,
        free_memory_bytes=1,
        threads=6 if kind == "cpu" else 0,
    )


DEVICES = (device("cuda", 0), device("cuda", 1), device("cpu"))


class Supervised:
    """A supervisor whose engines are a program of a test's own."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, program: str, **settings: Any
    ) -> None:
        self.told = folder / "told.jsonl"
        script = folder / "engine.py"
        script.write_text(program)
        self.arguments: list[Sequence[str]] = []

        def start(arguments: Sequence[str], *rest: Any) -> Any:
            self.arguments.append(arguments)
            return start_child([str(script), str(self.told)], *rest)

        monkeypatch.setattr(supervision, "start_child", start)
        self.died: list[EngineDied] = []
        fields: dict[str, Any] = {
            "keys": KEYS,
            "bind_addresses": ("127.0.0.1",),
            "control_port": 0,
            "store_directory": str(folder),
        }
        self.engines = Engines(
            EngineSettings(**{**fields, **settings}),
            lambda: Admission(coordinators=(GUEST,)),
            self.died.append,
        )

    async def start(self, device_id: str = "cpu", threads: int | None = None, user: bytes = b"u"):
        return await self.engines.start(DEVICES, device_id, threads, user)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.told.read_text().splitlines()]


def run(scenario: Callable[[], Any]) -> None:
    asyncio.run(scenario())


def test_an_engine_gets_its_own_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: two engines share ports, a thread limit is ignored, or a secret shows in `ps`."""

    async def scenario() -> None:
        house = Supervised(
            tmp_path, monkeypatch, OBEDIENT, control_port=47650, memory_limit_bytes=99
        )
        try:
            await asyncio.gather(*(house.start(each.device_id) for each in DEVICES))
        finally:
            await house.engines.close()
        configs = {line["device_id"]: line for line in house.lines()}
        assert [configs[each.device_id]["first_port"] for each in DEVICES] == [47652, 47654, 47656]
        assert [configs[each.device_id]["threads"] for each in DEVICES] == [None, None, 6]
        assert configs["cuda:1"]["device_index"] == 1
        assert configs["cpu"]["admission"]["coordinators"] == [GUEST]
        assert configs["cpu"]["memory_limit_bytes"] == 99
        assert house.arguments == [["-m", "runtime.engine"]] * 3

    run(scenario)


def test_an_engine_is_shared_until_other_threads_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: a second request starts a second engine on the same device."""

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, OBEDIENT, threads=2)
        try:
            first, second = await asyncio.gather(house.start(), house.start(user=b"other"))
            assert first == second == await house.start(threads=2)
            assert await house.start(threads=1) == first, "the other still uses it"
            house.engines.visitor_left(b"other")
            third = await house.start(threads=1)
            assert third.process_id != first.process_id
            assert not psutil.pid_exists(first.process_id)
            assert [line["threads"] for line in house.lines()] == [2, 1]
        finally:
            await house.engines.close()
        assert house.died == [], "what was asked for is no death"
        assert not psutil.pid_exists(third.process_id)

    run(scenario)


def test_admission_reaches_running_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Defect: a machine that was paired or forgotten just now stays so to the worker alone."""
    change = Admission(coordinators=("a",), neighbours=("b",))

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, OBEDIENT)
        try:
            await house.start()
            house.engines.change_admission(change)
            await until(lambda: len(house.lines()) == 2, "the line")
        finally:
            await house.engines.close()
        assert house.lines()[1] == {"coordinators": ["a"], "neighbours": ["b"]}

    run(scenario)


def test_a_death_is_told_once_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: the coordinator waits for an engine that has crashed."""
    crash = OBEDIENT + "\nsys.stderr.write('RuntimeError: CUDA error: misaligned address\\n')"
    crash = crash.replace("flush=True)", "flush=True); break")

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, crash)
        await house.start("cuda:1")
        await until(lambda: bool(house.died), "the event")
        await house.engines.close()
        (died,) = house.died
        assert died.device_id == "cuda:1"
        assert "graphics card reported a fault" in died.reason
        assert died.hint

    run(scenario)


def test_an_engine_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: without torch every start is "ended with code 1", and later ones hang."""

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, "import torch_is_not_here.nn")
        for _ in range(2):
            with pytest.raises(EngineError, match="torch_is_not_here is not installed"):
                await house.start()
        with pytest.raises(EngineError, match="no device"):
            await house.start("cuda:7")
        await house.engines.close()
        assert house.died == [], "who asked has been told already"

    run(scenario)


def test_a_start_is_broken_off_by_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: a stop waits until an engine that hangs has started."""

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, "import sys; sys.stdin.read()")
        starting = asyncio.create_task(house.start())
        await until(lambda: bool(house.arguments), "the start")
        await house.engines.stop("cpu")
        with pytest.raises(Cancelled):
            await starting
        await house.engines.stop("cpu")
        await house.engines.close()

    run(scenario)


def test_an_engine_nobody_uses_any_more_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: a closed window leaves a model in the memory of every other machine."""
    monkeypatch.setattr(supervision, "_UNUSED_SECONDS", 0.3)

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, OBEDIENT)
        try:
            started = await house.start(user=b"one")
            await house.start(user=b"two")
            house.engines.visitor_left(b"one")
            await asyncio.sleep(0.5)
            assert psutil.pid_exists(started.process_id), "the other still uses it"
            house.engines.visitor_left(b"two")
            assert await house.start(user=b"three") == started, "it came back in time"
            await asyncio.sleep(0.5)
            assert psutil.pid_exists(started.process_id)
            house.engines.visitor_left(b"three")
            await until(lambda: not psutil.pid_exists(started.process_id), "the end")
            assert house.engines.process_ids() == {}
        finally:
            await house.engines.close()
        assert house.died == []

    run(scenario)


def test_an_engine_is_not_stopped_for_the_one_that_died_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: the engine of a new job is ended by what was planned for an old one."""
    monkeypatch.setattr(supervision, "_UNUSED_SECONDS", 0.5)

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, OBEDIENT)
        try:
            first = await house.start(user=b"one")
            house.engines.visitor_left(b"one")
            psutil.Process(first.process_id).kill()
            await until(lambda: bool(house.died), "the event")
            second = await house.start(user=b"two")
            await asyncio.sleep(0.8)
            assert psutil.pid_exists(second.process_id)
            assert house.engines.process_ids() == {"cpu": second.process_id}
        finally:
            await house.engines.close()

    run(scenario)


def test_the_engines_of_a_forgotten_machine_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: a machine that was thrown out keeps computing here over its open connection."""

    async def scenario() -> None:
        house = Supervised(tmp_path, monkeypatch, OBEDIENT)
        try:
            theirs = await house.start("cpu", user=b"forgotten")
            others = await house.start("cuda:0", user=b"other")
            await house.engines.stop_for((b"forgotten", b"unknown"))
            assert house.engines.process_ids() == {"cuda:0": others.process_id}
            assert not psutil.pid_exists(theirs.process_id)
        finally:
            await house.engines.close()

    run(scenario)


def test_whom_a_coordinator_vouches_for_may_send_to_an_engine_but_not_command_it(
    tmp_path: Path,
) -> None:
    """Defect: the stage before is turned away, or a machine that is not paired loads layers."""

    async def scenario() -> None:
        coordinator, stage = new_key_pair(), new_key_pair()
        async with running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready):
            async with connected(ready, coordinator) as connection:
                start = StartEngine(device_id="cpu")
                started = (await connection.request(start, timeout_seconds=90.0)).body

                async def is_admitted(keys: KeyPair, kind: int, port: int) -> bool:
                    return await asyncio.to_thread(handshake, port, kind, keys, ready.public_key)

                commands, activations = started.command_port, started.activation_port
                assert await is_admitted(coordinator, zmq.DEALER, commands)
                assert not await is_admitted(stage, zmq.PUSH, activations)
                await connection.request(AdmitKeys(keys=(stage.public_key,)))
                async with asyncio.timeout(20.0):  # the engine reads of it in a thread of its own
                    while not await is_admitted(stage, zmq.PUSH, activations):
                        pass
                assert not await is_admitted(stage, zmq.DEALER, commands)
            async with asyncio.timeout(20.0):
                while await is_admitted(stage, zmq.PUSH, activations):
                    pass

    run(scenario)


def handshake(port: int, kind: int, keys: KeyPair, server: str) -> bool:
    """Whether a server lets this key in."""
    context: zmq.Context[Any] = zmq.Context()
    client = context.socket(kind)
    bound_socket(client)
    make_client(client, keys, server)
    outcomes = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    monitor = client.get_monitor_socket(outcomes)
    try:
        client.connect(f"tcp://127.0.0.1:{port}")
        assert monitor.poll(10_000)
        event = recv_monitor_message(monitor)["event"]
        return bool(event == zmq.EVENT_HANDSHAKE_SUCCEEDED)
    finally:
        client.disable_monitor()
        monitor.close()
        client.close()
        context.term()
