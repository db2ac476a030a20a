"""Small dots that say which step of how many is shown."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import colors_of

DOT = 8
STRIDE = 18


class StepDots(QWidget):
    """The current step is a longer dot, not only another colour."""

    def __init__(self, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = count
        self._step = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_step(self, step: int) -> None:
        self._step = step
        self.setAccessibleName(
            self.tr("Step {step} of {count}").format(step=step + 1, count=self._count)
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(STRIDE * (self._count + 1), DOT + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colors = colors_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        x = 0
        for step in range(self._count):
            is_now = step == self._step
            width = DOT * 2 + 4 if is_now else DOT
            painter.setBrush(QColor(colors.accent if is_now else colors.border_strong))
            painter.drawRoundedRect(x, (self.height() - DOT) // 2, width, DOT, DOT / 2, DOT / 2)
            x += width + STRIDE - DOT
