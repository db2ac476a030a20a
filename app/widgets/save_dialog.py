"""Asks where a file should be saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(
    parent: QWidget, title: str, path: Path, kind: str, act: Callable[[Path], None]
) -> None:
    """act gets the path that was chosen, with path's ending where none was typed.

    The dialog asks before a file is overwritten; nothing happens when it is cancelled.
    """
    dialog = QFileDialog(parent, title, str(path), kind)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(path.suffix.lstrip("."))
    dialog.fileSelected.connect(lambda name: act(Path(name)))
    dialog.open()
