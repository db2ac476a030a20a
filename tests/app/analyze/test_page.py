"""The whole of the page over a scripted runtime: from a dropped file to an answer that is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from app.analyze.answer_text import AnswerText
from app.analyze.question_box import QuestionInput
from app.analyze.rows import PROGRESS
from app.widgets.question import Question
from runtime.errors import MachineLost
from runtime.service import Service
from runtime.snapshots import JobState, MachineState
from tests.app.analyze.conftest import Opened
from tests.app.clock import VirtualClock
from tests.app.cluster import MODELS
from tests.app.sample import ANSWER, FOLLOW_UP_ANSWER
from tests.app.scripted import Scene, ScriptedService
from tests.app.showing import Showing, wait_until

Open = Callable[..., Opened]
CONTROL_AND_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def tab_to(wanted: Callable[[QWidget], object], steps: int = 40) -> QWidget:
    """Go from control to control by Tab until the wanted one has the focus."""
    for _ in range(steps):
        if wanted(focused()):
            return focused()
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    raise AssertionError("Tab never gets there")


def last_view(opened: Opened):
    conversation = opened.page.work.conversation
    assert conversation is not None
    return conversation.views[-1]


def test_the_whole_job_by_keyboard(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open, ask, read, follow a place, ask on, save: without touching a mouse."""
    it = opened()
    saved = it.folder / "answer.md"
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *_: ([str(it.file("report.txt"))], "")
    )
    monkeypatch.setattr("app.analyze.page.ask_where_to_save", lambda *asked: asked[-1](saved))
    it.page.start_view.choose.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Space)
    wait_until(lambda: it.page.desk.can_ask(it.page.desk.current))
    assert isinstance(focused(), QuestionInput)
    QTest.keyClicks(focused(), "What is the state of")
    QTest.keyClick(focused(), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(focused(), "the harbour?")
    assert it.page.desk.current.turns == []
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    it.wait_for_answers()
    assert it.page.desk.current.turns[0].question == "What is the state of\nthe harbour?"
    wait_until(last_view(it).answer.isVisible)

    answer = tab_to(lambda w: isinstance(w, AnswerText))
    assert isinstance(answer, AnswerText)
    QTest.keyClick(answer, Qt.Key.Key_Tab)
    QTest.keyClick(answer, Qt.Key.Key_Return)  # the first link of the answer
    assert it.page.work.pane.text.lit_text.startswith("8. About salt damage")
    place = tab_to(lambda w: isinstance(w, QPushButton) and w.text() == "Page 4")
    QTest.keyClick(place, Qt.Key.Key_Space)
    assert it.page.work.pane.text.lit_text.startswith("4. About costs")

    save = tab_to(lambda w: w is last_view(it).export)
    QTest.keyClick(save, Qt.Key.Key_Space)
    assert "Next steps" in saved.read_text(encoding="utf-8")
    tab_to(lambda w: isinstance(w, QuestionInput))
    QTest.keyClicks(focused(), "Who is late?")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    it.wait_for_answers(2)


def test_a_follow_up_says_what_it_reused(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    it.ask("Which contractor?")
    it.wait_for_answers(2)
    asked = [entry[1] for entry in it.showing.service.asked if entry[0] == "ask"]
    assert asked[1].follows == it.page.desk.current.turns[0].job_id
    wait_until(lambda: "Reused 8,197 of 8,209 tokens" in last_view(it)._reused.text())
    assert it.answered == [ANSWER, FOLLOW_UP_ANSWER]


def test_another_model_reads_the_document_itself(opened: Open) -> None:
    """A session of one model is of no use to another."""
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    it.showing.state.choose_model("qwen7")
    it.ask("Again?")
    it.wait_for_answers(2)
    asked = [entry[1] for entry in it.showing.service.asked if entry[0] == "ask"]
    assert asked[1].model_id == "qwen7"
    assert asked[1].follows == ""


def test_a_place_is_shown_and_lit(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    anchor = it.page.desk.current.document.anchors[9]
    wait_until(last_view(it).answer.isVisible)
    last_view(it).answer.anchorClicked.emit(QUrl(f"place:{anchor.start}-{anchor.end}"))
    text = it.page.work.pane.text
    assert text.lit_text.startswith("10. About the budget")
    assert "11. About" not in text.lit_text
    first = text.cursorForPosition(QPoint(20, 60)).block().text()
    assert "10. About the budget" in first or "The commission" in first
    assert it.page.work.pane._pages.currentText() == "Page 10"


@pytest.mark.parametrize("state", [JobState.READING, JobState.ANSWERING])
def test_stop_works_within_a_second(opened: Open, state: JobState) -> None:
    it = opened(speed=1.0)
    it.open()
    it.ask()
    turn = it.page.desk.current.turns[0]
    wait_until(lambda: turn.job is not None and turn.job.state is state, 15000)
    view = last_view(it)
    wait_until(view.progress.isVisible)
    began = time.monotonic()
    QTest.mouseClick(view.progress.cancel, Qt.MouseButton.LeftButton)
    assert turn.is_cancelling
    assert not view.progress.cancel.isEnabled()
    wait_until(lambda: turn.job.state is JobState.CANCELLED)
    assert time.monotonic() - began < 1.0
    wait_until(lambda: "Stopped" in view.note.text)


def test_a_stopped_question_can_be_asked_again(opened: Open) -> None:
    it = opened(speed=2.0)
    it.open()
    it.ask()
    turn = it.page.desk.current.turns[0]
    wait_until(lambda: turn.job is not None and turn.job.state is JobState.READING)
    it.page.stop_current()
    wait_until(lambda: not turn.is_running)
    stopped = turn.job_id
    last_view(it).retry_wanted.emit()
    assert turn.is_running
    it.showing.clock._speed = 60.0
    it.wait_for_answers()
    assert len(it.page.desk.current.turns) == 1
    asked = [entry[1] for entry in it.showing.service.asked if entry[0] == "ask"]
    assert asked[1].follows == stopped  # what was read before the stop is not read again


def test_what_it_takes_is_told_while_it_runs(opened: Open) -> None:
    it = opened(speed=1.0)
    it.open()
    it.ask()
    view = last_view(it)

    def told() -> bool:
        words = view.progress._step.text()
        return words.startswith("Reading:") and "of 8,209 tokens" in words

    wait_until(told)
    wait_until(lambda: "left" in view.progress._pace.text())
    assert "tokens/s" in view.progress._pace.text()
    assert 0 < view.progress._bar.value() < view.progress._bar.maximum()


def test_how_far_measuring_is_is_told_before_it_is_planned(opened: Open) -> None:
    """Defect: the first question on a model stands still for half a minute without a word."""
    it = opened(speed=1.0)
    it.open()
    it.ask()
    view = last_view(it)
    wait_until(lambda: view.turn.job is not None)
    view.turn.job = structs.replace(view.turn.job, state=JobState.PLANNING)
    service = it.showing.service
    for machine, progress in zip(service._machines, (0.2, 0.6), strict=False):
        service._change(machine.machine_id, state=MachineState.MEASURING, progress=progress)
    wait_until(lambda: view.progress._step.text().startswith("Measuring the machines"))
    bar = view.progress._bar
    wait_until(lambda: bar.value() == round(0.4 * bar.maximum()))


def test_a_job_that_fails_says_why_where_it_was_asked(opened: Open) -> None:
    it = opened(Scene.INFEASIBLE)
    it.open()
    it.ask()
    turn = it.page.desk.current.turns[0]
    wait_until(lambda: not turn.is_running)
    note = last_view(it).note
    wait_until(note.isVisible)
    assert "the pool has less" in note.text
    assert "Choose a smaller model." in note.text
    assert any(b.text() == "Try again" for b in note.findChildren(QPushButton))


def test_a_question_that_cannot_be_queued_says_why(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = opened()
    it.open()

    async def refuse(_self: ScriptedService, _request: object) -> str:
        raise MachineLost("Nobody is here.", "Switch a machine on.")

    monkeypatch.setattr(ScriptedService, "ask", refuse)
    it.ask()
    wait_until(lambda: "Nobody is here. Switch a machine on." in last_view(it).note.text)
    assert not it.page.desk.current.turns[0].is_running


def test_a_document_that_cannot_be_read_says_why(opened: Open) -> None:
    it = opened()
    it.open("broken.bad")
    assert "broken.bad cannot be read." in it.page.work.pane._note.text
    it.page.work.box.set_question("Anything?")
    assert not it.page.work.box.ask.isEnabled()
    it.file("broken.bad")
    assert any(b.text() == "Try again" for b in it.page.work.pane._note.findChildren(QPushButton))


def test_a_lost_machine_is_named_while_the_job_goes_on(opened: Open) -> None:
    it = opened(Scene.LOST, speed=8.0)
    it.open()
    it.ask()
    view = last_view(it)
    wait_until(lambda: "Laptop stopped answering." in view.note.text, 15000)
    assert it.page.desk.current.turns[0].is_running


def test_a_split_that_lost_a_machine_is_given_up_for_another_try(opened: Open) -> None:
    """Defect: Try again fails for ever, and nothing there says how to get out of it."""
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    state, view = it.showing.state, last_view(it)
    plan = view.turn.job.plan
    state.choose_plan(plan)
    gone = plan.stages[-1].machine_id
    it.showing.service._change(gone, state=MachineState.LOST)
    wait_until(lambda: state.lacks_machine_of_plan)
    view.turn.job = structs.replace(view.turn.job, state=JobState.FAILED, error="It is gone.")
    view.refresh()
    button = next(b for b in view.note.findChildren(QPushButton) if b.text() == "Let HPipe decide")
    button.click()
    assert state.chosen_plan is None
    it.wait_for_answers()
    assert view.turn.is_answered


def test_several_documents_are_answered_one_after_another(opened: Open) -> None:
    it = opened()
    it.open("a.txt", "b.txt", "c.txt", "d.bad")
    assert it.page.work.documents.isVisible()
    box = it.page.work.box
    assert box.ask_all.text() == "Ask all 3"
    box.set_question("Summarise the document.")
    box.send_to_all()
    assert len(list(it.page.desk.running())) == 3
    it.wait_for_answers(3)
    titles = [e[1].document.title for e in it.showing.service.asked if e[0] == "ask"]
    assert titles == ["a", "b", "c"]
    rows = it.page.work.documents.list
    wait_until(
        lambda: (
            [rows.item(i).data(Qt.ItemDataRole.AccessibleTextRole) for i in range(rows.count())]
            == ["a, Answered", "b, Answered", "c, Answered", "d.bad, Cannot be read"]
        )
    )


def test_several_documents_run_at_once_each_with_its_own_standing(opened: Open) -> None:
    it = opened(speed=2.0, at_once=3)
    it.open("a.txt", "b.txt", "c.txt")
    it.page.work.box.set_question("Summarise the document.")
    it.page.work.box.send_to_all()
    documents = it.page.desk.documents
    rows = it.page.work.documents.list
    at_work = {JobState.READING, JobState.ANSWERING}
    wait_until(lambda: all(d.turns[0].job and d.turns[0].job.state in at_work for d in documents))
    wait_until(lambda: len(it.showing.state.running_jobs) == 3)
    # One is stopped; the one that is opened shows its own answer while it grows.
    it.page.desk.select(documents[1])
    it.page.stop_current()
    wait_until(lambda: documents[1].turns[0].job.state is JobState.CANCELLED)
    assert all(d.turns[0].is_running for d in (documents[0], documents[2]))
    it.page.desk.select(documents[2])
    wait_until(lambda: documents[2].turns[0].job.state is JobState.ANSWERING)
    wait_until(last_view(it).answer.isVisible, 15000)
    assert last_view(it).turn is documents[2].turns[0]
    it.wait_for_answers(2)
    wait_until(lambda: rows.item(1).data(Qt.ItemDataRole.AccessibleTextRole) == "b, Stopped")


def test_how_far_a_document_is_read_is_a_line_in_its_row(opened: Open) -> None:
    it = opened(speed=1.0)
    it.open("a.txt", "b.txt")
    it.ask()
    item = it.page.work.documents.list.item(0)
    wait_until(lambda: 0 < (item.data(PROGRESS) or 0) < 1, 15000)
    it.page.stop_current()
    wait_until(lambda: item.data(PROGRESS) is None)


def test_a_question_to_all_waits_for_documents_that_are_still_opened(opened: Open) -> None:
    """Defect: of many documents dropped at once only those read by then are asked."""
    it = opened()
    it.page.open_documents([it.file(name) for name in ("a.txt", "b.txt", "c.txt")])
    assert any(d.is_loading for d in it.page.desk.documents)
    it.page.work.box.set_question("Summarise the document.")
    it.page.desk.ask_all("Summarise the document.")
    it.wait_for_answers(3)


def test_the_whole_queue_can_be_stopped(opened: Open) -> None:
    it = opened(speed=1.0)
    it.open("a.txt", "b.txt", "c.txt")
    it.page.work.box.set_question("Summarise the document.")
    it.page.work.box.send_to_all()
    wait_until(lambda: all(t.job_id for d in it.page.desk.documents for t in d.turns))
    it.page.desk.cancel_all()
    wait_until(lambda: not list(it.page.desk.running()))
    states = {t.job.state for d in it.page.desk.documents for t in d.turns}
    assert states == {JobState.CANCELLED}


def test_documents_are_compared_as_one(opened: Open) -> None:
    it = opened()
    it.open("a.txt", "b.txt")
    it.page.work.box.compare.click()
    together = it.page.desk.current
    assert [a.label for a in together.document.anchors][::12] == ["a, Page 1", "b, Page 1"]
    assert it.page.work.box.question.startswith("Compare the documents")


def test_a_document_put_away_is_stopped_and_its_memory_given_back(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    job_id = it.page.desk.current.turns[0].job_id
    it.page.close_document()
    wait_until(lambda: ("close_job", job_id) in it.showing.service.asked)
    assert it.page.start_view.isVisible()
    assert it.showing.state.prompt_tokens == 0


def test_a_document_too_long_is_never_cut_silently(opened: Open) -> None:
    it = opened()
    short = replace(MODELS[0], context_tokens=6000)
    it.showing.service._models = (short,)
    it.showing.bridge.call(Service.models, owner=it.page, on_done=it.showing.state._set_models)
    wait_until(lambda: it.showing.state.models == (short,))
    it.open()
    offer = it.page.work.too_long
    wait_until(offer.isVisible)
    assert "8,209 tokens" in offer._text.text()
    it.page.work.box.set_question("Summarise the document.")
    it.page.work.box.send()
    assert it.page.desk.current.turns == []
    in_parts = next(b for b in offer.findChildren(QPushButton) if "parts" in b.text())
    in_parts.click()
    assert [d.title for d in it.page.desk.documents] == [
        "report: Page 1 … Page 7",
        "report: Page 8 … Page 12",
    ]
    wait_until(lambda: all(d.tokens for d in it.page.desk.documents))
    assert not offer.isVisible()


def test_the_open_document_tells_its_length(opened: Open) -> None:
    it = opened()
    it.open()
    assert it.showing.state.prompt_tokens == 8209


def test_a_question_given_with_the_document_is_asked_when_it_is_read(opened: Open) -> None:
    """As the demo opens it: before the models are even known."""
    it = opened()
    it.page.open_document(it.file(), "What is it?", start=True)
    it.wait_for_answers()
    it.page.open_document(it.file("other.txt"), "And this?")
    assert it.page.work.box.question == "And this?"
    wait_until(lambda: it.page.desk.current.document is not None)
    assert it.page.desk.current.turns == []


def test_the_history_is_searched_and_deleted(opened: Open) -> None:
    it = opened()
    it.page.show_history()
    history = it.page.history
    wait_until(lambda: history.list.count() == 2)
    QTest.keyClicks(history.search, "notice TENANT")
    assert history.list.count() == 1
    assert history.list.item(0).text() == "Which notice periods apply?"
    history.list.setFocus()
    QTest.keyClick(history.list, Qt.Key.Key_Delete)
    question = next(w for w in QApplication.topLevelWidgets() if isinstance(w, Question))
    question.act.click()
    wait_until(lambda: history.list.count() == 0)
    assert not history._nothing.isHidden()
    history.search.clear()
    assert history.list.count() == 1
    assert "past-2" not in it.showing.state.jobs


def test_a_past_answer_is_opened_beside_its_document(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    it.page.close_document()
    it.page.show_history()
    history = it.page.history
    wait_until(lambda: history.list.count() == 3)
    wait_until(history.open.isEnabled)
    history.open.click()
    wait_until(it.page.work.isVisible)
    assert it.page.desk.current.title == "report"
    assert it.answered == [ANSWER]
    it.ask("And now?")
    it.wait_for_answers(2)
    asked = [entry[1] for entry in it.showing.service.asked if entry[0] == "ask"]
    assert asked[-1].follows == ""  # its session is gone: the document is read again


def test_a_past_answer_whose_file_is_gone_is_still_shown(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    job = it.page.desk.current.turns[0].job
    it.page.close_document()
    (it.folder / "report.txt").unlink()
    it.page._open_past(job)
    wait_until(lambda: "cannot be read" in it.page.history.note.text)
    assert it.page.history.isVisible()


def test_the_answer_is_copied_as_markdown(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    wait_until(last_view(it).copy.isVisible)
    it.page.copy_answer()
    assert QGuiApplication.clipboard().text() == ANSWER


def test_without_a_model_it_says_how_to_get_one(opened: Open) -> None:
    it = opened(Scene.NO_MODEL)
    it.page.open_documents([it.file()])
    wait_until(lambda: it.page.desk.current.document is not None)
    wanted: list[str] = []
    it.page.page_wanted.connect(wanted.append)
    note = it.page.work._no_model
    assert "No model is chosen." in note.text
    next(b for b in note.findChildren(QPushButton) if b.text() == "Get a model").click()
    assert wanted == ["plan"]


def test_options_reach_the_question(opened: Open) -> None:
    it = opened()
    it.open()
    box = it.page.work.box
    box._length.setCurrentIndex(2)
    box._temperature.setCurrentIndex(1)
    it.ask()
    it.wait_for_answers()
    request = next(e[1] for e in it.showing.service.asked if e[0] == "ask")
    assert request.output_tokens == 2048
    assert request.sampling.temperature == 0.4


def test_every_control_has_a_name(opened: Open) -> None:
    it = opened()
    it.open("a.txt", "b.txt")
    it.page.work.box.options.setChecked(True)
    it.ask()
    it.wait_for_answers()
    nameless = [
        widget
        for widget in it.page.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.isVisible()
        and not name_of(widget)
    ]
    assert nameless == []


def test_a_growing_answer_is_followed_unless_a_person_reads_above(opened: Open) -> None:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    view, conversation = last_view(it), it.page.work.conversation
    bar = conversation.verticalScrollBar()

    def grow(paragraphs: int) -> None:
        text = "\n\n".join(f"Paragraph {n}." for n in range(paragraphs))
        view.turn.job = replace(view.turn.job, answer=text)
        before = view.height()
        view.refresh()
        wait_until(lambda: view.height() > before)

    grow(60)
    wait_until(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    grow(80)
    wait_until(lambda: bar.value() == bar.maximum())
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    wait_until(lambda: not conversation._follows_end)
    grow(120)
    assert bar.value() == 0


def test_the_window_reaches_the_page_from_anywhere(
    showing: Callable[..., Showing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its menu and shortcuts work while another page is looked at."""
    paper = tmp_path / "paper.txt"
    paper.write_text("x", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(paper)], ""))
    one = showing(Scene.THREE, VirtualClock(60.0))
    window = one.window((1024, 640))
    one.start()
    window.show_page("machines")
    window.activateWindow()
    wait_until(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    page = window.page("analyze")
    wait_until(page.isVisible)
    wait_until(lambda: page.desk.can_ask(page.desk.current))
    QTest.keyClicks(focused(), "Summarise the document.")
    QTest.keyClick(focused(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: any(t.is_answered for t in page.desk.current.turns), 15000)
    assert page.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert focused() is page.work.pane._words
    QTest.keyClicks(focused(), "pumping")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    assert page.work.pane.text.textCursor().selectedText() == "pumping"
    QTest.keyClick(window, Qt.Key.Key_H, CONTROL_AND_SHIFT)
    wait_until(page.history.isVisible)
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert page.work.isVisible()


def test_asking_by_mouse_leaves_the_focus_in_the_question_and_marks_no_chip(opened: Open) -> None:
    it = opened()
    it.open()
    box = it.page.work.box
    box.chips[0].click()
    box.ask.setFocus()
    QTest.mouseClick(box.ask, Qt.MouseButton.LeftButton)
    assert it.page.focusWidget() is box.input
    it.wait_for_answers()
    assert it.page.focusWidget() is box.input


def test_trying_again_gives_the_focus_to_the_question(opened: Open) -> None:
    """Defect: the button goes away, and the focus to the settings."""
    it = opened(Scene.INFEASIBLE)
    it.open()
    it.ask()
    wait_until(last_view(it).note.isVisible)
    again = last_view(it).note.findChild(QPushButton)
    again.setFocus()
    QTest.keyClick(again, Qt.Key.Key_Space)
    assert it.page.focusWidget() is it.page.work.box.input


def test_without_a_machine_a_question_is_refused_at_once(opened: Open) -> None:
    it = opened(Scene.NONE)
    it.open()
    it.ask()
    wait_until(last_view(it).note.isVisible)
    assert "No machine takes part. Include at least one machine" in last_view(it).note.text
