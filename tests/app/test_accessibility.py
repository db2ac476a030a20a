"""Every control that takes the focus has a name, and no text is cut off, at any usual size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from app.widgets.basics import label
from app.window import PAGES, MainWindow
from tests.app.clock import VirtualClock
from tests.app.cluster import machine, pool
from tests.app.layout import clipped, nameless, without_tip
from tests.app.scripted import Scene
from tests.app.showing import Showing, settle, wait_until

SIZES = [(1024, 640), (1366, 768), (1920, 1080)]
LONG_NAME = "Die sehr leise Maschine im Wohnzimmer 07"
DIALOGS: dict[str, Callable[[MainWindow], object]] = {
    "settings": lambda window: window.open_settings(),
    "models": lambda window: window.open_models(),
    "welcome": lambda window: window.open_welcome(),
    "add": lambda window: window.page("machines").add_machine(),
    "code": lambda window: window.page("machines").show_code(),
    "pair": lambda window: window.page("machines").pair(window.state.machines[1].machine_id),
    "diagnose": lambda window: window.page("machines").diagnose(),
    "rename": lambda window: window.page("machines").rename(),
    "limit": lambda window: window.page("machines").limit(),
}


def open_window(showing, scene: Scene, size: tuple[int, int]) -> tuple[MainWindow, Showing]:
    one = showing(scene, VirtualClock(20))
    window = one.window(size)
    one.start()
    return window, one


@pytest.mark.parametrize("scene", [Scene.NONE, Scene.THREE, Scene.SIXTEEN, Scene.PAIRING])
def test_every_control_of_every_page_has_a_name(showing, scene):
    window, _ = open_window(showing, scene, (1240, 800))
    for name in PAGES:
        window.show_page(name)
        settle(window)
        assert nameless(window) == [], name
        assert without_tip(window) == [], name


@pytest.mark.parametrize("scene", [Scene.ONE, Scene.THREE, Scene.SIXTEEN, Scene.BROKEN])
def test_no_text_is_cut_off(showing, scene):
    window, _ = open_window(showing, scene, SIZES[0])
    for size in SIZES:
        window.resize(*size)
        for name in PAGES:
            window.show_page(name)
            settle(window)
            assert clipped(window) == [], (name, size)
        window.show_page("machines")
        for one in window.state.machines[:5]:  # what can be done differs from machine to machine
            window.page("machines").choose(one.machine_id)
            settle(window)
            assert clipped(window) == [], (one.name, size)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_forty_character_names_fit(showing, size):
    assert len(LONG_NAME) == 40
    window, one = open_window(showing, Scene.PAIRING, size)
    long = tuple(
        replace(
            m,
            name=LONG_NAME,
            detail="It runs another version. Install the same one on both machines, then pair.",
        )
        for m in one.state.machines
    )
    one.bridge.pool_changed.emit(pool(long))
    for name in PAGES:
        window.show_page(name)
        settle(window)
        assert clipped(window) == []


@pytest.mark.parametrize("name", list(DIALOGS))
def test_dialogs_have_names_and_show_all_their_text(showing, name):
    one = showing(Scene.PAIRING, VirtualClock(20))
    window = one.window()
    one.start()
    DIALOGS[name](window)
    wait_until(lambda: [d for d in window.findChildren(QDialog) if d.isVisible()])
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    wait_until(lambda: one.bridge.is_ready)
    settle(dialog)
    assert nameless(dialog) == []
    assert clipped(dialog) == []
    assert without_tip(dialog) == []
    assert dialog.height() <= 640, "does not fit the smallest window"


def test_the_tab_key_reaches_the_navigation_and_every_page_and_comes_back(showing):
    window, _ = open_window(showing, Scene.THREE, (1240, 800))
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    for name in PAGES:
        window.show_page(name)
        start = window.focusWidget()
        assert start is not None
        visited = []
        for _ in range(200):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
            visited.append(window.focusWidget())
            if window.focusWidget() is start:
                break
        assert start in visited, f"the tab key does not come back on {name}"
        page = window.page(name)
        assert any(page.isAncestorOf(widget) for widget in visited), name
        assert any(window.navigation.isAncestorOf(widget) for widget in visited), name


# The checks themselves find what they are there for.


def test_the_check_finds_a_nameless_button(qapp):
    holder = QWidget()
    QPushButton(holder)
    holder.show()
    assert nameless(holder)
    holder.close()


def test_the_check_finds_a_cut_label(qapp):
    holder = QWidget()
    one = label("A long text that does not fit into forty pixels")
    one.setParent(holder)
    one.setGeometry(0, 0, 40, 20)
    holder.show()
    assert isinstance(one, QLabel)
    assert clipped(holder)
    holder.close()


def test_the_check_finds_a_widget_outside_its_parent(qapp):
    holder = QWidget()
    holder.resize(100, 100)
    child = QWidget(holder)
    child.setGeometry(80, 0, 100, 20)
    holder.show()
    assert clipped(holder)
    holder.close()


def test_machines_of_the_sample_cluster_have_a_name_of_forty_characters():
    assert max(len(machine(index).name) for index in range(16)) >= 40
