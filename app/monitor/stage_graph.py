"""One stage live: who it is, a few numbers, and how it spends its time."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.monitor.history import Shares
from app.monitor.shares_plot import SharesPlot
from app.theme import Colors, colors_of, small_font
from app.widgets.painted import draw_line

GRAPH_HEIGHT = 62
LABEL_WIDTHS = (166, 236)


class StageFacts(NamedTuple):
    """What stands beside a graph; level "error" marks a machine that is lost.

    Of each line the first text that fits is shown.
    """

    name: str
    color: QColor
    first_line: tuple[str, ...]
    second_line: tuple[str, ...]
    level: str = ""


class StageGraph(QWidget):
    """Paints the words itself: a label that changes its text would lay out the page again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(GRAPH_HEIGHT)
        self._facts: StageFacts | None = None
        self.plot = SharesPlot(self)
        self.plot.dress(colors_of(self))

    def sizeHint(self) -> QSize:
        return QSize(LABEL_WIDTHS[0] + 240, GRAPH_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(LABEL_WIDTHS[0] + 100, GRAPH_HEIGHT)

    @property
    def _label_width(self) -> int:
        narrow, wide = LABEL_WIDTHS
        return max(narrow, min(wide, self.width() * 2 // 5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left = self._label_width
        self.plot.setGeometry(left + 1, 4, self.width() - left - 2, self.height() - 8)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.plot.dress(colors_of(self))

    def show_stage(self, facts: StageFacts, shares: Shares) -> None:
        if facts != self._facts:
            self._facts = facts
            self.update(0, 0, self._label_width, self.height())
        self.plot.show_shares(shares)

    def tell(self, words: str) -> None:
        """What a screen reader and the tool tip say; not more often than a person can follow."""
        self.setAccessibleName(words)
        self.setToolTip(words)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._facts is None:
            return
        painter, colors = QPainter(self), colors_of(self)
        painter.setPen(QColor(colors.border))
        painter.drawRect(self.plot.geometry().adjusted(-1, -1, 0, 0))
        self._paint_facts(painter, colors, self._facts)

    def _paint_facts(self, painter: QPainter, colors: Colors, facts: StageFacts) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(facts.color)
        painter.drawRoundedRect(QRectF(0, 5, 4, self.height() - 10), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        small, bold = small_font(self), QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        muted = QColor(colors.danger if facts.level == "error" else colors.text_muted)
        lines = (
            (bold, QColor(colors.text), (facts.name,)),
            (small, muted, facts.first_line),
            (small, muted, facts.second_line),
        )
        heights = [QFontMetricsF(font).height() for font, *_ in lines]
        y = (self.height() - sum(heights)) / 2
        room = self._label_width - 12 - 10
        for (font, color, texts), height in zip(lines, heights, strict=True):
            painter.setFont(font)
            painter.setPen(color)
            metrics = QFontMetricsF(font)
            text = next((t for t in texts if metrics.horizontalAdvance(t) <= room), texts[-1])
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            draw_line(painter, QPointF(12, y), shown)
            y += height
