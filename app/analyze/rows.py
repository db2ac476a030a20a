"""Draws the rows of the page's lists: an icon, a text, and a quieter one beside or below it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.icons import ICON_SIZE, pixmap
from app.theme import GAP_SMALL, GAP_TINY, colors_of, small_font

DETAIL = Qt.ItemDataRole.UserRole + 1
ICON = Qt.ItemDataRole.UserRole + 2  # (icon name, colour role)
KEY = Qt.ItemDataRole.UserRole + 3
PROGRESS = Qt.ItemDataRole.UserRole + 4  # 0 to 1; None: no line

LINE_HEIGHT = 2

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """The detail stands below the text, or at its right where rows are to be low."""

    def __init__(self, view: QWidget, *, is_two_lines: bool) -> None:
        super().__init__(view)
        self._view = view
        self._is_two_lines = is_two_lines

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        lines = option.fontMetrics.height()
        if self._is_two_lines:
            lines += option.fontMetrics.height() + GAP_TINY
        return QSize(120, lines + 2 * GAP_SMALL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colors = colors_of(self._view)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_background(painter, option)
        area = option.rect.adjusted(GAP_SMALL, GAP_SMALL, -GAP_SMALL, -GAP_SMALL)
        icon = index.data(ICON)
        if icon:
            name, role = icon
            picture = pixmap(
                name, getattr(colors, role), ICON_SIZE, self._view.devicePixelRatioF()
            )  # fmt: skip
            line = option.fontMetrics.height()
            painter.drawPixmap(area.left(), area.top() + (line - ICON_SIZE) // 2, picture)
            area.setLeft(area.left() + ICON_SIZE + GAP_SMALL)
        text, detail = str(index.data(Qt.ItemDataRole.DisplayRole)), str(index.data(DETAIL) or "")
        first = QRect(area)
        if self._is_two_lines:
            first.setHeight(option.fontMetrics.height())
            second = area.adjusted(0, first.height() + GAP_TINY, 0, 0)
            self._draw(painter, second, detail, small_font(self._view), colors.text_muted)
        elif detail:
            font = small_font(self._view)
            painter.setFont(font)
            width = min(painter.fontMetrics().horizontalAdvance(detail) + 1, area.width() // 2)
            right = QRect(area.right() - width, area.top(), width + 1, area.height())
            self._draw(painter, right, detail, font, colors.text_muted)
            first.setRight(right.left() - GAP_SMALL)
        font = QFont(option.font)
        if self._is_two_lines:
            font.setWeight(QFont.Weight.Medium)
        self._draw(painter, first, text, font, colors.text)
        self._paint_progress(painter, option.rect, index.data(PROGRESS))
        painter.restore()

    def _paint_progress(self, painter: QPainter, area: QRect, share: float | None) -> None:
        """A thin line at the bottom of the row, as far as it is."""
        if share is None:
            return
        colors = colors_of(self._view)
        line = QRect(
            area.left() + GAP_SMALL,
            area.bottom() - LINE_HEIGHT,
            area.width() - 2 * GAP_SMALL,
            LINE_HEIGHT,
        )
        painter.fillRect(line, QColor(colors.border))
        line.setWidth(round(line.width() * share))
        painter.fillRect(line, QColor(colors.accent))

    def _paint_background(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colors = colors_of(self._view)
        state = option.state
        area = option.rect.adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colors.accent_soft))
            painter.drawRoundedRect(area, 4, 4)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colors.surface_raised))
            painter.drawRoundedRect(area, 4, 4)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(colors.accent))
            painter.drawRoundedRect(area, 4, 4)

    def _draw(
        self, painter: QPainter, area: QRect, text: str, font: QFont, color: str
    ) -> None:  # fmt: skip
        painter.setFont(font)
        painter.setPen(QColor(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, int(flags) | Qt.TextFlag.TextSingleLine, shown)
