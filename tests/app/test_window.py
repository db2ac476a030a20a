"""The window: pages, menus, errors, what it is opened for, and a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit

from app.command import add_arguments
from app.errand import Errand
from app.errors import BugReporter
from app.interrupts import Interrupts
from app.settings.store import load_settings
from app.theme import DARK, LIGHT, colors_of
from app.welcome.dialog import WelcomeDialog
from app.widgets.question import Question
from app.window import PAGES, MainWindow
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import JobRequest, JobState
from tests.app.clock import VirtualClock
from tests.app.sample import sample_document
from tests.app.scripted import Scene
from tests.app.showing import Showing, run_loop, wait_until

OpenWindow = Callable[..., tuple[MainWindow, Showing]]


@pytest.fixture
def open_window(showing) -> OpenWindow:
    def make(
        scene: Scene = Scene.THREE, clock: VirtualClock | None = None, *, starts: bool = True
    ) -> tuple[MainWindow, Showing]:
        one = showing(scene, clock or VirtualClock(20))
        window = one.window()
        if starts:
            one.start()
        return window, one

    return make


def texts(window: MainWindow) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


@pytest.mark.parametrize(("key", "name"), [(str(i), name) for i, name in enumerate(PAGES, 1)])
def test_every_page_opens_with_its_shortcut(open_window, key, name):
    window, _ = open_window(starts=False)
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    QTest.keySequence(window, QKeySequence(f"Ctrl+{key}"))
    assert window.current_page is window.page(name)


def test_no_shortcut_means_two_things(open_window):
    window, _ = open_window(starts=False)
    taken: dict[str, str] = {}
    for action in window.findChildren(QAction):
        for shortcut in action.shortcuts():
            keys = shortcut.toString()
            assert keys not in taken, f"{keys}: {taken[keys]} and {action.text()}"
            taken[keys] = action.text()


def test_every_command_of_every_page_is_in_a_menu(open_window):
    window, _ = open_window(starts=False)
    in_menus = {
        entry
        for menu in window.menuBar().actions()
        if menu.menu() is not None
        for entry in menu.menu().actions()
    }
    for name in PAGES:
        page = window.page(name)
        assert page.commands, f"{name} offers nothing in its menu"
        assert set(page.commands) <= in_menus


def test_a_command_chosen_elsewhere_shows_its_page_first(open_window):
    window, _ = open_window()
    window.show_page("monitor")
    window.page("machines").wanted.emit()
    assert window.current_page is window.page("machines")


def test_a_failed_start_stays_above_the_pages_until_it_is_mended(open_window):
    window, one = open_window(Scene.BROKEN)
    assert window.banner.isVisible()
    assert "Port 47650" in window.banner.text
    window.show_page("analyze")
    assert window.banner.isVisible()
    one.service.scene = Scene.THREE
    one.bridge.restart()
    wait_until(lambda: one.state.pool is not None)
    assert not window.banner.isVisible()


def test_an_error_nobody_shows_appears_on_the_page_in_view(open_window):
    window, one = open_window()
    window.show_page("plan")
    one.bridge.error_raised.emit(HPipeError("Something is missing.", "Do this."))
    assert window.page("plan").note.text == "Something is missing. Do this."


def test_bugs_are_shown_once_and_can_be_copied(open_window, caplog):
    window, _ = open_window()
    reporter = BugReporter(window)
    for number in range(2):
        reporter.report(ValueError(f"mistake {number}"))
    wait_until(lambda: QApplication.activeModalWidget() is not None)
    dialog = QApplication.activeModalWidget()
    assert "mistake 0" in dialog.details
    dialog.accept()
    wait_until(lambda: QApplication.activeModalWidget() is None)
    assert [record.levelname for record in caplog.records].count("ERROR") == 2


def test_the_theme_changes_at_once_and_is_kept(open_window):
    window, _ = open_window()
    window.set_theme("dark")
    assert colors_of(window) is DARK
    window.set_theme("light")
    assert colors_of(window) is LIGHT
    assert load_settings().theme == "light"


def test_the_chosen_model_and_the_geometry_are_kept(open_window):
    window, one = open_window()
    one.state.choose_model("qwen7")
    window.close()
    kept = load_settings()
    assert kept.model_id == "qwen7"
    assert kept.window_geometry


# What it is opened for


def test_the_demo_brings_the_model_opens_the_document_and_asks(open_window, tmp_path):
    window, one = open_window(Scene.NO_MODEL)
    document = tmp_path / "report.txt"
    document.write_text("A report.", encoding="utf-8")
    window.begin(Errand(document=document, question="What is due?", model="demo", starts=True))
    assert window.getter.is_busy
    assert "Getting the demo model" in " ".join(texts(window))
    wait_until(lambda: any(asked[0] == "ask" for asked in one.service.asked), 15000)
    request = next(asked[1] for asked in one.service.asked if asked[0] == "ask")
    assert request.question == "What is due?"
    assert request.model_id == "demo"
    assert window.current_page is window.page("analyze")
    wait_until(lambda: any(j.state is JobState.DONE for j in one.state.jobs.values()), 30000)


def test_a_demo_model_that_cannot_be_had_is_said(open_window):
    window, _ = open_window(Scene.NO_MODEL)
    window.begin(Errand(document=Path("x.txt"), model="nowhere", starts=True))
    wait_until(window.current_page.note.isVisible)
    assert "no model" in window.current_page.note.text
    assert not window.getter.is_busy


def test_the_first_start_is_shown_once(open_window):
    window, _ = open_window()
    window.store.change(first_start_done=False)
    window.begin(Errand())
    dialog = next(d for d in window.findChildren(WelcomeDialog) if d.isVisible())
    dialog.reject()
    assert load_settings().first_start_done
    window.begin(Errand())
    assert not [d for d in window.findChildren(WelcomeDialog) if d.isVisible()]


# The end


def test_closing_while_a_job_runs_asks_first(open_window, tmp_path):
    window, one = open_window(clock=VirtualClock(None))
    document = tmp_path / "report.txt"
    document.write_text("A report.", encoding="utf-8")
    window.begin(Errand(document=document, question="What is due?", starts=True))
    one.clock.advance(1.0)  # the document is read, and the job waits for its layers
    wait_until(lambda: one.state.running_job is not None)
    assert not window.close()
    question = next(q for q in window.findChildren(Question) if q.isVisible())
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert window.isVisible()
    window.close()
    question = next(q for q in window.findChildren(Question) if q.isVisible())
    question.act.click()
    assert not window.isVisible()


def test_closing_without_a_job_asks_nothing(open_window):
    window, _ = open_window()
    assert window.close()
    assert not window.findChildren(Question)


@pytest.mark.skipif(not hasattr(os, "kill"), reason="no signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_closes_the_window(open_window, name):
    window, _ = open_window(clock=VirtualClock(None))
    before = signal.getsignal(signal.SIGINT)
    interrupts = Interrupts(window.close_now)
    try:
        signal.raise_signal(getattr(signal, name))
        wait_until(lambda: not window.isVisible())
    finally:
        interrupts.close()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_windows_process_never_imports_torch_nor_sockets_of_its_own():
    """What a start of the window imports, all pages included, in a fresh process."""
    modules = ["app.application", *(module for module, _ in PAGES.values())]
    banned = ["torch", "transformers", "zmq", "zeroconf"]
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print([name for name in {banned!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_the_whole_job_by_keyboard_alone(open_window, tmp_path):
    """Open, ask, read the answer and look at the stages without touching the mouse."""
    document = tmp_path / "report.txt"
    document.write_text("A report.", encoding="utf-8")
    window, one = open_window()
    window.begin(Errand(document=document))
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)

    def press(keys: str) -> None:
        QTest.keySequence(window, QKeySequence(keys))

    def wait_for_question_box() -> bool:
        press("Ctrl+L")
        return isinstance(window.focusWidget(), QPlainTextEdit | QLineEdit)

    wait_until(lambda: one.state.prompt_tokens)
    wait_until(wait_for_question_box)
    QTest.keyClicks(window.focusWidget(), "What is due?")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    wait_until(lambda: any(asked[0] == "ask" for asked in one.service.asked))
    press("Ctrl+4")
    assert window.current_page is window.page("monitor")
    is_done = lambda: any(  # noqa: E731
        job.state is JobState.DONE and job.question == "What is due?"
        for job in one.state.jobs.values()
    )
    wait_until(is_done, 30000)
    press("Ctrl+3")
    assert window.current_page is window.page("analyze")


def test_no_event_keeps_the_window_busy_for_long(open_window):
    """Sixteen machines on the page that draws most, from before the job begins until it answers.
    Counts this thread's own work, not the time other processes take from it."""
    window, one = open_window(Scene.SIXTEEN, VirtualClock(2))
    window.show_page("monitor")
    graphs = window.page("monitor").graphs
    wait_until(lambda: len(graphs._spare) == 16)
    request = JobRequest(
        document=sample_document(Path("Report.txt")), question="What?", model_id="demo"
    )
    longest = 0.0
    before = time.thread_time()
    timer = QTimer()
    timer.setInterval(0)

    def tick() -> None:
        nonlocal longest, before
        now = time.thread_time()
        longest = max(longest, now - before)
        before = now

    timer.timeout.connect(tick)
    timer.start()
    one.bridge.call(Service.ask, request, owner=window)
    wait_until(lambda: (job := one.state.running_job) and job.state is JobState.ANSWERING)
    run_loop(300)
    timer.stop()
    assert len(graphs.graphs) > 10
    assert 0.0 < longest < 0.05


def test_the_command_line_takes_a_document_and_a_question():
    import argparse

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parsed = parser.parse_args(["report.pdf", "--ask", "Why?", "--local", "2"])
    assert (parsed.document, parsed.ask, parsed.local) == ("report.pdf", "Why?", 2)
    with pytest.raises(SystemExit):
        parser.parse_args(["--local", "0"])
