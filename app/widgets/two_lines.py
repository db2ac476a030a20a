"""List entries of two lines: a name that stands out, and below it what else there is to say."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.theme import GAP, GAP_SMALL, colors_of

Index = QModelIndex | QPersistentModelIndex


class TwoLines(QStyledItemDelegate):
    """The text before the first newline is the name. Both lines shorten with an ellipsis."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, 2 * option.fontMetrics.lineSpacing() + 2 * GAP_SMALL + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        name, _, rest = str(index.data(Qt.ItemDataRole.DisplayRole)).partition("\n")
        option.text = ""
        view = option.widget
        style = view.style() if view is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, view)
        colors = colors_of(view) if view is not None else None
        box = option.rect.adjusted(GAP, GAP_SMALL, -GAP, -GAP_SMALL)
        height = box.height() // 2
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.save()
        for place, (text, font, color) in enumerate(
            (
                (name, bold, colors.text if colors else "black"),
                (rest, option.font, colors.text_muted if colors else "black"),
            )
        ):
            painter.setFont(font)
            painter.setPen(QColor(color))
            line = QRect(box.left(), box.top() + place * height, box.width(), height)
            shown = painter.fontMetrics().elidedText(
                text.replace("\n", " "), Qt.TextElideMode.ElideRight, line.width()
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


def two_line_list(name: str) -> QListWidget:
    """An empty list of such entries; name is for screen readers."""
    result = QListWidget()
    result.setAccessibleName(name)
    result.setItemDelegate(TwoLines(result))
    result.setUniformItemSizes(True)
    result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return result
