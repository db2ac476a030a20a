"""Draws one of the window's icons in a colour of the theme."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.icons import ICON_SIZE, pixmap
from app.theme import colors_of


class IconLabel(QWidget):
    """A picture beside a text that says the same; color_role is a field of theme.Colors."""

    def __init__(
        self,
        name: str,
        color_role: str = "text",
        size: int = ICON_SIZE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._role = color_role
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, name: str, color_role: str) -> None:
        if (name, color_role) != (self._name, self._role):
            self._name, self._role = name, color_role
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        color = getattr(colors_of(self), self._role)
        picture = pixmap(self._name, color, self._size, self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, (self.height() - self._size) // 2, picture)
