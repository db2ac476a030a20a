"""The Plan page: boundaries by mouse and keyboard, limits, undo, and what jobs will use."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.plan.draft import Draft, draft_of
from app.plan.guest_dialog import GuestDialog
from app.plan.page import PlanPage
from app.plan.places import Places
from app.plan.question import PATIENCE_MILLISECONDS
from runtime.errors import NetworkError
from runtime.planner.values import Infeasible
from runtime.snapshots import MachineState
from tests.app.clock import VirtualClock
from tests.app.cluster import machine_id
from tests.app.layout import clipped, nameless
from tests.app.scripted import Scene
from tests.app.showing import settle, wait_until


@pytest.fixture
def open_page(showing):
    def make(scene=Scene.THREE, size=(1240, 800), tokens=0):
        one = showing(scene, VirtualClock(20))
        page = one.page(PlanPage, size)
        page.question._patience.setInterval(20)
        if tokens:
            page.question.text_tokens.setValue(tokens)
        one.start()
        wait_until(lambda: page.workbench.forecast is not None or scene in NO_PLAN)
        return page, one

    return make


NO_PLAN = (Scene.NONE, Scene.NO_MODEL)


def layers(page: PlanPage) -> list[int]:
    return [share.layers for share in page.workbench.draft.shares]


def figures(page: PlanPage) -> tuple[str, ...]:
    row = page.workbench.figures
    return tuple(f.value for f in (row.first_token, row.answer, row.per_token, row.throughput))


def drag(widget: QWidget, distance: int, *, release: bool = True) -> None:
    """By mouse, in steps, from the widget's middle; positions are the parent's."""
    parent = widget.parentWidget()
    start = widget.geometry().center()
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center())
    for part in range(1, 6):
        at = start + QPoint(distance * part // 5, 0)
        QTest.mouseMove(widget, widget.mapFrom(parent, at))
    if release:
        at = widget.mapFrom(parent, start + QPoint(distance, 0))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=at)


def test_a_boundary_dragged_by_mouse_moves_layers_and_changes_the_figures(open_page):
    page, _ = open_page()
    bar, before, were = page.workbench.bar, layers(page), figures(page)
    each = bar.width() / 18
    drag(bar.boundaries[0], -round(4 * each), release=False)
    assert layers(page) == before, "not settled yet"
    assert [s.layer_count for s in page.workbench.forecast.stages] == [8, 7, 3]
    assert figures(page) != were, "figures follow the hand"
    assert bar.blocks[0].width() == pytest.approx(8 * each, abs=4)
    QTest.mouseRelease(bar.boundaries[0], Qt.MouseButton.LeftButton)
    assert layers(page) == [8, 7, 3]
    assert "later" in page.workbench.verdict.text


def test_arrow_keys_on_a_boundary_move_one_layer(open_page):
    page, _ = open_page()
    were = figures(page)
    boundary = page.workbench.bar.boundaries[1]
    boundary.setFocus()
    QTest.keyClick(boundary, Qt.Key.Key_Left)
    assert layers(page) == [12, 2, 4]
    assert figures(page) != were
    QTest.keyClick(boundary, Qt.Key.Key_Right)
    QTest.keyClick(boundary, Qt.Key.Key_Right)
    assert layers(page) == [12, 4, 2]
    QTest.keyClick(boundary, Qt.Key.Key_End)
    assert layers(page) == [12, 5, 1]
    QTest.keyClick(boundary, Qt.Key.Key_Home)
    assert layers(page) == [12, 1, 5]
    assert "Old workstation" in boundary.accessibleName()
    assert boundary.value() == 13


def test_a_screen_reader_hears_a_boundary_as_a_slider_with_its_layer(open_page):
    page, _ = open_page()
    interface = QAccessible.queryAccessibleInterface(page.workbench.bar.boundaries[0])
    assert interface.role() is QAccessible.Role.Slider
    assert interface.valueInterface().currentValue() == 12
    assert "Study" in interface.text(QAccessible.Text.Name)


def test_a_boundary_under_the_hand_tells_both_sides(open_page):
    page, _ = open_page()
    page.workbench.bar.boundaries[0].setFocus()
    text = page.workbench.verdict.text
    assert "Study: 12 layers" in text
    assert "Old workstation: 3 layers" in text
    assert "GB" in text


def test_escape_gives_a_drag_up(open_page):
    page, _ = open_page()
    boundary, before = page.workbench.bar.boundaries[0], layers(page)
    drag(boundary, -200, release=False)
    QTest.keyClick(boundary, Qt.Key.Key_Escape)
    QTest.mouseRelease(boundary, Qt.MouseButton.LeftButton)
    assert layers(page) == before
    assert [s.layer_count for s in page.workbench.forecast.stages] == before
    assert not page.workbench.can_undo


def test_the_wheel_over_a_boundary_scrolls_the_page_and_not_the_plan(open_page):
    page, _ = open_page()
    boundary, before = page.workbench.bar.boundaries[0], layers(page)
    at = QPointF(boundary.rect().center())
    event = QWheelEvent(
        at, boundary.mapToGlobal(at), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(boundary, event)
    assert layers(page) == before
    assert not event.isAccepted()


def test_blocks_are_reordered_by_mouse(open_page):
    page, _ = open_page()
    bar = page.workbench.bar
    keys = page.workbench.draft.keys
    drag(bar.blocks[2], -round(bar.width() * 0.25))
    assert page.workbench.draft.keys == (keys[0], keys[2], keys[1])
    page.workbench.undo()
    assert page.workbench.draft.keys == keys, "one drag is one step"


def test_blocks_are_reordered_and_left_out_by_keyboard(open_page):
    page, _ = open_page()
    bar, keys = page.workbench.bar, page.workbench.draft.keys
    first = bar.blocks[0]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert page.workbench.draft.keys == (keys[1], keys[0], keys[2])
    assert first.hasFocus(), "the block keeps the focus while it travels"
    QTest.keyClick(first, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert page.workbench.draft.keys == keys
    QTest.keyClick(bar.blocks[1], Qt.Key.Key_Delete)
    assert page.workbench.draft.keys == (keys[0], keys[2])
    assert page.workbench.unused == (keys[1],)


def test_tab_goes_from_block_to_boundary_to_block(open_page):
    page, _ = open_page()
    bar = page.workbench.bar
    bar.blocks[0].setFocus()
    order = []
    for _step in range(4):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        order.append(page.focusWidget())
    assert order == [bar.boundaries[0], bar.blocks[1], bar.boundaries[1], bar.blocks[2]]


def in_the_window(showing):
    """The window on its Plan page, once there is a forecast."""
    one = showing(Scene.THREE, VirtualClock(20))
    window = one.window()
    one.start()
    window.show_page("plan")
    page = window.page("plan")
    wait_until(lambda: page.workbench.forecast is not None)
    return window, page


def test_in_the_window_the_keys_of_a_block_are_not_those_of_another_page(showing):
    window, page = in_the_window(showing)
    window.activateWindow()
    keys, block = page.workbench.draft.keys, page.workbench.bar.blocks[0]
    block.setFocus()
    QTest.keyClick(block, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert page.workbench.draft.keys == (keys[1], keys[0], keys[2])
    QTest.keyClick(block, Qt.Key.Key_Delete)
    assert page.workbench.draft.keys == (keys[1], keys[2])
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.workbench.draft.keys == (keys[1], keys[0], keys[2])
    assert window.current_page is page


def test_undo_and_redo_by_their_commands(open_page):
    page, _ = open_page()
    start = page.workbench.draft
    page.workbench.do(start.with_boundary(0, 9))
    page.workbench.do(start.with_boundary(0, 5))
    assert page._undo.isEnabled() and not page._redo.isEnabled()
    page._undo.trigger()
    assert page.workbench.draft == start.with_boundary(0, 9)
    page.toolbar.undo.click()
    assert page.workbench.draft == start
    assert not page._undo.isEnabled()
    page._redo.trigger()
    assert page.workbench.draft == start.with_boundary(0, 9)


def test_a_plan_over_the_memory_is_shown_explained_and_cannot_be_used(open_page):
    page, one = open_page()
    one.state.choose_model("qwen7")
    wait_until(lambda: page.workbench.forecast.draft.layer_count == 28)
    page.workbench.use_alone(page.workbench.draft.keys[0])
    assert page.workbench.forecast.excesses == (0,)
    assert page.workbench.verdict.level == "error"
    assert "Study needs" in page.workbench.verdict.text
    assert "room for" in page.workbench.verdict.text
    assert "more memory than it has" in page.workbench.bar.blocks[0].accessibleName()
    assert not page._use_button.isEnabled()
    page._use.trigger()
    assert one.state.chosen_plan is None


def test_use_this_plan_and_let_hpipe_decide(open_page):
    page, one = open_page()
    automatic = page.workbench.draft
    assert not page._decide_button.isEnabled()
    page.workbench.do(automatic.with_boundary(0, 9))
    page._use_button.click()
    assert draft_of(one.state.chosen_plan.stages) == automatic.with_boundary(0, 9)
    assert not page._use_button.isEnabled(), "it is in use"
    assert "In use" in page.toolbar.choice
    page.workbench.do(automatic.with_boundary(0, 8))
    assert "Another plan" in page.toolbar.choice
    assert page._use_button.isEnabled()
    page._decide_button.click()
    assert one.state.chosen_plan is None
    assert page.workbench.draft == automatic
    assert "HPipe decides" in page.toolbar.choice


def test_even_split_one_machine_and_adding_a_machine(open_page):
    page, _ = open_page()
    page.toolbar.even.click()
    assert layers(page) == [6, 6, 6]
    menu = page.toolbar.alone.menu()
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    assert layers(page) == [18]
    assert page.workbench.draft.keys[0].startswith(machine_id(1))
    add = page.toolbar.add.menu()
    add.aboutToShow.emit()
    next(a for a in add.actions() if a.text() == "Laptop").trigger()
    assert layers(page) == [9, 9]


def test_even_splits_over_all_machines_also_from_a_plan_of_one(open_page):
    """Defect: a plan of one machine stays one, and the table's row of even layers another."""
    page, _ = open_page()
    page.workbench.use_alone(page.workbench.draft.keys[0])
    page._even.trigger()
    assert layers(page) == [6, 6, 6]
    table = page.workbench.comparison
    texts = [[table.item(row, at).text() for at in range(1, 6)] for row in (0, 2)]
    assert table.item(2, 0).text() == "Even layers"
    assert texts[0] == texts[1]


