"""The bridge: what it promises about threads, answers, errors, restart and the end."""

from __future__ import annotations

import threading

from app.bridge import THREAD_NAME
from app.latest import latest_only
from runtime.errors import HPipeError, NetworkError, PairingError
from runtime.service import Service
from runtime.snapshots import LogWritten, PoolChanged, PoolSnapshot
from tests.app.cluster import machine_id
from tests.app.scripted import PAIRING_CODE, Scene
from tests.app.showing import wait_until


def runtime_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == THREAD_NAME]


def test_answers_arrive_in_the_windows_thread(showing):
    one = showing()
    one.start()
    seen: list[threading.Thread] = []
    one.bridge.call(
        Service.models,
        owner=one.state,
        on_done=lambda _models: seen.append(threading.current_thread()),
    )
    wait_until(lambda: seen)
    assert seen == [threading.main_thread()]


def test_what_is_asked_before_the_service_is_up_is_answered(showing):
    one = showing()
    answers: list[object] = []
    one.bridge.call(Service.pool, owner=one.state, on_done=answers.append)
    one.start()
    wait_until(lambda: answers)
    assert isinstance(answers[0], PoolSnapshot)


def test_an_error_goes_to_who_asked_and_to_nobody_else(showing):
    one = showing(Scene.PAIRING)
    one.start()
    own: list[HPipeError] = []
    general: list[HPipeError] = []
    one.bridge.error_raised.connect(general.append)
    one.bridge.call(Service.pair, machine_id(1), "111111", owner=one.state, on_error=own.append)
    wait_until(lambda: own)
    assert isinstance(own[0], PairingError)
    assert general == []


def test_an_error_nobody_takes_is_raised_for_the_window(showing):
    one = showing()
    one.start()
    general: list[HPipeError] = []
    one.bridge.error_raised.connect(general.append)
    one.bridge.call(Service.add_address, "nowhere", owner=one.state)
    wait_until(lambda: general)
    assert isinstance(general[0], NetworkError)


def test_a_bug_is_reported_and_the_asker_is_told(showing):
    one = showing()
    one.start()
    bugs: list[BaseException] = []
    told: list[HPipeError] = []
    one.bridge.bug_found.connect(bugs.append)
    one.bridge.call(Service.forget, owner=one.state, on_error=told.append)  # lacks its argument
    wait_until(lambda: bugs)
    assert isinstance(bugs[0], TypeError)
    assert len(told) == 1


def test_a_cancelled_call_answers_nobody(showing):
    one = showing(Scene.PAIRING)
    one.start()
    heard: list[object] = []
    call = one.bridge.call(
        Service.pair,
        machine_id(1),
        PAIRING_CODE,
        owner=one.state,
        on_done=heard.append,
        on_error=heard.append,
    )
    call.cancel()
    counts: list[int] = []
    one.bridge.calls_changed.connect(counts.append)
    one.bridge.call(Service.models, owner=one.state, on_done=heard.append)
    wait_until(lambda: heard and counts[-1] == 0)
    assert len(heard) == 1
    assert isinstance(heard[0], tuple)


def test_a_failed_start_says_why_and_can_be_tried_again(showing):
    one = showing(Scene.BROKEN)
    one.start()
    assert isinstance(one.state.start_error, NetworkError)
    told: list[HPipeError] = []
    one.bridge.call(Service.models, owner=one.state, on_error=told.append)
    wait_until(lambda: told)
    one.service.scene = Scene.THREE
    one.bridge.restart()
    wait_until(lambda: one.state.pool is not None)
    assert one.state.start_error is None
    assert len(runtime_threads()) == 1


def test_restart_stops_the_old_service_and_asks_anew(showing):
    one = showing()
    one.start()
    first = runtime_threads()[0]
    one.bridge.restart()
    assert one.state.pool is None
    wait_until(lambda: one.state.pool is not None and one.state.models is not None)
    assert runtime_threads() != [first]
    assert not first.is_alive()


def test_stop_ends_the_thread_while_a_call_runs(showing):
    one = showing(Scene.PAIRING)
    one.start()
    heard: list[object] = []
    one.bridge.call(
        Service.measure,
        "demo",
        owner=one.state,
        on_done=heard.append,
        on_error=heard.append,
    )
    one.bridge.stop()
    one.bridge.stop()
    assert runtime_threads() == []
    assert heard == []


def test_stop_before_start_is_nothing(showing):
    showing().bridge.stop()
    assert runtime_threads() == []


def test_only_the_latest_snapshot_of_a_burst_is_kept():
    pools = [PoolChanged(PoolSnapshot(notice=str(number))) for number in range(3)]
    words = LogWritten("info", "hello", 0.0)
    assert latest_only([pools[0], words, pools[1], pools[2], words]) == [words, pools[2], words]
