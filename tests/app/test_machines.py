"""The Machines page: every action reaches the service, every state is shown in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from app.format import time_of_day
from app.machines.add_dialog import AddDialog
from app.machines.card import MachineCard
from app.machines.code_dialog import CodeDialog
from app.machines.diagnose_dialog import DiagnoseDialog
from app.machines.limit_dialog import LimitDialog
from app.machines.page import MachinesPage
from app.machines.pair_dialog import PairDialog
from app.machines.rename_dialog import RenameDialog
from app.machines.words import described, detail_words, standing, state_words
from app.widgets.question import Question
from runtime.snapshots import Hours, MachineSnapshot, MachineState
from tests.app.clock import VirtualClock
from tests.app.cluster import machine, machine_id, pool
from tests.app.scripted import PAIRING_CODE, Scene
from tests.app.showing import Showing, settle, wait_until

DialogKind = TypeVar("DialogKind", bound=QDialog)
OpenPage = Callable[..., tuple[MachinesPage, Showing]]


@pytest.fixture
def open_page(showing) -> OpenPage:
    def make(
        scene: Scene = Scene.THREE, clock: VirtualClock | None = None
    ) -> tuple[MachinesPage, Showing]:
        one = showing(scene, clock or VirtualClock(20))
        page = one.page(MachinesPage)
        one.start()
        settle(page)
        return page, one

    return make


def dialog_of(page: QWidget, kind: type[DialogKind]) -> DialogKind:
    found = [d for d in page.findChildren(kind) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def seen(one: Showing, index: int) -> MachineSnapshot:
    found = one.state.machine(machine_id(index))
    assert found is not None
    return found


# What is shown


def test_every_machine_has_a_card_and_this_one_is_chosen(open_page):
    page, _ = open_page()
    assert [card.machine_id for card in page.list.cards] == [machine_id(i) for i in range(3)]
    assert page.chosen is not None
    assert page.chosen.is_this_machine


def test_sixteen_machines_keep_the_pools_order_and_have_numbers(open_page):
    page, _ = open_page(Scene.SIXTEEN)
    assert [card.machine_id for card in page.list.cards] == [machine_id(i) for i in range(16)]
    assert page.picture.machine_at(QPointF(page.picture.rect().center())) is not None


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (Scene.NONE, "No machine yet"),
        (Scene.BROKEN, "HPipe is not connected"),
        (Scene.ONE, "Bring in another machine"),
    ],
)
def test_a_page_without_other_machines_says_what_to_do(open_page, scene, words):
    page, _ = open_page(scene)
    texts = [t.text() for t in page.findChildren(QLabel) if t.isVisibleTo(page)]
    assert words in texts


def test_before_the_pool_is_known_the_page_says_that_it_looks(showing):
    page = showing().page(MachinesPage)
    assert "Looking for machines …" in [
        t.text() for t in page.findChildren(QLabel) if t.isVisibleTo(page)
    ]


@pytest.mark.parametrize("state", list(MachineState))
def test_every_state_has_words_and_a_sentence_for_screen_readers(state):
    one = machine(1, state, detail="Details here.")
    sentence = described(one, pool((machine(0), one)))
    assert state_words(one)
    assert state_words(one) in sentence
    assert one.name in sentence


def test_measuring_shows_progress_and_lost_and_refused_say_why(open_page):
    page, _ = open_page(Scene.PAIRING)
    measuring = page.list.card(machine_id(2)).accessibleName()
    refused = page.list.card(machine_id(3)).accessibleName()
    lost = page.list.card(machine_id(4)).accessibleName()
    assert "Measuring" in measuring
    assert "0.0.9" in refused
    assert "Last seen" in lost


# What a person does


def test_a_wrong_code_is_said_in_the_dialog_and_the_right_one_pairs(open_page):
    page, one = open_page(Scene.PAIRING)
    page.pair(machine_id(1))
    dialog = dialog_of(page, PairDialog)
    QTest.keyClicks(dialog.code, "111111")
    QTest.keyClick(dialog.code, Qt.Key.Key_Return)
    wait_until(dialog.note.isVisible)
    assert "not the code" in dialog.note.text
    assert dialog.code.selectedText() == "111111"
    QTest.keyClicks(dialog.code, PAIRING_CODE)
    QTest.keyClick(dialog.code, Qt.Key.Key_Return)
    wait_until(lambda: seen(one, 1).is_paired)
    wait_until(lambda: not page.findChildren(PairDialog))
    assert ("pair", machine_id(1), PAIRING_CODE) in one.service.asked


def test_too_many_tries_say_to_wait(open_page):
    page, _ = open_page(Scene.PAIRING)
    page.pair(machine_id(1))
    dialog = dialog_of(page, PairDialog)
    dialog.code.setText("000000")
    dialog.pair()
    wait_until(dialog.note.isVisible)
    assert "Wait one minute" in dialog.note.text


def test_an_unfinished_code_is_not_sent(open_page):
    page, one = open_page(Scene.PAIRING)
    page.pair(machine_id(1))
    dialog = dialog_of(page, PairDialog)
    QTest.keyClicks(dialog.code, "12ab3")
    dialog.pair()
    assert dialog.code.text() == "123"
    assert not [asked for asked in one.service.asked if asked[0] == "pair"]


def test_closing_the_pair_dialog_while_it_asks_leaves_nothing_behind(open_page):
    page, one = open_page(Scene.PAIRING, VirtualClock(None))
    page.pair(machine_id(1))
    dialog = dialog_of(page, PairDialog)
    dialog.code.setText(PAIRING_CODE)
    dialog.pair()
    counts: list[int] = []
    one.bridge.calls_changed.connect(counts.append)
    dialog.reject()
    wait_until(lambda: counts and counts[-1] == 0)
    assert not seen(one, 1).is_paired


def test_this_machines_code_is_shown_and_spoken(open_page):
    page, _ = open_page()
    page.show_code()
    dialog = dialog_of(page, CodeDialog)
    wait_until(lambda: dialog.digits.text() == "482 913")
    assert dialog.digits.accessibleName() == "4 8 2 9 1 3"


def test_an_address_without_hpipe_is_said_in_place(open_page):
    page, one = open_page()
    page.add_machine()
    dialog = dialog_of(page, AddDialog)
    dialog.address.setText("desk.local")
    dialog.look()
    wait_until(dialog.note.isVisible)
    assert "Nobody answers at desk.local" in dialog.note.text
    dialog.address.setText("192.168.1.77")
    dialog.look()
    wait_until(lambda: len(one.state.machines) == 4)


def test_a_found_machine_is_paired_from_the_add_dialog(open_page):
    page, _ = open_page(Scene.PAIRING)
    page.add_machine()
    dialog = dialog_of(page, AddDialog)
    assert dialog.found.count() == 1
    QTest.keyClick(dialog.found, Qt.Key.Key_Return)
    wait_until(lambda: [d for d in page.findChildren(PairDialog) if d.isVisible()])


def test_a_machine_is_renamed(open_page):
    page, one = open_page()
    page.choose(machine_id(2))
    page.rename()
    dialog = dialog_of(page, RenameDialog)
    dialog.name.clear()
    QTest.keyClicks(dialog.name, "Kitchen")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    wait_until(lambda: seen(one, 2).name == "Kitchen")
    assert "Kitchen" in page.list.card(machine_id(2)).accessibleName()


def test_a_machine_is_forgotten_only_after_a_question(open_page):
    page, one = open_page()
    page.choose(machine_id(1))
    page.forget()
    question = dialog_of(page, Question)
    question.stay.click()
    page.forget()
    dialogs = [d for d in page.findChildren(Question) if d.isVisible()]
    dialogs[0].act.click()
    wait_until(lambda: len(one.state.machines) == 2)
    assert one.service.asked.count(("forget", machine_id(1))) == 1


def test_this_machine_cannot_be_forgotten(open_page):
    page, _ = open_page()
    page.choose(machine_id(0))
    page.forget()
    assert not page.findChildren(Question)


def test_a_machine_is_left_out_and_taken_in_again(open_page):
    page, one = open_page()
    page.choose(machine_id(1))
    page.include(False)
    wait_until(lambda: not seen(one, 1).is_included)
    assert "Left out" in page.list.card(machine_id(1)).accessibleName()
    page.include(True)
    wait_until(lambda: seen(one, 1).is_included)


def test_memory_is_limited_and_the_limit_taken_away(open_page):
    page, one = open_page()
    page.choose(machine_id(1))
    page.limit()
    dialog = dialog_of(page, LimitDialog)
    dialog.limited.setChecked(True)
    dialog.slider.setValue(16)
    assert dialog.gigabytes.value() == 4.0
    dialog.save()
    wait_until(lambda: seen(one, 1).memory_limit_bytes == 4 * 2**30)
    page.limit()
    dialog = next(d for d in page.findChildren(LimitDialog) if d.isVisible())
    assert dialog.gigabytes.value() == 4.0
    dialog.limited.setChecked(False)
    dialog.save()
    wait_until(lambda: seen(one, 1).memory_limit_bytes is None)


def test_outside_its_hours_a_machine_says_so_and_takes_no_part(open_page):
    page, one = open_page()
    page.choose(machine_id(1))
    page.limit()
    dialog = dialog_of(page, LimitDialog)
    dialog.timed.setChecked(True)
    dialog.from_time.setTime(QTime(20, 30))
    dialog.until_time.setTime(QTime(8, 0))
    dialog.save()
    wait_until(lambda: seen(one, 1).is_off_hours)
    assert seen(one, 1).hours == Hours(from_minute=20 * 60 + 30, until_minute=8 * 60)
    assert seen(one, 1).memory_limit_bytes is None, "only what was changed is asked for"
    card = page.list.card(machine_id(1))
    said = f"It takes part from {time_of_day(1230)} until {time_of_day(480)}"
    assert card._state.text() == "Off hours"
    assert said in card._detail.text() and card._detail.isVisible()
    assert "Off hours" in card.accessibleName() and said in card.accessibleName()
    assert said in page.details._detail.text()
    assert "2 machines" in page._subtitle.text()
    page.limit()
    dialog = next(d for d in page.findChildren(LimitDialog) if d.isVisible())
    assert dialog.from_time.time() == QTime(20, 30)
    dialog.until_time.setTime(QTime(20, 30))
    dialog.save()
    wait_until(lambda: seen(one, 1).hours is None)
    assert "3 machines" in page._subtitle.text()


def test_the_facts_of_any_machine_are_all_seen_where_there_is_room(open_page):
    page, _ = open_page()
    page.resize(1052, 700)
    for index in (1, 0, 2):
        page.choose(machine_id(index))
        settle(page)
        assert page.details._area.verticalScrollBar().maximum() == 0, index


def test_a_machine_is_measured_once_it_is_paired_and_no_other_for_it(open_page):
    """Defect: a machine was paired, and nothing happens until a plan is looked at."""
    page, one = open_page(Scene.PAIRING)
    assert not any(call[0] == "measure" for call in one.service.asked)
    one.service._change(machine_id(1), is_paired=True, state=MachineState.PAIRED, devices=())
    wait_until(lambda: ("measure", "demo", False) in one.service.asked)
    one.service._change(machine_id(1), detail="Something else changed.")
    settle(page)
    assert sum(call[0] == "measure" for call in one.service.asked) == 1


def test_measuring_again_can_be_stopped(open_page):
    page, one = open_page(clock=VirtualClock(None))
    page.measure()
    wait_until(lambda: seen(one, 1).state is MachineState.MEASURING)
    counts: list[int] = []
    one.bridge.calls_changed.connect(counts.append)
    page.measure()
    wait_until(lambda: counts and counts[-1] == 0)
    assert ("measure", "demo", True) in one.service.asked


def test_measuring_without_a_model_says_what_is_missing(open_page):
    page, _ = open_page(Scene.NO_MODEL)
    page.measure()
    assert page.note.isVisible()
    assert "Choose one" in page.note.text


def test_the_diagnosis_puts_what_blocks_first(open_page):
    page, _ = open_page()
    page.diagnose()
    dialog = dialog_of(page, DiagnoseDialog)
    wait_until(lambda: dialog.findings.count() > 1)
    first = dialog.findings.itemAt(0).widget()
    assert "firewall blocks" in first.accessibleName()
    assert dialog.note.isVisible()


def test_a_vanished_machine_leaves_the_list_and_the_choice(open_page):
    page, one = open_page()
    page.choose(machine_id(2))
    one.bridge.pool_changed.emit(pool((machine(0), machine(1))))
    assert len(page.list.cards) == 2
    assert page.chosen is not None
    assert page.chosen.machine_id == machine_id(0)


# By keyboard and in the picture


def test_arrows_walk_the_cards_and_enter_pairs(open_page):
    page, _ = open_page(Scene.PAIRING)
    page.list.focus_card(machine_id(0))
    QTest.keyClick(page.list.card(machine_id(0)), Qt.Key.Key_Down)
    assert page.chosen is not None
    assert page.chosen.machine_id == machine_id(1)
    QTest.keyClick(page.list.card(machine_id(1)), Qt.Key.Key_Return)
    assert dialog_of(page, PairDialog).code.isVisible()


def test_the_picture_is_walked_and_clicked(open_page):
    page, one = open_page()
    QTest.keyClick(page.picture, Qt.Key.Key_Right)
    assert page.chosen is not None
    assert page.chosen.machine_id == machine_id(1)
    QTest.keyClick(page.picture, Qt.Key.Key_Left)
    QTest.keyClick(page.picture, Qt.Key.Key_Left)
    assert page.chosen.machine_id == machine_id(2)
    assert "940 Mb/s" in page.picture.accessibleDescription()
    one.state.machine(machine_id(0))


def test_every_command_has_words_and_its_shortcut_is_its_own(open_page):
    page, _ = open_page()
    actions = [action for action in page.commands if not action.isSeparator()]
    shortcuts = [a.shortcut().toString() for a in actions if not a.shortcut().isEmpty()]
    assert all(action.text() for action in actions)
    assert len(shortcuts) == len(set(shortcuts)) == len(actions)


def test_a_machine_left_out_while_it_is_measured_is_only_left_out(open_page):
    """Defect: "Left out. Measuring layers", with a bar that moves."""
    _page, one = open_page()
    left_out = replace(
        machine(1, MachineState.MEASURING, detail="Measuring layers", progress=0.4),
        is_included=False,
    )
    assert (standing(left_out)[0], detail_words(left_out)) == ("Left out", "")
    card = MachineCard(left_out.machine_id, 1)
    card.show_machine(left_out, one.state.pool, 0)
    assert card._progress.isHidden() and card._detail.isHidden()


def test_working_is_said_once():
    working = machine(1, MachineState.WORKING, detail="Working on a job.")
    assert (standing(working)[0], detail_words(working)) == ("Working", "")