def test_where_there_is_no_boundary_none_is_to_be_dragged(open_page):
    page, _ = open_page()
    page.workbench.do(page.workbench.draft.with_boundary(0, 9))
    assert "Drag a boundary" in page.workbench.verdict.text
    page.workbench.use_alone(page.workbench.draft.keys[0])
    assert "Drag a boundary" not in page.workbench.verdict.text
    alone, _ = open_page(Scene.ONE)
    assert "Drag a boundary" not in alone.workbench.verdict.text


def test_balance_asks_for_the_best_boundaries_of_this_order(open_page):
    page, one = open_page()
    draft = page.workbench.draft.with_place(0, 2)
    page.workbench.do(draft)
    even_seconds = page.workbench.forecast.plan.prediction.answer_seconds
    page.toolbar.balance.click()
    wait_until(lambda: page.workbench.draft != draft)
    solved = next(args for args in one.service.asked if args[0] == "solve")
    assert solved[1].fixed_order == draft.keys
    assert page.workbench.draft.keys == draft.keys
    assert page.workbench.forecast.plan.prediction.answer_seconds <= even_seconds


def test_the_table_compares_with_the_automatic_plan_even_layers_and_one_machine(open_page):
    page, _ = open_page()
    table = page.workbench.comparison
    names = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert names == ["This plan", "Even layers", "Study alone"], "HPipe's choice is shown already"
    before = table.item(0, 2).text()
    page.workbench.do(page.workbench.draft.with_boundary(0, 3))
    names = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert names == ["This plan", "HPipe's choice", "Even layers", "Study alone"]
    assert table.item(0, 2).text() != before
    assert table.item(1, 2).text() == before


