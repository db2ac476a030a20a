"""What a machine is known by on every page: its colour, and in a large pool its number."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import colors_of, machine_color, small_font, text_on

STRIPE_WIDTH = 5
DISC = 24


class MachineMark(QWidget):
    """A stripe, or a disc with a number; filled for a machine that takes part."""

    def __init__(self, color: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = machine_color(color)
        self._shown = (0, False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_mark(self, number: int, is_hollow: bool) -> None:
        """number 0: the pool is small enough to do without."""
        if (number, is_hollow) != self._shown:
            self._shown = (number, is_hollow)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(DISC if self._shown[0] else STRIPE_WIDTH, DISC)

    def paintEvent(self, _event: QPaintEvent) -> None:
        number, is_hollow = self._shown
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_hollow:
            painter.setPen(QPen(self._color, 1))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._color)
        inset = 1 if is_hollow else 0
        if not number:
            stripe = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(stripe, 2.5, 2.5)
            return
        disc = QRectF(inset, inset, DISC - 2 * inset, DISC - 2 * inset)
        painter.drawEllipse(disc)
        painter.setFont(small_font(self))
        muted = QColor(colors_of(self).text_muted)
        painter.setPen(muted if is_hollow else text_on(self._color))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number))
