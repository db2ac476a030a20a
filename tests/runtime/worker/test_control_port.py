"""Who may ask what on the control port, and what strange messages do to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
import zmq.asyncio

from runtime.discovery.addresses import HostPort
from runtime.errors import HPipeError, ModelError, NetworkError, Refused
from runtime.messages.control import (
    AdmitKeys,
    Describe,
    ForgetMachine,
    ListModels,
    ListPaired,
    MachinePaired,
    MeasureLink,
    OfferPairing,
    Probe,
    ReadPart,
    RememberMachine,
    StartEngine,
    control_reply_codec,
    control_request_codec,
)
from runtime.messages.envelope import Envelope, Failure
from runtime.messages.spawn import WorkerReady
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import KeyPair, make_client, new_key_pair
from runtime.trust.identity import load_or_create_identity
from runtime.trust.pairing_client import pair_by_code
from runtime.version import PROTOCOL_VERSION
from tests.runtime.worker.models import random_model
from tests.runtime.worker.workers import connected, running_worker, until

HELLO = Describe(protocol=PROTOCOL_VERSION, name="A test")


def test_an_unknown_key_is_refused_at_the_door(tmp_path: Path) -> None:
    """Defect: a machine that was never paired gets an answer, or nobody here hears of it."""

    async def scenario() -> None:
        said: list[str] = []
        async with running_worker(tmp_path, say=said.append) as (_, ready):
            stranger = new_key_pair()
            for _ in range(2):
                with pytest.raises(Refused, match="does not know this one"):
                    async with connected(ready, stranger):
                        pass
        (sentence,) = said
        assert stranger.public_key[:8] in sentence
        assert "pair it again" in sentence

    asyncio.run(scenario())


def test_a_machine_that_takes_this_one_for_another_is_told_of(tmp_path: Path) -> None:
    """Defect: after a new identity here, its old partners are turned away without a word."""

    async def scenario() -> None:
        said: list[str] = []
        coordinator = new_key_pair()
        async with running_worker(
            tmp_path, say=said.append, admitted_keys=(coordinator.public_key,)
        ) as (_, ready):
            former = msgspec.structs.replace(ready, public_key=new_key_pair().public_key)
            with pytest.raises(HPipeError):
                async with connected(former, coordinator):
                    pass
            await until(lambda: bool(said), "a sentence about it")
        assert "takes this one for another" in said[0]

    asyncio.run(scenario())


def test_another_protocol_is_told_so_and_gets_nothing_else(tmp_path: Path) -> None:
    """Defect: machines of different versions misunderstand each other instead of saying so."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
            connected(ready, coordinator) as connection,
        ):
            with pytest.raises(Refused, match="protocol"):
                await connection.request(Describe(protocol=PROTOCOL_VERSION + 1, name="Newer"))
            with pytest.raises(Refused, match="protocols"):
                await connection.request(ListModels())
            described = await connection.request(HELLO)
            assert described.body.machine.protocol == PROTOCOL_VERSION

    asyncio.run(scenario())


