"""A connection to a server that does not do as it should, or to listeners that do not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import zmq
import zmq.asyncio

from runtime.coordinator.worker_link import WorkerLink
from runtime.errors import HPipeError, NetworkError
from runtime.messages.control import (
    Described,
    DeviceDescription,
    FetchProgress,
    ListModels,
    MachineDescription,
    ModelsListed,
    ProbeEcho,
    control_reply_codec,
    control_request_codec,
)
from runtime.messages.envelope import Done
from runtime.transport.bounds import bound_socket
from runtime.transport.connection import Connection
from runtime.transport.curve import make_server, new_key_pair
from runtime.version import PROTOCOL_VERSION

MACHINE = MachineDescription(
    public_key="k",
    name="Desk\x1b[2J\nof  Anna",
    system="Linux\u202e",
    version="1",
    protocol=PROTOCOL_VERSION,
    addresses=(),
    control_port=1,
    devices=(
        DeviceDescription(
            device_id="cpu",
            kind="cpu",
            index=0,
            name="A\nprocessor",
            total_memory_bytes=1,
            free_memory_bytes=1,
        ),
    ),
    total_memory_bytes=1,
    free_memory_bytes=1,
    free_disk_bytes=1,
)


class Server:
    """Answers every request with what a test says."""

    def __init__(self) -> None:
        self.context = zmq.asyncio.Context()
        self.keys = new_key_pair()
        self.answers: list[Any] = [Done()]
        self._socket = self.context.socket(zmq.ROUTER)
        bound_socket(self._socket)
        make_server(self._socket, self.keys)
        port = self._socket.bind_to_random_port("tcp://127.0.0.1")
        self.address = f"127.0.0.1:{port}"
        self._task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        while True:
            identity, head = await self._socket.recv_multipart()
            number = control_request_codec.decode(head).request
            for answer in self.answers:
                await self._socket.send_multipart(
                    [identity, control_reply_codec.encode(number, answer)]
                )

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.context.destroy(linger=0)


def with_a_server(scenario: Callable[[Server], Awaitable[None]]) -> None:
    async def run() -> None:
        server = Server()
        try:
            async with asyncio.timeout(20):
                await scenario(server)
        finally:
            await server.close()

    asyncio.run(run())


async def connected(server: Server, **listeners: Any) -> Connection[Any]:
    connection: Connection[Any] = Connection(
        server.context,
        server.address,
        new_key_pair(),
        server.keys.public_key,
        control_reply_codec,
        **listeners,
    )
    await connection.open()
    return connection


def test_an_answer_of_another_kind_is_refused_with_a_sentence() -> None:
    """Defect: a worker that answers nonsense looks like a bug of ours, or stops what asked it."""

    async def scenario(server: Server) -> None:
        connection = await connected(server)
        with pytest.raises(NetworkError, match="something else than it was asked for"):
            await connection.ask(ListModels(), ModelsListed)
        server.answers = [ModelsListed(parts={})]
        assert await connection.ask(ListModels(), ModelsListed) == ModelsListed(parts={})
        await connection.close()

    with_a_server(scenario)


def test_a_listener_that_fails_ends_the_connection_and_leaves_nobody_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Defect: nothing is received any more, and every request waits until its time is up."""

    async def scenario(server: Server) -> None:
        lost: list[HPipeError] = []
        connection = await connected(server, on_lost=lost.append)

        def fail(_body: Any, _payload: Any) -> None:
            raise ZeroDivisionError

        server.answers = [FetchProgress(model_id="m", bytes_done=1, bytes_total=2)]
        with pytest.raises(NetworkError, match="ZeroDivisionError"):
            await connection.request(ListModels(), timeout_seconds=None, on_progress=fail)
        assert lost == [connection.lost]
        await connection.close()

    with_a_server(scenario)
    assert "could not be dealt with" in caplog.text


def test_a_machine_is_described_in_words_that_can_be_shown() -> None:
    """Defect: a paired machine's name clears the terminal or breaks a line of the window."""

    async def scenario(server: Server) -> None:
        link = WorkerLink(
            server.context,
            server.address,
            server.keys.public_key,
            new_key_pair(),
            own_name="Window",
            on_engine_died=lambda *_: None,
            on_lost=lambda *_: None,
        )
        server.answers = [Described(machine=MACHINE)]
        described = await link.open()
        assert link.name == described.name == "Desk[2J of Anna"
        assert described.system == "Linux"
        assert described.devices[0].name == "A processor"
        server.answers = [ProbeEcho(received_bytes=0)]
        with pytest.raises(NetworkError):
            await link.describe()
        assert link.name == "Desk[2J of Anna"
        await link.close()

    with_a_server(scenario)
