"""Gives a machine another name, on this machine only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.widgets.basics import button
from app.widgets.dialog import Dialog, caption
from runtime.snapshots import MachineSnapshot

LONGEST_NAME = 40


class RenameDialog(Dialog):
    """Calls on_name with the new name."""

    def __init__(
        self, machine: MachineSnapshot, on_name: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(parent, 400)
        self.set_title(
            self.tr("Rename the machine"), self.tr("The name is used in this window only.")
        )
        self._on_name = on_name
        self.name = QLineEdit(machine.name)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.selectAll()
        self.name.textChanged.connect(self._show_save)
        self.body.addWidget(caption(self.tr("&Name"), self.name))
        self._save = button(self.tr("Rename"), self.save, kind="primary")
        self._save.setDefault(True)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        self.buttons.addWidget(self._save)
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_save(self) -> None:
        self._save.setEnabled(bool(self.name.text().strip()))

    def save(self) -> None:
        name = self.name.text().strip()
        if name:
            self.accept()
            self._on_name(name)