def test_the_best_of_every_column_of_the_table_is_bold(open_page):
    """Defect: the most documents per hour are never the best, as more is better there."""
    page, _ = open_page()
    table = page.workbench.comparison
    for column in range(2, table.columnCount()):
        cells = [table.item(row, column) for row in range(table.rowCount())]
        assert any(cell.font().bold() for cell in cells), column
    rates = [table.item(row, 5) for row in range(table.rowCount())]
    figures = [float(cell.text().replace(",", "")) for cell in rates]
    assert rates[figures.index(max(figures))].font().bold()


def test_the_timeline_has_a_row_per_stage_and_a_bar_per_chunk(open_page):
    page, _ = open_page()
    timeline, plan = page.workbench.predicted.timeline, page.workbench.forecast.plan
    assert len(timeline._rows) == 3
    chunks = len(plan.chunk_lengths)
    assert len([s for s in timeline._spans if s.kind == "chunk"]) == 3 * chunks
    assert len([s for s in timeline._spans if s.kind == "sending"]) == 2 * chunks
    bar = timeline._spans[0]
    x = round((timeline._x(bar.start) + timeline._x(bar.end)) / 2)
    found = timeline.span_at(QPoint(x, timeline.row_height // 2))
    assert found == bar
    assert "Chunk 1" in page.workbench.predicted._span_words(found)


def test_an_infeasible_answer_names_what_lacks_and_what_helps(open_page):
    page, _ = open_page(Scene.INFEASIBLE)
    assert page.shortage.isVisible()
    words = page.shortage.accessibleName()
    assert "needs" in words and "Choose a smaller model." in words
    assert page.workbench.forecast.excesses, "the even split shows by how much"
    assert not page._use_button.isEnabled()
    assert not page._decide_button.isEnabled()


def test_fewer_bits_that_would_fit_are_one_click_away_and_jobs_use_them(open_page):
    page, one = open_page(Scene.INFEASIBLE)
    assert page.shortage.narrow.text() == "Plan with 4-bit weights"
    page.shortage.narrow.click()
    wait_until(lambda: not page.shortage.isVisible())
    assert page.question.precision.currentText() == "4 bit (smallest)"
    assert one.state.weight_bits == 4
    assert page.workbench.forecast.plan.weight_bits == 4
    assert not page.workbench.forecast.excesses


def test_a_precision_chosen_is_planned_with_and_shown_when_it_was_chosen_elsewhere(open_page):
    page, one = open_page()
    whole = page.inquiry.best.stages[0].memory_bytes
    page.question.precision.setCurrentIndex(1)
    wait_until(lambda: page.inquiry.best is not None and page.inquiry.best.weight_bits == 8)
    assert page.inquiry.best.stages[0].memory_bytes < whole
    assert one.state.weight_bits == 8
    one.state.choose_weight_bits(16)
    assert page.question.weight_bits == 16


@pytest.mark.parametrize(
    ("scene", "place"), [(Scene.NO_MODEL, Places.NO_MODEL), (Scene.NONE, Places.NO_MACHINES)]
)
def test_without_a_model_or_a_machine_it_says_what_to_do(open_page, scene, place):
    page, _ = open_page(scene)
    wait_until(lambda: page.places.currentIndex() == place)
    asked: list[object] = []
    page.page_wanted.connect(asked.append)
    page.models_wanted.connect(lambda: asked.append("models"))
    page.places.currentWidget().findChild(QPushButton).click()
    assert asked == ["models" if place == Places.NO_MODEL else "machines"]
    assert not page._use_button.isEnabled()


def test_an_error_stands_on_the_page_and_can_be_tried_again(open_page):
    page, one = open_page()

    async def fail(_request):
        raise NetworkError("Laptop does not answer.", "Is it asleep?")

    plan, one.service.plan = one.service.plan, fail
    page.question.text_tokens.setValue(2000)
    wait_until(page.note.isVisible)
    assert "Laptop does not answer. Is it asleep?" in page.note.text
    one.service.plan = plan
    page._refresh.trigger()
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 2000)
    assert not page.note.isVisible()


def test_it_asks_again_when_lengths_goal_document_or_pool_change(open_page):
    page, one = open_page()
    page.question.answer_tokens.setValue(999)
    wait_until(lambda: page.inquiry.problem.output_tokens == 999)
    one.state.set_prompt_tokens(5000)
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 5000)
    one.service._change(machine_id(2), state=MachineState.LOST)
    wait_until(lambda: len(page.inquiry.problem.devices) == 2)
    assert len(page.workbench.bar.blocks) == 2


