"""An answer saved through the dialog a person sees: named, overwritten, refused, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QMessageBox

from runtime import files
from tests.app.analyze.conftest import Opened
from tests.app.sample import ANSWER
from tests.app.showing import wait_until

Open = Callable[..., Opened]


@pytest.fixture
def answered(opened: Open) -> Opened:
    it = opened()
    it.open()
    it.ask()
    it.wait_for_answers()
    return it


def dialog_of(it: Opened) -> QFileDialog:
    """Ctrl+S was pressed: the dialog that stands over the page."""
    it.page.save_conversation()
    dialog = it.page.findChild(QFileDialog)
    assert dialog is not None
    return dialog


def choose(it: Opened, path: Path) -> None:
    """Type a name in the dialog and press Save."""
    dialog = dialog_of(it)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    buttons = dialog.findChild(QDialogButtonBox, "buttonBox")
    assert field is not None and buttons is not None
    field.setText(str(path))
    buttons.button(QDialogButtonBox.StandardButton.Save).click()


def answer_overwriting(button: QMessageBox.StandardButton) -> None:
    """Press a button of the question that comes before a file is overwritten."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        box.button(button).click()

    QTimer.singleShot(0, press)


def test_the_ending_is_added_where_none_was_typed(answered: Opened) -> None:
    choose(answered, answered.folder / "mine")
    wait_until(lambda: "Saved to" in answered.page.note.text)
    saved = (answered.folder / "mine.md").read_text(encoding="utf-8")
    assert saved.startswith("# report")
    assert ANSWER.strip() in saved
    wait_until(lambda: answered.page.findChild(QFileDialog) is None)


def test_a_file_is_overwritten_only_when_one_says_so(answered: Opened) -> None:
    taken = answered.folder / "taken.md"
    taken.write_text("older", encoding="utf-8")
    answer_overwriting(QMessageBox.StandardButton.No)
    choose(answered, taken)
    assert taken.read_text(encoding="utf-8") == "older"
    dialog = answered.page.findChild(QFileDialog)
    assert dialog is not None and dialog.isVisible()
    answer_overwriting(QMessageBox.StandardButton.Yes)
    buttons = dialog.findChild(QDialogButtonBox, "buttonBox")
    assert buttons is not None
    buttons.button(QDialogButtonBox.StandardButton.Save).click()
    assert ANSWER.strip() in taken.read_text(encoding="utf-8")


def test_nothing_is_written_or_said_when_it_is_cancelled(answered: Opened) -> None:
    dialog_of(answered).reject()
    assert not answered.page.note.isVisible()
    assert [path.name for path in answered.folder.iterdir()] == ["report.txt"]


def test_a_full_disk_is_told_and_keeps_what_was_there(
    answered: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: the older file is emptied before the new one is known to fit."""
    taken = answered.folder / "taken.md"
    taken.write_text("older", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    answer_overwriting(QMessageBox.StandardButton.Yes)
    choose(answered, taken)
    assert "taken.md could not be written (No space left on device)." in answered.page.note.text
    assert taken.read_text(encoding="utf-8") == "older"
    assert answered.answered == [ANSWER]
