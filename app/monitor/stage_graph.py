"""One stage live: who it is, a few numbers, and how it spends its time."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.monitor.graph_image import Palette, stacked
from app.monitor.history import Shares
from app.theme import Colors, colors_of, small_font

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
    """Paints everything itself: a label that changes its text would lay out the page again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(GRAPH_HEIGHT)
        self._facts: StageFacts | None = None
        self._shares: Shares | None = None
        self.frames_drawn = 0

    def sizeHint(self) -> QSize:
        return QSize(LABEL_WIDTHS[0] + 240, GRAPH_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(LABEL_WIDTHS[0] + 100, GRAPH_HEIGHT)

    @property
    def _label_width(self) -> int:
        narrow, wide = LABEL_WIDTHS
        return max(narrow, min(wide, self.width() * 2 // 5))

    def show_stage(self, facts: StageFacts, shares: Shares) -> None:
        is_changed = facts != self._facts
        self._facts, self._shares = facts, shares
        left = 0 if is_changed else self._label_width
        self.update(left, 0, self.width() - left, self.height())

    def tell(self, words: str) -> None:
        """What a screen reader and the tool tip say; not more often than a person can follow."""
        self.setAccessibleName(words)
        self.setToolTip(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._facts is None or self._shares is None:
            return
        self.frames_drawn += 1
        painter = QPainter(self)
        colors = colors_of(self)
        left = self._label_width
        if event.rect().left() < left:
            self._paint_facts(painter, colors, self._facts)
        area = QRectF(left, 3, self.width() - left, self.height() - 6)
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio))
        pixels = stacked(self._shares, width, height, palette_of(colors), max(1, round(ratio)))
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        painter.drawImage(area, image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        line = QColor(colors.text)
        line.setAlphaF(0.12)
        painter.fillRect(left, round(area.center().y()), self.width() - left, 1, line)

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
            place = QRectF(12, y, room + 2, height)
            painter.drawText(place, int(Qt.TextFlag.TextSingleLine), shown)
            y += height


def palette_of(colors: Colors) -> Palette:
    return Palette(
        computing=QColor(colors.computing).rgb(),
        sending=QColor(colors.sending).rgb(),
        waiting=QColor(colors.waiting).rgb(),
        idle=QColor(colors.surface_raised).rgb(),
        unknown=QColor(colors.surface).rgb(),
        gap=QColor(colors.surface).rgb(),
    )
