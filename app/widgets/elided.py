"""A label that shortens its text with an ellipsis instead of clipping it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.theme import colors_of


class ElidedLabel(QLabel):
    """One line of plain text; the whole of it is in the tool tip and for screen readers."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("…MMM"), super().sizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(width, super().sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        colors = colors_of(self)
        level = {"good": colors.good, "warning": colors.warning, "error": colors.danger}.get(
            self.property("level") or ""
        )
        muted = colors.text_muted if self.property("muted") else None
        painter.setPen(level or muted or self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        self.draw_text(painter, text)

    def draw_text(self, painter: QPainter, text: str) -> None:
        """Paint what there is room for."""
        painter.drawText(self.rect(), int(self.alignment()) | Qt.TextFlag.TextSingleLine, text)
