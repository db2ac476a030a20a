"""The model dialog: what is installed, getting more, and errors in place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.models.dialog import ModelDialog
from app.models.getter import ModelGetter
from app.models.strip import GettingStrip
from app.widgets.question import Question
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import JobRequest
from tests.app.clock import VirtualClock
from tests.app.sample import sample_document
from tests.app.scripted import Scene
from tests.app.showing import wait_until


@pytest.fixture
def open_models(showing):
    def make(scene: Scene = Scene.THREE, clock: VirtualClock | None = None):
        one = showing(scene, clock or VirtualClock(20))
        window = one.window()
        one.start()
        window.open_models()
        dialog = next(d for d in window.findChildren(ModelDialog) if d.isVisible())
        return dialog, one, window

    return make


def test_installed_models_are_listed_and_one_is_used(open_models):
    dialog, one, _ = open_models()
    names = [dialog.installed.list.item(i).text() for i in range(dialog.installed.list.count())]
    assert [name.split("\n")[0] for name in names] == ["Gemma 3 270M", "Qwen2.5 7B Instruct"]
    dialog.installed.list.setCurrentRow(1)
    QTest.keyClick(dialog.installed.list, Qt.Key.Key_Return)
    wait_until(lambda: one.state.model_id == "qwen7")


def test_the_memory_a_model_takes_is_told_and_where_it_fits(open_models):
    dialog, one, _ = open_models(Scene.ONE)
    shown = dialog.installed
    assert shown.need.value == "570 MB"
    assert shown.need.remark == "for 8,192 tokens: this machine has it free"
    assert (shown.disk.value, shown.reach.value) == ("515 MB", "32,768")
    one.state.set_prompt_tokens(20000)
    assert "for 20,000 tokens" in shown.need.remark
    shown.list.setCurrentRow(1)
    assert "the pool has only 10 GB free" in shown.need.remark


def test_a_model_that_needs_the_pool_says_so(open_models):
    dialog, _, _ = open_models(Scene.THREE)
    dialog.installed.list.setCurrentRow(1)
    assert "the pool has it free" in dialog.installed.need.remark


def test_a_model_is_deleted_after_a_question_and_another_one_chosen(open_models):
    dialog, one, _ = open_models()
    dialog.installed.delete.click()
    question = next(q for q in dialog.findChildren(Question) if q.isVisible())
    question.act.click()
    wait_until(lambda: dialog.installed.list.count() == 1)
    assert one.state.model_id == "qwen7"
    assert dialog.installed.selected.model_id == "qwen7"


def test_a_model_a_job_uses_is_not_deleted(open_models, tmp_path):
    dialog, one, window = open_models(clock=VirtualClock(None))
    request = JobRequest(
        document=sample_document(tmp_path / "Report.txt"), question="What?", model_id="demo"
    )
    one.bridge.call(Service.ask, request, owner=window)
    wait_until(lambda: one.state.jobs.get("job-1"))
    dialog.installed.delete.click()
    next(q for q in dialog.findChildren(Question) if q.isVisible()).act.click()
    wait_until(dialog.note.isVisible)
    assert "A job uses this model" in dialog.note.text
    assert dialog.installed.list.count() == 2


def test_the_demo_is_fetched_with_progress_and_chosen(open_models):
    dialog, one, _window = open_models(Scene.NO_MODEL)
    strip = dialog.findChild(GettingStrip)
    dialog.get_demo()
    assert strip.isVisible()
    wait_until(lambda: one.state.model_id == "demo", 10000)
    wait_until(lambda: not strip.isVisible())
    assert "ready to use" in dialog.note.text


def test_getting_can_be_stopped(open_models):
    dialog, one, window = open_models(Scene.NO_MODEL, VirtualClock(None))
    dialog.get_demo()
    counts: list[int] = []
    one.bridge.calls_changed.connect(counts.append)
    window.getter.cancel()
    wait_until(lambda: counts and counts[-1] == 0)
    assert not window.getter.is_busy
    assert one.state.model_id == ""


def test_a_folder_that_holds_no_model_is_said_in_the_dialog(open_models, tmp_path):
    dialog, _, window = open_models()
    window.getter.get(str(tmp_path), tmp_path.name)
    wait_until(dialog.note.isVisible)
    assert "config.json" in dialog.note.text
    assert not window.current_page.note.isVisible()


def test_after_the_dialog_is_closed_an_error_still_reaches_the_person(open_models, tmp_path):
    dialog, _, window = open_models()
    dialog.reject()
    window.getter.get(str(tmp_path), tmp_path.name)
    wait_until(window.current_page.note.isVisible)


def test_the_hub_is_searched_and_a_model_fetched(open_models):
    dialog, one, _window = open_models(Scene.NO_MODEL)
    dialog.show_tab(2)
    QTest.keyClicks(dialog.hub.words, "llama")
    QTest.keyClick(dialog.hub.words, Qt.Key.Key_Return)
    wait_until(lambda: dialog.hub.results.count() == 1)
    assert "Llama 3.3 70B" in dialog.hub.results.item(0).text()
    QTest.keyClick(dialog.hub.results, Qt.Key.Key_Return)
    wait_until(lambda: one.state.model_id == "llama70", 10000)


def test_a_search_that_fails_is_said_and_can_be_repeated(open_models):
    dialog, _, _ = open_models()
    dialog.show_tab(2)
    dialog.hub.failed.emit(HPipeError("The hub cannot be reached.", "Is there a network?"))
    assert "hub cannot be reached" in dialog.note.text
    QTest.keyClicks(dialog.hub.words, "no such model")
    dialog.hub.search()
    wait_until(lambda: "Nothing found" in dialog.hub.status)


def test_only_one_model_is_fetched_at_a_time(showing):
    one = showing(Scene.NO_MODEL, VirtualClock(None))
    one.start()
    getter = ModelGetter(one.bridge, one.state, one.state)
    getter.get("demo", "the demo model")
    getter.get("qwen7", "another")
    assert getter.name == "the demo model"
    getter.cancel()


def test_the_letter_of_the_hub_leads_into_its_search(open_models):
    dialog, _, _ = open_models()
    dialog.activateWindow()
    wait_until(dialog.isActiveWindow)
    QTest.keyClick(dialog, Qt.Key.Key_H, Qt.KeyboardModifier.AltModifier)
    wait_until(lambda: dialog.focusWidget() is dialog.hub.words)
    dialog.reject()