def test_it_asks_soon_after_the_last_keystroke_however_long_the_text(open_page):
    page, _ = open_page()
    page.question._patience.setInterval(PATIENCE_MILLISECONDS)
    page.question.text_tokens.setValue(90_000)
    assert page.question._patience.interval() == PATIENCE_MILLISECONDS <= 500
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 90_000)


def test_a_change_of_state_that_no_plan_depends_on_asks_nothing(open_page):
    page, one = open_page()
    asked = page.inquiry.asked
    page.inquiry.asked = replace(asked)  # an equal one, to see whether it is replaced
    kept = page.inquiry.asked
    one.service._change(machine_id(1), state=MachineState.WORKING)
    wait_until(lambda: one.state.machine(machine_id(1)).state is MachineState.WORKING)
    assert page.inquiry.asked is kept


def test_a_hidden_page_asks_nothing_until_it_is_shown(open_page):
    page, one = open_page()
    page.hide()
    one.state.set_prompt_tokens(3000)
    assert page.inquiry.asked.prompt_tokens != 3000
    assert not page._undo.isEnabled()
    page.show()
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 3000)


def test_a_draft_of_mine_stays_when_only_the_length_changes(open_page):
    page, _ = open_page()
    mine = page.workbench.draft.with_boundary(0, 7)
    page.workbench.do(mine)
    page.question.text_tokens.setValue(3000)
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 3000)
    assert page.workbench.draft == mine


