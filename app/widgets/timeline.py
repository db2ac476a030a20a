"""Draws who does what when: a row for each stage, a bar for each chunk, a time axis below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import GAP_SMALL, Colors, colors_of, small_font, text_on
from app.widgets.hatch import hatched
from app.widgets.ticks import nice_step, seconds_text

Kind = Literal["chunk", "computing", "waiting", "sending"]

TALL_ROW = 34
ROW = 26
SHORT_ROW = 19
TALL_ROWS_AT_MOST = 5
ROWS_AT_MOST = 9
SEND_HEIGHT = 3.0
TICK_PIXELS = 84
# How far the first figure of the axis may stand to the left of it.
TICK_OVERHANG = 10


class TimelineRow(NamedTuple):
    """A stage: its machine's name and colour, a few words, and a mark such as "slowest".

    short is said instead of detail where rows are low.
    """

    name: str
    detail: str
    color: QColor
    mark: str = ""
    level: str = ""
    short: str = ""


class TimelineSpan(NamedTuple):
    """Something a row did from one second to another. number tells chunks apart."""

    row: int
    start: float
    end: float
    kind: Kind
    number: int


class Timeline(QWidget):
    """Bars of "chunk" have the machine's colour; the other kinds that of the state.

    States are told apart by height and pattern too: computing is full, waiting hatched, sending a
    thin line at the foot of its row.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: tuple[TimelineRow, ...] = ()
        self._spans: tuple[TimelineSpan, ...] = ()
        self._by_row: list[list[TimelineSpan]] = []
        self._from, self._to = 0.0, 1.0
        self._origin = 0.0
        self._when_empty = ""
        self._tick_text: Callable[[float, float], str] = seconds_text
        self._span_text: Callable[[TimelineSpan], str] | None = None

    def show_rows(self, rows: Sequence[TimelineRow]) -> None:
        if tuple(rows) != self._rows:
            is_taller = len(rows) != len(self._rows)
            self._rows = tuple(rows)
            if is_taller:
                self.updateGeometry()
            self.update()

    def show_spans(
        self, spans: Sequence[TimelineSpan], start: float, end: float, origin: float = 0.0
    ) -> None:
        """The bars, in any order, and the seconds at the left and right edges.

        The axis counts from origin.
        """
        self._spans = tuple(spans)
        self._by_row = [[] for _ in self._rows]
        for span in spans:
            if span.row < len(self._by_row):
                self._by_row[span.row].append(span)
        self.show_range(start, end, origin)

    def show_range(self, start: float, end: float, origin: float = 0.0) -> None:
        """The same bars, another stretch of time."""
        self._from, self._to = start, max(end, start + 1e-6)
        self._origin = origin
        # The labels stay what they were.
        left = self._label_width - TICK_OVERHANG
        self.update(left, 0, self.width() - left, self.height())

    def say_when_empty(self, text: str) -> None:
        """What stands there when no bar is in the stretch of time shown."""
        self._when_empty = text

    def tell_ticks(self, text: Callable[[float, float], str]) -> None:
        """How a moment of the axis is written, in seconds from the origin.

        It is told the farthest moment of the axis, too, so that all have one form.
        """
        self._tick_text = text

    def tell_spans(self, text: Callable[[TimelineSpan], str]) -> None:
        """What the tool tip says of a bar."""
        self._span_text = text

    # Geometry

    @property
    def row_height(self) -> int:
        if len(self._rows) <= TALL_ROWS_AT_MOST:
            return TALL_ROW
        return ROW if len(self._rows) <= ROWS_AT_MOST else SHORT_ROW

    @property
    def _axis_height(self) -> int:
        return QFontMetricsF(small_font(self)).height().__ceil__() + 8

    @property
    def _label_width(self) -> int:
        return max(120, min(230, self.width() * 3 // 10))

    def sizeHint(self) -> QSize:
        return QSize(480, max(1, len(self._rows)) * self.row_height + self._axis_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, self.sizeHint().height())

    def _x(self, second: float) -> float:
        left = self._label_width
        return left + (second - self._from) / (self._to - self._from) * (self.width() - left - 1)

    def second_at(self, x: float) -> float:
        left = self._label_width
        return self._from + (x - left) / max(1, self.width() - left - 1) * (self._to - self._from)

    def span_at(self, point: QPoint) -> TimelineSpan | None:
        """The bar under a point; the one drawn last where they overlap."""
        row = point.y() // self.row_height
        if not 0 <= row < len(self._by_row):
            return None
        found = None
        for span in self._by_row[row]:
            if self._x(span.start) - 1 <= point.x() <= self._x(span.end) + 1:
                found = span
        return found

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            span = self.span_at(event.pos())
            if span is not None and self._span_text is not None:
                QToolTip.showText(event.globalPos(), self._span_text(span), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = colors_of(self)
        left = self._label_width
        if event.rect().left() < left - TICK_OVERHANG:
            for index, row in enumerate(self._rows):
                self._paint_label(painter, colors, index, row)
        self._paint_axis(painter, colors)
        if self._when_empty and not any(
            span.end >= self._from and span.start <= self._to for span in self._spans
        ):
            middle = QRectF(left, 0, self.width() - left, len(self._rows) * self.row_height)
            painter.setFont(small_font(self))
            painter.setPen(QColor(colors.text_muted))
            painter.drawText(middle, int(Qt.AlignmentFlag.AlignCenter), self._when_empty)
            return
        painter.setClipRect(QRectF(left, 0, self.width() - left, self.height()))
        for index, row in enumerate(self._rows):
            if index < len(self._by_row):
                self._paint_row(painter, colors, index, row)

    def _paint_axis(self, painter: QPainter, colors: Colors) -> None:
        painter.setFont(small_font(self))
        metrics = QFontMetricsF(painter.font())
        bottom = len(self._rows) * self.row_height
        width = self.width() - self._label_width
        step = nice_step(self._to - self._from, max(2, width // TICK_PIXELS))
        first = self._origin + math.ceil((self._from - self._origin) / step - 1e-6) * step
        farthest = max(abs(self._from - self._origin), abs(self._to - self._origin))
        line = QColor(colors.border)
        for count in range(200):
            second = first + count * step
            if second > self._to + step * 1e-6:
                break
            x = min(round(self._x(second)), self.width() - 1)
            painter.fillRect(x, 0, 1, bottom + 3, line)
            text = self._tick_text(second - self._origin, farthest)
            wide = metrics.horizontalAdvance(text)
            at = min(max(x - wide / 2, self._label_width - TICK_OVERHANG), self.width() - wide - 1)
            painter.setPen(QColor(colors.text_muted))
            painter.drawText(QRectF(at, bottom + 5, wide + 2, metrics.height()), 0, text)

    def _paint_label(self, painter: QPainter, colors: Colors, index: int, row: TimelineRow) -> None:
        height = self.row_height
        top = index * height
        width = self._label_width - GAP_SMALL
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(row.color)
        painter.drawRoundedRect(QRectF(0, top + 4, 4, height - 8), 2, 2)
        levels = {"error": colors.danger, "warning": colors.warning, "good": colors.good}
        detail_color = QColor(levels.get(row.level, colors.text_muted))
        text_color = self.palette().color(QPalette.ColorRole.WindowText)
        name_area = QRectF(12, top, width - 12, height)
        detail = row.detail
        if height == TALL_ROW:
            name_area.setHeight(height / 2 + 1)
            below = QRectF(12, top + height / 2 - 1, width - 12, height / 2)
            words = f"{row.mark} · {detail}" if row.mark and detail else row.mark or detail
            self._text(painter, small_font(self), detail_color, below, words)
        elif detail := row.short or detail:
            metrics = QFontMetricsF(small_font(self))
            room = min(metrics.horizontalAdvance(detail), name_area.width() * 0.55)
            right = QRectF(name_area.right() - room, top, room, height)
            self._text(painter, small_font(self), detail_color, right, detail, to_right=True)
            name_area.setRight(right.left() - 6)
        self._text(painter, self.font(), text_color, name_area, row.name)

    def _text(
        self,
        painter: QPainter,
        font: object,
        color: QColor,
        area: QRectF,
        text: str,
        *,
        to_right: bool = False,
    ) -> None:
        painter.setFont(font)  # type: ignore[arg-type]
        painter.setPen(color)
        shown = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(area.width()) + 1
        )
        side = Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(area, int(flags), shown)

    def _paint_row(self, painter: QPainter, colors: Colors, index: int, row: TimelineRow) -> None:
        height = self.row_height
        top, tall = index * height + 3.0, height - 6.0 - SEND_HEIGHT
        paints = {
            "chunk": (QBrush(row.color), QBrush(row.color.lighter(118))),
            "computing": (QBrush(QColor(colors.computing)),) * 2,
            "waiting": (hatched(QColor(colors.waiting)),) * 2,
            "sending": (QBrush(QColor(colors.sending)),) * 2,
        }
        small = small_font(self)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        painter.setPen(text_on(row.color))
        drawn_to: dict[str, float] = {}
        for span in self._by_row[index]:
            if span.end < self._from or span.start > self._to:
                continue
            left, right = self._x(span.start), self._x(span.end)
            # Many thin bars of a kind on one pixel are one bar.
            if right <= drawn_to.get(span.kind, -math.inf) + 0.3:
                continue
            drawn_to[span.kind] = right
            wide = max(right - left, 0.6)
            gap = 1.0 if wide > 3 else 0.0
            brush = paints[span.kind][span.number % 2]
            if span.kind == "sending":
                painter.fillRect(QRectF(left, top + tall, wide, SEND_HEIGHT), brush)
                continue
            area = QRectF(left, top, wide - gap, tall)
            if span.kind == "waiting":
                area = QRectF(left, top + tall * 0.3, wide - gap, tall * 0.4)
            painter.fillRect(area, brush)
            label = str(span.number + 1)
            fits = area.width() > metrics.horizontalAdvance(label) + 6 and tall >= metrics.height()
            if span.kind == "chunk" and fits:
                painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), label)