def test_strange_messages_are_answered_and_harm_nobody(tmp_path: Path) -> None:
    """Defect: one malformed message ends the worker, or a newer request waits for ever."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
            _raw(ready, coordinator) as socket,
        ):
            newer = msgspec.msgpack.encode(Envelope(7, {"type": "from_the_future", "x": 1}))
            for frames in ([b""], [b"\xc1\xff"], [b"\x92\x01"], [newer, b"payload"], [newer] * 40):
                await socket.send_multipart(frames)
            numbers = []
            for _ in range(5):
                async with asyncio.timeout(10.0):
                    envelope = control_reply_codec.decode(await socket.recv())
                assert isinstance(envelope.body, Failure)
                numbers.append(envelope.request)
            assert sorted(numbers) == [0, 0, 0, 7, 7]
            async with connected(ready, coordinator) as connection:
                assert (await connection.request(HELLO)).body.machine.name == "Test worker"

    asyncio.run(scenario())


def test_a_vouched_machine_may_exchange_but_not_command(tmp_path: Path) -> None:
    """Defect: a stranger that one coordinator vouched for takes over the worker."""

    async def scenario() -> None:
        coordinator, stranger = new_key_pair(), new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
        ):
            async with connected(ready, coordinator) as voucher:
                await voucher.request(AdmitKeys(keys=(stranger.public_key,)))
                async with connected(ready, stranger) as connection:
                    await connection.request(HELLO)
                    await connection.request(Probe())
                    assert (await connection.request(ListModels())).body.parts == {}
                    for request in (
                        StartEngine(device_id="cpu"),
                        AdmitKeys(keys=(new_key_pair().public_key,)),
                        MeasureLink(addresses=("127.0.0.1:1",), public_key=ready.public_key),
                    ):
                        with pytest.raises(Refused):
                            await connection.request(request)
            # The coordinator has gone, and its word with it.
            await _refused_soon(ready, stranger)

    asyncio.run(scenario())


def test_a_vouched_key_lasts_only_as_long_as_a_silent_voucher_is_there(tmp_path: Path) -> None:
    """Defect: a coordinator that vanishes without a goodbye leaves strangers admitted."""

    async def scenario() -> None:
        coordinator, stranger = new_key_pair(), new_key_pair()
        async with running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (
            worker,
            ready,
        ):
            async with connected(ready, coordinator) as voucher:
                await voucher.request(AdmitKeys(keys=(stranger.public_key,)))
                async with connected(ready, stranger):
                    pass
                (visitor,) = [
                    visitor
                    for visitor in worker._server.visitors
                    if visitor.public_key == coordinator.public_key
                ]
                visitor.cut()
                await until(lambda: voucher.lost is not None, "the loss of the connection")
            await _refused_soon(ready, stranger)

    asyncio.run(scenario())


def test_only_the_own_window_pairs_and_forgets(tmp_path: Path) -> None:
    """Defect: a paired machine lets in others, or learns whom this one trusts."""

    async def scenario() -> None:
        friend, further = new_key_pair(), new_key_pair()
        own = load_or_create_identity(tmp_path / "state")
        async with running_worker(tmp_path) as (_, ready), connected(ready, own) as window:
            await window.request(RememberMachine(public_key=friend.public_key, name="Friend"))
            listed = (await window.request(ListPaired())).body.machines
            assert [(machine.public_key, machine.name) for machine in listed] == [
                (friend.public_key, "Friend")
            ]
            async with connected(ready, friend) as connection:
                await connection.request(HELLO)
                for request in (
                    OfferPairing(),
                    ListPaired(),
                    RememberMachine(public_key=further.public_key, name="Further"),
                    ForgetMachine(public_key=own.public_key),
                ):
                    with pytest.raises(Refused):
                        await connection.request(request)
                await window.request(ForgetMachine(public_key=friend.public_key))
                await until(lambda: connection.lost is not None, "the drop of the forgotten")
            with pytest.raises(Refused):
                async with connected(ready, friend):
                    pass
            assert (await window.request(ListPaired())).body.machines == ()
            with pytest.raises(Refused):
                await window.request(ForgetMachine(public_key=own.public_key))

    asyncio.run(scenario())


def test_a_machine_that_pairs_by_code_is_admitted_and_told_of(tmp_path: Path) -> None:
    """Defect: the code is right, yet the machine stays outside or the window never hears of it."""

    async def scenario() -> None:
        own = load_or_create_identity(tmp_path / "state")
        other = new_key_pair()
        events: list[Any] = []
        async with (
            running_worker(tmp_path) as (_, ready),
            connected(ready, own, on_event=lambda body, _: events.append(body)) as window,
        ):
            offered = (await window.request(OfferPairing())).body
            assert 0 < offered.seconds_left <= 300
            door = HostPort("127.0.0.1", ready.pairing_port)
            await pair_by_code(door, offered.code, other, "Other", ready.public_key)
            await until(lambda: bool(events), "the event")
            assert events == [MachinePaired(public_key=other.public_key, name="Other")]
            async with connected(ready, other) as connection:
                await connection.request(HELLO)

    asyncio.run(scenario())


def test_a_long_request_does_not_hold_up_others(tmp_path: Path) -> None:
    """Defect: while one request waits for an address that is silent, the worker seems dead."""

    async def scenario() -> None:
        coordinator, nobody = new_key_pair(), new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
            connected(ready, coordinator) as connection,
        ):
            # The worker is asked to reach itself under a wrong key: it waits for a handshake.
            slow = asyncio.create_task(
                connection.request(
                    MeasureLink(
                        addresses=(f"127.0.0.1:{ready.control_port}",),
                        public_key=nobody.public_key,
                    )
                )
            )
            await asyncio.sleep(0)
            await connection.request(HELLO, timeout_seconds=5.0)
            with pytest.raises(NetworkError):
                await slow

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "request_",
    [
        ReadPart(model_id="../../etc", part="head", offset=0, length=10),
        ReadPart(model_id="a" * 64, part="../../../etc/passwd", offset=0, length=10),
        ReadPart(model_id="a" * 64, part="head", offset=0, length=1 << 40),
        ReadPart(model_id="a" * 64, part="head", offset=0, length=-1),
        Probe(echo_bytes=1 << 40),
    ],
)
def test_requests_for_what_is_not_offered_are_refused(tmp_path: Path, request_: Any) -> None:
    """Defect: a path or a size from the network is used as it comes."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
            connected(ready, coordinator) as connection,
        ):
            with pytest.raises(ModelError):
                await connection.request(request_)

    asyncio.run(scenario())


def test_what_a_peer_does_not_read_cannot_fill_the_memory(tmp_path: Path) -> None:
    """Defect: a paired machine asks for weights, reads none, and this one runs out of memory."""
    manifest = random_model(
        tmp_path / "model", tmp_path / "cache" / "models", hidden=256, vocabulary=8_000
    )
    wanted = ReadPart(model_id=manifest.model_id, part="embedding", offset=0, length=1 << 20)

    async def scenario() -> None:
        coordinator = new_key_pair()
        async with (
            running_worker(tmp_path, admitted_keys=(coordinator.public_key,)) as (_, ready),
            _raw(ready, coordinator, queue_messages=1) as socket,
        ):
            for _ in range(30):
                for number in range(10):
                    await socket.send(control_request_codec.encode(number, wanted))
                await asyncio.sleep(0.03)
            answers = 0
            while await socket.poll(2_000):
                await socket.recv_multipart()
                answers += 1
            assert 100 < answers < 250
            async with connected(ready, coordinator) as connection:
                assert (await connection.request(HELLO)).body.machine.name == "Test worker"

    asyncio.run(scenario())


@contextlib.asynccontextmanager
async def _raw(
    ready: WorkerReady, keys: KeyPair, queue_messages: int = 1_000
) -> AsyncIterator[zmq.asyncio.Socket]:
    """A socket that sends whatever frames it is given."""
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.DEALER)
    bound_socket(socket, queue_messages)
    make_client(socket, keys, ready.public_key)
    socket.connect(f"tcp://127.0.0.1:{ready.control_port}")
    try:
        yield socket
    finally:
        context.destroy(linger=0)


async def _refused_soon(ready: WorkerReady, keys: KeyPair) -> None:
    async with asyncio.timeout(10.0):
        while True:
            try:
                async with connected(ready, keys):
                    await asyncio.sleep(0.05)
            except Refused:
                return
