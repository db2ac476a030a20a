"""Staying awake for the next step, and falling asleep where that does not pay."""

import os
import threading

import numpy as np
import pytest
import zmq

from runtime.engine import vigil
from runtime.engine.lanes import Waiting
from runtime.engine.service import EngineService
from runtime.engine.vigil import Vigil
from runtime.messages.stage import Chunk, OpenSession
from runtime.transport.curve import new_key_pair
from tests.runtime.engine.processes import engine_config


class Poller:
    """Tells after how many looks something happens, and remembers how it was asked."""

    def __init__(self, happens_at, clock=None):
        """With a clock, sleeping takes a second of it."""
        self.happens_at = happens_at
        self.asked = []
        self._clock = clock

    def poll(self, timeout):
        self.asked.append(timeout)
        if timeout != 0 and self._clock is not None:
            self._clock.seconds += 1
        return [("socket", 1)] if len(self.asked) >= self.happens_at else []


class Clock:
    """Every look at the time takes so long."""

    def __init__(self):
        self.seconds = 0.0
        self.step = 0.0005

    def monotonic(self):
        self.seconds += self.step
        return self.seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(vigil.time, "monotonic", made.monotonic)
    return made


def asked(watching, poller, timeout=None):
    """How the poller is asked while the next step is waited for."""
    watching.expect()
    watching.wait(poller, timeout)
    return poller.asked


def test_a_step_that_comes_soon_is_met_awake():
    assert asked(Vigil(may_stay_awake=True), Poller(3)) == [0, 0, 0]


@pytest.mark.parametrize("may_stay_awake", [True, False])
def test_an_engine_that_expects_nothing_sleeps(may_stay_awake):
    watching, poller = Vigil(may_stay_awake=may_stay_awake), Poller(1)
    if not may_stay_awake:
        watching.expect()
    watching.wait(poller, None)
    watching.wait(poller, 1_000)
    assert poller.asked == [None, 1_000]


def test_what_comes_late_is_slept_through_until_something_comes_soon(clock):
    """Otherwise every token of a slow pool would cost each machine a while at full power."""
    watching, late = Vigil(may_stay_awake=True), Poller(10_000, clock)
    assert asked(watching, late)[-1] is None
    assert 10 < len(late.asked) < 1_000
    assert asked(watching, Poller(1, clock)) == [None]
    # A look at what waits already says nothing of how long the next step will take.
    assert asked(watching, Poller(1), 0) == [0]
    assert asked(watching, Poller(1)) == [None]
    assert asked(watching, Poller(2)) == [0, 0]


def test_whoever_needs_the_processor_more_gets_it(clock):
    """Several engines on few processors would take turns at waiting, and at computing."""
    clock.step = 0.003
    assert asked(Vigil(may_stay_awake=True), Poller(50)) == [0, None]


def test_an_expectation_is_for_one_wait():
    watching, poller = Vigil(may_stay_awake=True), Poller(1)
    asked(watching, poller)
    watching.wait(poller, None)
    assert poller.asked == [0, None]


@pytest.mark.parametrize("is_awake", [True, False])
def test_a_message_wakes_it(is_awake, monkeypatch):
    monkeypatch.undo()
    context = zmq.Context()
    try:
        receiver, sender = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        receiver.bind("inproc://steps")
        sender.connect("inproc://steps")
        poller = zmq.Poller()
        poller.register(receiver, zmq.POLLIN)
        watching = Vigil(may_stay_awake=is_awake)
        watching.expect()
        later = threading.Timer(0.01, sender.send, [b"step"])
        later.start()
        watching.wait(poller, None)
        assert receiver.recv(zmq.NOBLOCK) == b"step"
        later.join()
    finally:
        context.destroy(linger=0)


class Expectations(Vigil):
    """Counts what is expected."""

    count = 0

    def expect(self):
        self.count += 1


@pytest.fixture
def service(tiny, coordinator):
    """An engine in this process that has loaded a model and opened a session."""
    executor = tiny.executor(tiny.model("llama")[1])
    made = EngineService(engine_config(tiny.root, new_key_pair(), coordinator), executor)
    try:
        executor.open_session(b"", OpenSession(session="text", capacity_tokens=40))
        yield made
    finally:
        made._doorkeeper.stop()
        made._context.destroy(linger=0)


def test_another_step_is_expected_after_a_step_alone(service):
    """Not after a chunk of a document, nor after a step that was not computed."""
    assert service._vigil._may_stay_awake == (os.cpu_count() > 1)
    service._vigil = Expectations(may_stay_awake=True)
    found = []
    for sequence, (position, tokens, is_step) in enumerate(
        [(0, 20, False), (20, 1, True), (21, 2, True), (33, 1, True)]
    ):
        chunk = Chunk(
            session="text",
            sequence=sequence,
            position=position,
            tokens=tokens,
            output="sample",
            is_step=is_step,
        )
        frame = memoryview(np.ones(tokens, dtype=np.int32).tobytes())
        service._compute(Waiting(chunk, (frame,), b""))
        found.append(service._vigil.count)
    assert found == [0, 1, 2, 2]
