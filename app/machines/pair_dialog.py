"""Pairs with a machine by the six digits it shows; says what is wrong when it fails."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QFont, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QProgressBar, QWidget

from app.bridge import Bridge, Call
from app.theme import figure_font
from app.widgets.basics import button
from app.widgets.dialog import Dialog, caption
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import MachineSnapshot

DIGITS = 6


class PairDialog(Dialog):
    """Stays open until the machines are paired or a person gives up."""

    def __init__(self, bridge: Bridge, machine: MachineSnapshot, parent: QWidget) -> None:
        super().__init__(parent, 440)
        self.set_title(
            self.tr("Pair with {name}").format(name=machine.name),
            self.tr(
                "Type the six digits it shows: there under Machines, Show the code, or in its "
                "terminal. Only a person who sees both machines can pair them."
            ),
        )
        self._bridge = bridge
        self._machine_id = machine.machine_id
        self._call: Call | None = None
        self.code = QLineEdit()
        self.code.setMaxLength(DIGITS + 1)
        self.code.setValidator(
            QRegularExpressionValidator(QRegularExpression(r"[0-9]{0,3} ?[0-9]{0,3}"), self.code)
        )
        font = figure_font(self)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 4)
        self.code.setFont(font)
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.code.textChanged.connect(self._show_busy)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setAccessibleName(self.tr("Pairing"))
        self.body.addWidget(caption(self.tr("&Code"), self.code))
        self.body.addWidget(self._busy)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        self._pair = button(self.tr("Pair"), self.pair, kind="primary")
        self._pair.setDefault(True)
        self.buttons.addWidget(self._pair)
        self.finished.connect(self._give_up)
        self._show_busy()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _typed(self) -> str:
        return self.code.text().replace(" ", "")

    def pair(self) -> None:
        if len(self._typed) < DIGITS or self._call is not None:
            return
        self.note.clear()
        self._call = self._bridge.call(
            Service.pair,
            self._machine_id,
            self._typed,
            owner=self,
            on_done=lambda _nothing: self.accept(),
            on_error=self._failed,
        )
        self._show_busy()

    def _failed(self, error: HPipeError) -> None:
        self._call = None
        self.note.show_error(error)
        self._show_busy()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.code.selectAll()

    def _show_busy(self) -> None:
        is_busy = self._call is not None
        self._busy.setVisible(is_busy)
        self.code.setEnabled(not is_busy)
        self._pair.setEnabled(len(self._typed) == DIGITS and not is_busy)

    def _give_up(self) -> None:
        if self._call is not None:
            self._call.cancel()
