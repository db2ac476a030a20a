"""One machine's layers in the bar: a block that can be focused, moved and left out."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.format import memory, number
from app.icons import pixmap
from app.plan.faces import Face, layer_range
from app.theme import colors_of, small_font, text_on
from app.widgets.painted import draw_line
from runtime.planner.values import StagePlan

METER_HEIGHT = 5.0
LEAVE_OUT_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
PAD = 9.0
# Words stand on their side in blocks narrower than this.
UPRIGHT_WIDTH = 62.0


class BlockLook(NamedTuple):
    """Everything a block shows."""

    face: Face
    stage: StagePlan
    place: int
    count: int
    is_slowest: bool

    @property
    def is_over(self) -> bool:
        return self.stage.memory_bytes > self.stage.memory_limit_bytes


class Block(QWidget):
    """Ctrl+arrow moves it, Delete leaves it out; the mouse drags it to another place."""

    dragged = Signal(float)  # the left edge it was dragged to
    released = Signal()
    dropped = Signal()
    moved = Signal(int)  # by keyboard or menu: -1 or 1 places
    left_out = Signal()
    chosen_alone = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._look: BlockLook | None = None
        self._pressed_at: QPointF | None = None
        self.is_dragged = False

    def show_look(self, look: BlockLook) -> None:
        if look != self._look:
            self._look = look
            words = self._words(look)
            self.setAccessibleName(words)
            self.setToolTip(words)
            self.update()

    def _words(self, look: BlockLook) -> str:
        stage = look.stage
        text = self.tr("{name} ({device}), stage {place} of {count}: layers {first} to {last}, "
                       "{needed} of {limit}").format(
            name=look.face.name, device=look.face.device, place=look.place + 1, count=look.count,
            first=stage.first_layer + 1, last=stage.last_layer,
            needed=memory(stage.memory_bytes), limit=memory(stage.memory_limit_bytes),
        )  # fmt: skip
        if look.is_over:
            text += self.tr(", more memory than it has")
        if look.is_slowest:
            text += self.tr(", the slowest stage")
        if look.face.is_guest:
            text += self.tr(", not a machine of yours")
        return text

    # By hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        far = (event.position() - self._pressed_at).manhattanLength()
        if not self.is_dragged and far >= QApplication.startDragDistance():
            self.is_dragged = True
            self.raise_()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self.is_dragged:
            self.dragged.emit(self.mapToParent(event.position()).x() - self._pressed_at.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end(self.released)

    def _end(self, signal: object) -> None:
        was_dragged, self.is_dragged, self._pressed_at = self.is_dragged, False, None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if was_dragged:
            signal.emit()  # type: ignore[attr-defined]

    def event(self, event: QEvent) -> bool:
        """The block's own keys are not taken for shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            is_arrow = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            is_moving = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if (is_arrow and is_moving) or event.key() in LEAVE_OUT_KEYS:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_moving = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape and self.is_dragged:
            self._end(self.dropped)
        elif event.key() == Qt.Key.Key_Left and is_moving:
            self.moved.emit(-1)
        elif event.key() == Qt.Key.Key_Right and is_moving:
            self.moved.emit(1)
        elif event.key() in LEAVE_OUT_KEYS:
            self.left_out.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._look is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        first = menu.addAction(self.tr("Move to the &left"), lambda: self.moved.emit(-1))
        first.setEnabled(self._look.place > 0)
        second = menu.addAction(self.tr("Move to the &right"), lambda: self.moved.emit(1))
        second.setEnabled(self._look.place < self._look.count - 1)
        menu.addSeparator()
        out = menu.addAction(self.tr("Leave this machine &out"), self.left_out.emit)
        out.setEnabled(self._look.count > 1)
        only = menu.addAction(self.tr("&Only this machine"), self.chosen_alone.emit)
        only.setEnabled(self._look.count > 1)
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.mapToGlobal(self.rect().center())
        menu.popup(at)

    # Drawing

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look
        if look is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = colors_of(self)
        fill = look.face.color
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        shape = QPainterPath()
        radius = min(7.0, area.width() / 3)
        shape.addRoundedRect(area, radius, radius)
        if self.is_dragged:
            painter.setOpacity(0.85)
        painter.fillPath(shape, fill)
        painter.save()
        painter.setClipPath(shape)
        self._paint_layers(painter, area, fill, look.stage.layer_count)
        if look.face.is_guest:
            pattern = QBrush(text_on(fill), Qt.BrushStyle.Dense7Pattern)
            painter.setOpacity(0.35)
            painter.fillRect(area, pattern)
            painter.setOpacity(1.0)
        self._paint_meter(painter, area, fill, look)
        if area.width() < UPRIGHT_WIDTH:
            self._paint_upright(painter, area, fill, look)
        else:
            self._paint_words(painter, area, fill, look)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if look.is_over:
            painter.setPen(QPen(QColor(colors.danger), 3))
            painter.drawPath(shape)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.text), 2))
            painter.drawRoundedRect(area, radius, radius)

    def _paint_layers(self, painter: QPainter, area: QRectF, fill: QColor, count: int) -> None:
        """A thin line where each layer begins, so that layers can be counted."""
        each = area.width() / max(1, count)
        if each < 5:
            return
        line = QColor(text_on(fill))
        line.setAlphaF(0.13)
        painter.setPen(QPen(line, 1))
        for i in range(1, count):
            x = area.left() + i * each
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_meter(self, painter: QPainter, area: QRectF, fill: QColor, look: BlockLook) -> None:
        """How full the memory is; striped when it is over."""
        pad = PAD if area.width() >= UPRIGHT_WIDTH else min(PAD, area.width() / 5)
        top = area.bottom() - PAD - METER_HEIGHT + 2
        track = QRectF(area.left() + pad, top, area.width() - 2 * pad, METER_HEIGHT)
        ink = QColor(text_on(fill))
        behind = QColor(ink)
        behind.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(behind)
        painter.drawRoundedRect(track, 2, 2)
        limit = max(1, look.stage.memory_limit_bytes)
        full = QRectF(track)
        full.setWidth(max(2.0, track.width() * min(1.0, look.stage.memory_bytes / limit)))
        painter.setBrush(QBrush(ink, Qt.BrushStyle.BDiagPattern) if look.is_over else QBrush(ink))
        painter.drawRoundedRect(full, 2, 2)

    def _paint_words(self, painter: QPainter, area: QRectF, fill: QColor, look: BlockLook) -> None:
        ink = text_on(fill)
        painter.setPen(ink)
        inside = area.adjusted(PAD, 6, -PAD, -PAD - METER_HEIGHT)
        icon_room = 0.0
        if look.is_over and inside.width() >= 16:
            picture = pixmap("warning", ink.name(), 16, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(inside.right() - 15, inside.top()), picture)
            icon_room = 20.0
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        lines = (
            (bold, (look.face.name,)),
            (small_font(self), self._layer_words(look)),
            (small_font(self), self._memory_words(look)),
        )
        y = inside.top()
        for at, (font, candidates) in enumerate(lines):
            metrics = QFontMetricsF(font)
            room = inside.width() - (icon_room if at == 0 else 0)
            painter.setFont(font)
            text = fitting(candidates, metrics, room)
            if text:
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
                draw_line(painter, QPointF(inside.left(), y), shown)
            y += metrics.height() + 1

    def _paint_upright(
        self, painter: QPainter, area: QRectF, fill: QColor, look: BlockLook
    ) -> None:
        """The name, and the layers if there is room, from bottom to top."""
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        lines = [(bold, look.face.name), (small_font(self), self._layer_words(look)[-2])]
        heights = [QFontMetricsF(font).height() for font, _ in lines]
        lines = lines[: 2 if sum(heights) <= area.width() - 2 else 1]
        if heights[0] > area.width() + 2:
            return
        length = area.height() - PAD - METER_HEIGHT - 8
        painter.setPen(text_on(fill))
        painter.save()
        painter.translate(area.left(), area.top() + length + 4)
        painter.rotate(-90)
        y = (area.width() - sum(heights[: len(lines)])) / 2
        for (font, text), height in zip(lines, heights, strict=False):
            painter.setFont(font)
            metrics = QFontMetricsF(font)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, length)
            draw_line(painter, QPointF(0, y), shown)
            y += height
        painter.restore()

    def _layer_words(self, look: BlockLook) -> tuple[str, ...]:
        stage = look.stage
        count = self.tr("%n layer(s)", "", stage.layer_count)
        places = layer_range(stage)
        slow = self.tr("slowest")
        long = f"{count}, {places}"
        if look.is_slowest:
            return (f"{long} · {slow}", f"{count} · {slow}", count, number(stage.layer_count))
        return (long, count, number(stage.layer_count))

    def _memory_words(self, look: BlockLook) -> tuple[str, ...]:
        needed, limit = memory(look.stage.memory_bytes), memory(look.stage.memory_limit_bytes)
        return (self.tr("{needed} of {limit}").format(needed=needed, limit=limit), needed, "")


def fitting(candidates: tuple[str, ...], metrics: QFontMetricsF, room: float) -> str:
    """The first text that fits; the only one is shortened, the last of several is dropped."""
    for text in candidates:
        if metrics.horizontalAdvance(text) <= room:
            return text
    return candidates[0] if len(candidates) == 1 and room > 14 else ""
