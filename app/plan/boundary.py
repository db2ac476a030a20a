"""The handle between two blocks of the layer bar: a slider whose value is a layer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.theme import colors_of

HANDLE_WIDTH = 14


class Boundary(QAbstractSlider):
    """Arrow keys move one layer, Page Up and Down four, Home and End as far as it goes."""

    moved = Signal(int, bool)  # the layer; whether that is the end of the movement
    dropped = Signal()  # the movement was given up
    looked_at = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSingleStep(1)
        self.setPageStep(4)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._is_held = False
        self._held_from = 0
        self._pixels_per_layer = 1.0
        self.valueChanged.connect(self._on_value)

    @property
    def is_held(self) -> bool:
        return self._is_held

    def show_place(self, low: int, high: int, layer: int, pixels_per_layer: float) -> None:
        """Where it is and may go; says nothing to anyone."""
        was_blocked = self.blockSignals(True)
        self.setRange(low, high)
        self.setValue(layer)
        self.blockSignals(was_blocked)
        self._pixels_per_layer = pixels_per_layer

    def _on_value(self, layer: int) -> None:
        self.moved.emit(layer, not self._is_held)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_held = True
            self._held_from = self.value()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_held:
            # The handle itself moves along, so positions are those of the bar.
            x = self.mapToParent(event.position()).x()
            self.setValue(round(x / self._pixels_per_layer))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._is_held:
            self._is_held = False
            self.update()
            self.moved.emit(self.value(), True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_held:
            self._is_held = False
            self.update()
            self.dropped.emit()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling the page must not change the plan

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.looked_at.emit(True)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.looked_at.emit(False)
        self.update()

    def enterEvent(self, event: object) -> None:
        super().enterEvent(event)  # type: ignore[arg-type]
        self.looked_at.emit(True)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.looked_at.emit(False)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = colors_of(self)
        is_hot = self._is_held or self.underMouse() or self.hasFocus()
        grip = QRectF(self.width() / 2 - 4, self.height() / 2 - 16, 8, 32)
        painter.setBrush(QColor(colors.accent if is_hot else colors.text_muted))
        painter.setPen(QPen(QColor(colors.surface), 2))
        painter.drawRoundedRect(grip, 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
