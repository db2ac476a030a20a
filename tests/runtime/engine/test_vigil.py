"""Staying awake for the next step, and falling asleep where that does not pay."""

import threading

import pytest
import zmq

from runtime.engine import vigil
from runtime.engine.vigil import Vigil


class Poller:
    """Tells after how many looks something happens, and remembers how it was asked."""

    def __init__(self, happens_at):
        self.happens_at = happens_at
        self.asked = []

    def poll(self, timeout):
        self.asked.append(timeout)
        return [("socket", 1)] if len(self.asked) >= self.happens_at else []

    @property
    def sleeps(self):
        return [timeout for timeout in self.asked if timeout != 0]


@pytest.fixture
def clock(monkeypatch):
    """Every look at the time takes ten milliseconds."""
    seconds = [0.0]

    def monotonic():
        seconds[0] += 0.01
        return seconds[0]

    monkeypatch.setattr(vigil.time, "monotonic", monotonic)


@pytest.mark.usefixtures("clock")
def test_a_step_that_comes_soon_is_met_awake():
    watching, poller = Vigil(may_stay_awake=True), Poller(3)
    watching.expect()
    watching.wait(poller, None)
    assert poller.asked == [0, 0, 0]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("may_stay_awake", [True, False])
def test_an_engine_that_expects_nothing_sleeps(may_stay_awake):
    watching, poller = Vigil(may_stay_awake=may_stay_awake), Poller(1)
    if not may_stay_awake:
        watching.expect()
    watching.wait(poller, None)
    watching.wait(poller, 1_000)
    assert poller.asked == [None, 1_000]


@pytest.mark.usefixtures("clock")
def test_what_comes_late_is_slept_through_until_something_comes_soon():
    """Otherwise every token of a slow pool would cost each machine a while at full power."""
    watching, late = Vigil(may_stay_awake=True), Poller(50)
    watching.expect()
    watching.wait(late, None)
    assert late.asked[0] == 0
    assert late.sleeps == [None]
    soon, later = Poller(1), Poller(2)
    watching.expect()
    watching.wait(soon, None)
    assert soon.asked == [None]
    watching.expect()
    watching.wait(later, None)
    assert later.asked == [0, 0]


@pytest.mark.usefixtures("clock")
def test_work_that_waits_already_is_only_looked_at():
    """A look without waiting says nothing of how long the next step will take."""
    watching, busy = Vigil(may_stay_awake=True), Poller(1)
    watching.expect()
    watching.wait(busy, 0)
    assert busy.asked == [0]
    poller = Poller(1)
    watching.wait(poller, None)
    assert poller.asked == [None]


@pytest.mark.parametrize("is_awake", [True, False])
def test_a_message_wakes_it(is_awake):
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
