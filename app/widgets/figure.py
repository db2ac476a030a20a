"""One large number with what it is above it and a remark below."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.theme import figure_font, small_font
from app.widgets.basics import set_property
from app.widgets.elided import ElidedLabel


class Figure(QWidget):
    """Thin: shows the texts it is given; the three together are its accessible name."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title_text = title
        self._title = ElidedLabel(title)
        self._title.setFont(small_font(self))
        self._title.setProperty("muted", True)
        self._value = ElidedLabel("–")
        self._value.setFont(figure_font(self))
        self._remark = ElidedLabel("")
        self._remark.setFont(small_font(self))
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
