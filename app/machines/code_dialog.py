"""Shows this machine's code, to be typed on another one."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QProgressBar, QWidget

from app.bridge import Bridge
from app.format import duration
from app.state import AppState
from app.theme import figure_font
from app.widgets.basics import button, label
from app.widgets.dialog import Dialog
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import PairingOffer

TICK_MILLISECONDS = 500
LIFE_SECONDS = 300


class CodeDialog(Dialog):
    """A fresh code follows when one expires, and when one was used."""

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget) -> None:
        super().__init__(parent, 440)
        self.set_title(
            self.tr("The code of this machine"),
            self.tr("On the other machine choose this one, and type these digits there."),
        )
        self._bridge = bridge
        self._state = state
        self._code = ""
        self._ends_at = 0.0
        self._life = float(LIFE_SECONDS)
        self._paired = self._paired_machines()
        self.digits = label("… …")
        self.digits.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = figure_font(self)
        font.setPointSizeF(font.pointSizeF() * 2)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 4)
        self.digits.setFont(font)
        self.digits.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._left = label(muted=True)
        self._left.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("How long the code can be used"))
        for widget in (self.digits, self._bar, self._left):
            self.body.addWidget(widget)
        self._copy = button(self.tr("Copy"), self._copy_code, icon="copy")
        self._copy.setEnabled(False)
        close = button(self.tr("Done"), self.accept, kind="primary")
        close.setDefault(True)
        self.buttons.addWidget(self._copy)
        self.buttons.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self.finished.connect(self._timer.stop)
        state.pool_changed.connect(self._look_who_came)
        self._ask()

    def _ask(self) -> None:
        self._timer.stop()
        self._bridge.call(
            Service.offer_pairing, owner=self, on_done=self._show, on_error=self._failed
        )

    def _show(self, offer: PairingOffer) -> None:
        self._code = offer.code
        self._life = max(1.0, offer.seconds_left)
        self._ends_at = time.monotonic() + offer.seconds_left
        self.digits.setText(f"{offer.code[:3]} {offer.code[3:]}")
        self.digits.setAccessibleName(" ".join(offer.code))
        self._copy.setEnabled(True)
        self._bar.setRange(0, round(self._life))
        self._tick()
        self._timer.start()

    def _failed(self, error: HPipeError) -> None:
        self.digits.setText("… …")
        self._left.setText("")
        self.note.show_error(error)

    def _tick(self) -> None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            self._ask()
            return
        self._bar.setValue(round(left))
        self._left.setText(
            self.tr("A new code comes in {time}.").format(time=duration(max(1.0, left)))
        )

    def _paired_machines(self) -> set[str]:
        return {m.machine_id for m in self._state.machines if m.is_paired}

    def _look_who_came(self) -> None:
        now = self._paired_machines()
        fresh = now - self._paired
        self._paired = now
        if fresh:
            name = self._state.machine_name(next(iter(fresh)))
            self.note.say("good", self.tr("Paired with {name}.").format(name=name))
            self._ask()

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