def test_every_control_has_a_name_and_nothing_is_clipped(open_page):
    for scene, size in ((Scene.THREE, (840, 580)), (Scene.SIXTEEN, (840, 580))):
        page, _ = open_page(scene, size)
        settle(page)
        assert nameless(page) == []
        assert clipped(page) == []


def test_what_a_block_says_is_complete(open_page):
    page, _ = open_page()
    words = page.workbench.bar.blocks[2].accessibleName()
    for part in ("Laptop", "stage 3 of 3", "layers 16 to 18", "GB", "slowest"):
        assert part in words


def test_an_answer_that_is_infeasible_for_this_order_is_told(open_page):
    page, one = open_page()
    before = page.workbench.draft

    async def refuse(_problem):
        return Infeasible(reason="Nothing fits.", suggestions=("Add a machine.",))

    one.service.solve = refuse
    page.toolbar.balance.click()
    wait_until(page.note.isVisible)
    assert page.note.text == "Nothing fits. Add a machine."
    assert page.workbench.draft == before
    assert isinstance(before, Draft)


# What if


def try_device(page: PlanPage, name: str) -> GuestDialog:
    page._what_if.trigger()
    dialog = page.findChild(GuestDialog)
    dialog.filter.setText(name)
    dialog.choose()
    return dialog


def test_what_if_shows_a_plan_with_a_device_nobody_has_and_lets_no_job_use_it(open_page):
    page, one = open_page(tokens=512)
    before = page.workbench.forecast.plan.prediction.answer_seconds
    try_device(page, "rtx 4090")
    wait_until(lambda: len(page.inquiry.problem.devices) == 4)
    assert page.workbench.guests == ("RTX 4090",)
    assert page.workbench.forecast.plan.prediction.answer_seconds < before
    assert "With RTX 4090 the answer would come" in page.workbench.verdict.text
    assert "sooner" in page.workbench.verdict.text
    assert not page._use_button.isEnabled()
    page._use.trigger()
    assert one.state.chosen_plan is None
    names = [page.workbench.comparison.item(row, 0).text() for row in range(2)]
    assert names == ["This plan", "What you have"]
    assert "not a machine of yours" in " ".join(
        block.accessibleName() for block in page.workbench.bar.blocks
    )
    page._without_guests.trigger()
    assert len(page.inquiry.problem.devices) == 3
    assert page.workbench.guests == ()
    assert page._use_button.isEnabled()
    assert not page._without_guests.isEnabled()


def test_after_what_if_the_focus_is_where_it_was_asked_from(showing):
    """Defect: it goes to the button of the settings."""
    window, page = in_the_window(showing)
    for finish in (GuestDialog.choose, GuestDialog.reject):
        window.navigation.setFocus()
        page._what_if.trigger()
        finish(next(d for d in page.findChildren(GuestDialog) if d.isVisible()))
        settle(window)
        assert window.focusWidget() is page.toolbar.add
    wait_until(lambda: len(page.inquiry.problem.devices) == 4)
    assert window.focusWidget() is page.toolbar.add


def test_a_device_that_would_not_help_is_said_not_to(open_page):
    page, _ = open_page(tokens=512)
    try_device(page, "n100")
    wait_until(lambda: len(page.inquiry.problem.devices) == 4)
    assert page.workbench.guests == ()
    assert "Intel N100 would not make the answer come sooner." in page.workbench.verdict.text
    menu = page.toolbar.add.menu()
    menu.aboutToShow.emit()
    next(a for a in menu.actions() if a.text() == "Intel N100").trigger()
    assert page.workbench.guests == ("Intel N100",)
    assert not page._use_button.isEnabled()


def test_a_guest_stays_when_the_length_changes(open_page):
    page, _ = open_page(tokens=512)
    try_device(page, "rtx 4090")
    wait_until(lambda: len(page.inquiry.problem.devices) == 4)
    page.question.text_tokens.setValue(600)
    wait_until(lambda: page.inquiry.problem.prompt_tokens == 600)
    assert page.workbench.guests == ("RTX 4090",)


def test_what_is_searched_for_and_not_found_cannot_be_chosen(open_page):
    page, _ = open_page(tokens=512)
    dialog = try_device(page, "no such device")
    assert dialog.isVisible()
    assert not dialog._try.isEnabled()
    dialog.filter.setText("apple m2")
    shown = [dialog.list.item(i) for i in range(dialog.list.count())]
    names = [item.text().split("\n")[0] for item in shown if not item.isHidden()]
    assert names == ["Apple M2", "Apple M2 Pro", "Apple M2 Max", "Apple M2 Ultra"]
    assert clipped(dialog) == []
    assert nameless(dialog) == []
    dialog.reject()
