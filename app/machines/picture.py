"""The pool as a picture: machines as nodes, measured links as lines with their speed."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.format import bandwidth
from app.icons import pixmap
from app.machines.placing import Place, along, places
from app.machines.words import described, link_between, link_words, standing
from app.state import AppState, takes_part
from app.theme import colors_of, machine_color, small_font, text_on
from runtime.snapshots import LinkSnapshot, MachineSnapshot

CHIP = QSize(132, 40)
DOT_RADIUS = 15
# Up to so many machines are drawn as chips with their names; more are numbered discs.
MOST_CHIPS = 5
# Up to so many links carry their speed without being chosen.
MOST_LABELS = 3
ICON = 14
FEW_HEIGHT = 174
# Below this the discs of sixteen machines overlap.
MANY_HEIGHT = 226


class PoolPicture(QWidget):
    """Click a machine or walk with the left and right arrows; the chosen one's links stand out."""

    chosen = Signal(str)

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._chosen = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Picture of the pool"))
        state.pool_changed.connect(self._show_pool)
        self._show_pool()

    def sizeHint(self) -> QSize:
        return QSize(360, 230)

    def show_chosen(self, machine_id: str) -> None:
        if machine_id != self._chosen:
            self._chosen = machine_id
            self.update()

    def _show_pool(self) -> None:
        lines = []
        for link in self._links():
            one, other = (
                self._state.machine_name(key) for key in (link.from_machine_id, link.to_machine_id)
            )
            lines.append(
                self.tr("{one} and {other}: {speed}").format(
                    one=one, other=other, speed=link_words(link)
                )
            )
        self.setAccessibleDescription("; ".join(lines))
        self.setMinimumSize(240, FEW_HEIGHT if self._has_chips else MANY_HEIGHT)
        self.update()

    def _links(self) -> list[LinkSnapshot]:
        """Each measured link once, whichever way it was measured."""
        pool = self._state.pool
        kept: dict[frozenset[str], LinkSnapshot] = {}
        for link in pool.links if pool else ():
            kept.setdefault(frozenset((link.from_machine_id, link.to_machine_id)), link)
        return list(kept.values())

    # Geometry

    @property
    def _has_chips(self) -> bool:
        return len(self._state.machines) <= MOST_CHIPS

    def _node_size(self) -> tuple[float, float]:
        if self._has_chips:
            return min(CHIP.width(), self.width() / 2 - 16), CHIP.height()
        return 2 * DOT_RADIUS, 2 * DOT_RADIUS

    def _places(self) -> dict[str, Place]:
        width, height = self._node_size()
        machines = self._state.machines
        where = places(len(machines), self.width(), self.height(), width / 2 + 6, height / 2 + 6)
        return {m.machine_id: place for m, place in zip(machines, where, strict=True)}

    def _node(self, place: Place) -> QRectF:
        width, height = self._node_size()
        return QRectF(place.x - width / 2, place.y - height / 2, width, height)

    def machine_at(self, point: QPointF) -> MachineSnapshot | None:
        for machine_id, place in self._places().items():
            if self._node(place).adjusted(-4, -4, 4, 4).contains(point):
                return self._state.machine(machine_id)
        return None

    # Drawing

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        where = self._places()
        links = [
            link
            for link in self._links()
            if link.from_machine_id in where and link.to_machine_id in where
        ]
        links.sort(key=self._is_marked)
        for link in links:
            self._draw_link(painter, link, where)
        is_few = len(links) <= MOST_LABELS
        chosen = self._state.machine(self._chosen)
        is_here = chosen is None or chosen.is_this_machine
        for link in links:
            # Around this machine there would be a label on every ray.
            is_own = self._touches_here(link) and not is_here
            if is_few or (self._is_marked(link) and (is_own or self._has_chips)):
                self._draw_speed(painter, link, where)
        for number, machine in enumerate(self._state.machines, start=1):
            if self._has_chips:
                self._draw_chip(painter, machine, self._node(where[machine.machine_id]))
            else:
                self._draw_disc(painter, machine, number, where[machine.machine_id])
        if chosen is not None and not self._has_chips:
            self._draw_name(painter, chosen, where[chosen.machine_id])

    def _is_marked(self, link: LinkSnapshot) -> bool:
        return self._chosen in (link.from_machine_id, link.to_machine_id)

    def _touches_here(self, link: LinkSnapshot) -> bool:
        ends = (self._state.machine(key) for key in (link.from_machine_id, link.to_machine_id))
        return any(end is not None and end.is_this_machine for end in ends)

    def _draw_link(self, painter: QPainter, link: LinkSnapshot, where: dict[str, Place]) -> None:
        colors = colors_of(self)
        color = QColor(colors.accent if self._is_marked(link) else colors.border_strong)
        if not self._is_marked(link) and not self._has_chips:
            color.setAlphaF(0.45)
        # One pixel at 1 Mb/s and one more for every factor of ten.
        megabits = max(1.0, link.bytes_per_second * 8 / 1e6)
        painter.setPen(QPen(color, min(4.0, 1.0 + 0.7 * math.log10(megabits))))
        start, end = where[link.from_machine_id], where[link.to_machine_id]
        painter.drawLine(QPointF(start.x, start.y), QPointF(end.x, end.y))

    def _draw_speed(self, painter: QPainter, link: LinkSnapshot, where: dict[str, Place]) -> None:
        colors = colors_of(self)
        painter.setFont(small_font(self))
        text = bandwidth(link.bytes_per_second)
        metrics = painter.fontMetrics()
        middle = along(where[link.from_machine_id], where[link.to_machine_id], 0.5)
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
        box.moveCenter(QPointF(middle.x, middle.y))
        if self._has_chips and any(box.intersects(self._node(place)) for place in where.values()):
            return  # no room between the two; the details say it too
        is_marked = self._is_marked(link)
        painter.setPen(QPen(QColor(colors.accent if is_marked else colors.border), 1))
        painter.setBrush(QColor(colors.surface))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QColor(colors.text if is_marked else colors.text_muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _outline(self, machine: MachineSnapshot) -> QPen:
        colors = colors_of(self)
        if machine.machine_id == self._chosen:
            return QPen(QColor(colors.text if self.hasFocus() else colors.accent), 2)
        is_here = takes_part(machine)
        style = Qt.PenStyle.SolidLine if is_here else Qt.PenStyle.DashLine
        return QPen(QColor(colors.border_strong), 1, style)

    def _draw_chip(self, painter: QPainter, machine: MachineSnapshot, box: QRectF) -> None:
        colors = colors_of(self)
        painter.setPen(self._outline(machine))
        painter.setBrush(QColor(colors.surface))
        painter.drawRoundedRect(box, 8, 8)
        color = machine_color(self._state.color_index(machine.machine_id))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(box.left() + 7, box.top() + 9, 4, box.height() - 18), 2, 2)
        _, icon, role = standing(machine)
        state = pixmap(icon, getattr(colors, role), ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(box.right() - ICON - 8, box.center().y() - ICON / 2), state)
        painter.setFont(self.font())
        is_here = takes_part(machine)
        painter.setPen(QColor(colors.text if is_here else colors.text_muted))
        room = box.adjusted(17, 0, -ICON - 12, 0)
        text = painter.fontMetrics().elidedText(
            machine.name, Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _draw_disc(
        self, painter: QPainter, machine: MachineSnapshot, number: int, place: Place
    ) -> None:
        colors = colors_of(self)
        color = machine_color(self._state.color_index(machine.machine_id))
        is_here = takes_part(machine)
        painter.setPen(self._outline(machine))
        painter.setBrush(color if is_here else QColor(colors.surface))
        radius = DOT_RADIUS
        painter.drawEllipse(QPointF(place.x, place.y), radius, radius)
        painter.setPen(text_on(color) if is_here else QColor(colors.text_muted))
        painter.setFont(small_font(self))
        painter.drawText(self._node(place), Qt.AlignmentFlag.AlignCenter, str(number))

    def _draw_name(self, painter: QPainter, machine: MachineSnapshot, place: Place) -> None:
        """The chosen disc's name, on the side where there is room."""
        colors = colors_of(self)
        painter.setFont(small_font(self))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(
            machine.name, Qt.TextElideMode.ElideRight, int(self.width() * 0.6)
        )
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
        distance = DOT_RADIUS + box.height() / 2 + 2
        is_low = place.y > self.height() * 0.66
        x = min(max(place.x, box.width() / 2 + 2), self.width() - box.width() / 2 - 2)
        box.moveCenter(QPointF(x, place.y - distance if is_low else place.y + distance))
        painter.setPen(QPen(QColor(colors.accent), 1))
        painter.setBrush(QColor(colors.accent_soft))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(colors.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # Choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        machine = self.machine_at(event.position())
        if machine is not None:
            self.chosen.emit(machine.machine_id)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        order = [machine.machine_id for machine in self._state.machines]
        if step is None or not order:
            super().keyPressEvent(event)
            return
        place = order.index(self._chosen) + step if self._chosen in order else 0
        self.chosen.emit(order[place % len(order)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            machine = self.machine_at(QPointF(event.pos()))
            if machine is not None:
                QToolTip.showText(event.globalPos(), described(machine, self._state.pool), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def neighbours(state: AppState, machine_id: str) -> list[tuple[str, str]]:
    """The names of the machines a machine is linked to, and how fast."""
    pool = state.pool
    if pool is None:
        return []
    found = []
    for other in pool.machines:
        link = link_between(pool, machine_id, other.machine_id)
        if link is not None and other.machine_id != machine_id:
            found.append((other.name, link_words(link)))
    return found
