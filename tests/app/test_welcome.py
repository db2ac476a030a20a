"""The first start: three steps, walked by keyboard, each with its action."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.settings.store import SettingsStore, load_settings
from app.welcome.dialog import WelcomeDialog
from tests.app.scripted import Scene


@pytest.fixture
def open_welcome(showing):
    def make(scene: Scene = Scene.ONE):
        one = showing(scene)
        window = one.window()
        one.start()
        did: list[str] = []
        store = SettingsStore()
        store.change(first_start_done=False)
        dialog = WelcomeDialog(
            store, one.state, lambda: did.append("add"), lambda: did.append("demo"), window
        )
        dialog.open()
        return dialog, did

    return make


def shown(dialog: WelcomeDialog) -> str:
    return " ".join(t.text() for t in dialog.findChildren(QLabel) if t.isVisible())


def test_enter_walks_through_all_three_steps(open_welcome):
    dialog, did = open_welcome()
    assert "Study" in shown(dialog)
    assert "RTX 4070" in shown(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.step == 1
    assert "six digits" in shown(dialog)
    assert "No other machine is found yet" in shown(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.step == 2
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert did == ["demo"], "what the last step is about"
    assert not dialog.isVisible()
    assert load_settings().first_start_done


def test_going_back_from_the_last_step_enter_goes_on_again(open_welcome):
    dialog, did = open_welcome()
    dialog.go(2)
    dialog.go(-1)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert (dialog.step, did) == (2, [])


def test_machines_found_meanwhile_are_counted(open_welcome):
    dialog, _ = open_welcome(Scene.THREE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "2 other machines found" in shown(dialog)


def test_skipping_counts_as_seen(open_welcome):
    dialog, did = open_welcome()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert load_settings().first_start_done
    assert did == []


def test_the_demo_starts_from_the_last_step(open_welcome):
    dialog, did = open_welcome()
    dialog.go(2)
    dialog.try_button.click()
    assert did == ["demo"]
    assert not dialog.isVisible()


def test_a_machine_is_added_from_the_second_step(open_welcome):
    dialog, did = open_welcome()
    dialog.go(1)
    dialog.add_button.click()
    assert did == ["add"]
