"""Says what the colours and patterns of a graph or a timeline mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.theme import GAP, GAP_TINY, colors_of, small_font
from app.widgets.basics import label
from app.widgets.hatch import hatched

STATES = ("computing", "waiting", "sending", "idle")


class Swatch(QWidget):
    """A small sample of how a state is drawn; role is a field of theme.Colors."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(14, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = QColor(getattr(colors_of(self), self._role))
        area = QRectF(0, 0, self.width(), self.height())
        if self._role == "waiting":
            painter.fillRect(area, hatched(color))
            painter.setPen(color)
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        elif self._role == "sending":
            painter.fillRect(area.adjusted(0, 7, 0, -1), color)
        else:
            painter.fillRect(area, color)


class Legend(QWidget):
    """Swatches with their names, in a row; entries maps a colour role to a translated name."""

    def __init__(self, entries: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_TINY)
        for role, name in entries.items():
            if layout.count():
                layout.addSpacing(GAP - GAP_TINY)
            layout.addWidget(Swatch(role))
            words = label(name, muted=True)
            words.setFont(small_font(self))
            layout.addWidget(words)
        self.setAccessibleName(", ".join(entries.values()))
