"""Puts widgets beside each other and goes on in a new line where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from app.theme import GAP_SMALL


class FlowLayout(QLayout):
    """Lines from the leading edge, as high as their highest item; spacing is beside an item."""

    def __init__(
        self,
        parent: QWidget | None = None,
        spacing: int = GAP_SMALL,
        line_spacing: int = GAP_SMALL,
    ) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._line_spacing = line_spacing
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._arrange(area, is_trial=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, area: QRect, *, is_trial: bool) -> int:
        """Place the items, or only find the height they take."""
        line: list[tuple[QLayoutItem, int, QSize]] = []
        x, y, height = area.x(), area.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            size.setWidth(min(size.width(), max(item.minimumSize().width(), area.width())))
            if line and x + size.width() > area.right() + 1:
                if not is_trial:
                    _place(line, y, height)
                line, x, y, height = [], area.x(), y + height + self._line_spacing, 0
            line.append((item, x, size))
            x += size.width() + self.spacing()
            height = max(height, size.height())
        if not is_trial:
            _place(line, y, height)
        return y + height - area.y()


def _place(line: list[tuple[QLayoutItem, int, QSize]], y: int, height: int) -> None:
    """The items of a line, each with its x and its size, in the middle of its height."""
    for item, x, size in line:
        item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
