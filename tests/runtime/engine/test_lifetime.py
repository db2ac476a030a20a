"""How an engine process begins and ends."""

import socket
import subprocess
import sys

import msgspec
import psutil
import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from runtime.messages.spawn import Admission
from runtime.transport.bounds import bound_socket
from runtime.transport.curve import make_client, new_key_pair
from tests.runtime.engine.processes import SECONDS, Chain, EngineProcess
from tests.runtime.engine.tiny import some_ids


@pytest.fixture
def start(tiny, coordinator):
    started = []

    def start(**changes):
        engine = EngineProcess(tiny.store.root, coordinator, **changes)
        started.append(engine)
        return engine

    yield start
    for engine in started:
        engine.end()


def handshake(engine, keys):
    """Whether the engine's command socket admits these keys."""
    context = zmq.Context()
    client = context.socket(zmq.DEALER)
    bound_socket(client)
    make_client(client, keys, engine.keys.public_key)
    outcomes = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    monitor = client.get_monitor_socket(outcomes)
    client.connect(f"tcp://127.0.0.1:{engine.ready.command_port}")
    try:
        assert monitor.poll(10_000)
        event = recv_monitor_message(monitor)["event"]
        return event == zmq.EVENT_HANDSHAKE_SUCCEEDED
    finally:
        client.disable_monitor()
        monitor.close()
        client.close()
        context.term()


def test_a_port_in_use_is_passed_over_admission_changes_and_the_end_of_its_parent(
    start, tiny, coordinator
):
    """One process for all three: it takes seconds to start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        engine = start(first_port=port)
        assert engine.ready.command_port > port
        assert engine.ready.activation_port > engine.ready.command_port
    friend = new_key_pair()
    assert handshake(engine, coordinator)
    assert not handshake(engine, friend)
    engine.process.stdin.write(
        msgspec.json.encode(Admission(coordinators=(friend.public_key,))) + b"\n"
    )
    engine.process.stdin.flush()
    # The line is read in a thread of the engine: refused until it was.
    admitted = next(done for done in iter(lambda: handshake(engine, friend), None) if done)
    assert admitted
    assert not handshake(engine, coordinator)
    engine.close_input()
    engine.process.wait(timeout=10)
    assert not psutil.pid_exists(engine.process.pid) or engine.process.returncode == 0


def test_it_ends_with_its_parent_in_the_middle_of_a_computation(start, tiny, coordinator):
    """A long chunk must not keep an engine of a killed worker alive."""
    _, manifest = tiny.model("llama")
    engine = start()
    context = zmq.Context()
    engine.connect(context)
    chain = Chain([engine])
    chain.load(manifest, [0, 4])
    chain.open("document", 200_000)
    for sequence in range(40):
        chain.feed("document", sequence, 4_000 * sequence, some_ids(4_000))
    engine.close_input()
    engine.process.wait(timeout=10)
    engine.end()
    context.term()


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"device_kind": "cuda", "device_index": 63}, "EngineError", "63"),
        ({"bind_addresses": ("192.0.2.1",)}, "NetworkError", "192.0.2.1"),
    ],
)
def test_it_says_why_it_cannot_start(start, changes, kind, said):
    engine = start(**changes)
    first = engine.first_line
    assert (first["type"], first["kind"]) == ("child_failed", kind)
    assert said in first["message"]
    assert engine.process.wait(timeout=SECONDS) == 1


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b""])
def test_without_a_configuration_it_does_not_start(line):
    """Quickly, and without a traceback or a secret in the message."""
    done = subprocess.run(
        [sys.executable, "-m", "runtime.engine"],
        input=line,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert msgspec.json.decode(done.stdout)["kind"] == "SetupError"
