"""One large number with what it is above it and a remark below."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QPointF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.theme import figure_font, small_font
from app.widgets.basics import set_property
from app.widgets.elided import ElidedLabel


class FigureLine(ElidedLabel):
    """As high as a line of the window's language, and its text on one baseline, whatever it says.

    A label by itself is higher, and its text lies lower, where letters come from another font: so
    "3.6 秒" would stand lower than "454" beside it.
    """

    def __init__(self, text: str, font: QFont) -> None:
        super().__init__(text)
        self.setFont(font)
        line = QLabel(QLocale().nativeLanguageName())
        line.setFont(font)
        self._height = max(line.sizeHint().height(), self.fontMetrics().height())
        room = self._height - QFontMetricsF(font).height()
        self._baseline = QPointF(0, round(room / 2 + QFontMetricsF(font).ascent()))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height)

    def draw_text(self, painter: QPainter, text: str) -> None:
        painter.drawText(self._baseline, text)


class Figure(QWidget):
    """Thin: shows the texts it is given; the three together are its accessible name."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title_text = title
        self._title = FigureLine(title, small_font(self))
        self._title.setProperty("muted", True)
        self._value = FigureLine("–", figure_font(self))
        self._remark = FigureLine("", small_font(self))
        self._remark.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        for part in (self._title, self._value, self._remark):
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_value("–")

    @property
    def value(self) -> str:
        return self._value.text()

    @property
    def remark(self) -> str:
        return self._remark.text()

    def rename(self, title: str) -> None:
        """What it is a figure of; call it before show_value."""
        if title != self._title_text:
            self._title_text = title
            self._title.setText(title)

    def show_value(self, value: str, remark: str = "", level: str = "") -> None:
        """level colours the remark: "", "good", "warning" or "error"."""
        if value != self._value.text():
            self._value.setText(value)
        if remark != self._remark.text():
            self._remark.setText(remark)
        set_property(self._remark, "level", level)
        self.setAccessibleName(f"{self._title_text}: {value}. {remark}".strip())
