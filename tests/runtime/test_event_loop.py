"""The loop that ZeroMQ can wait in, also where Python's own default is another."""

from __future__ import annotations

import asyncio

import pytest

from runtime import event_loop


def test_windows_gets_the_loop_zeromq_needs_which_wakes_for_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_loop.sys, "platform", "win32")
    monkeypatch.setattr(event_loop, "_WAKE_UP_SECONDS", 0.01)
    woken: list[asyncio.AbstractEventLoop] = []
    wake_up = event_loop._wake_up

    def counting(loop: asyncio.AbstractEventLoop) -> None:
        woken.append(loop)
        wake_up(loop)

    monkeypatch.setattr(event_loop, "_wake_up", counting)
    with asyncio.Runner(loop_factory=event_loop.new_event_loop) as runner:
        runner.run(asyncio.sleep(0.1))
        assert isinstance(runner.get_loop(), asyncio.SelectorEventLoop)
    assert len(woken) > 2


def test_a_loop_of_this_system_runs() -> None:
    with asyncio.Runner(loop_factory=event_loop.new_event_loop) as runner:
        runner.run(asyncio.sleep(0))
