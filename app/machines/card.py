"""One machine in the list: who it is, how it is, and what it brings."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.machines.fact import Fact
from app.machines.mark import MachineMark
from app.machines.words import (
    STATE_LEVELS,
    described,
    detail_words,
    devices_and_system,
    link_to_here,
    link_words,
    memory_words,
    speed_words,
    standing,
)
from app.theme import GAP, GAP_SMALL, GAP_TINY
from app.widgets.basics import button, label, row, set_property
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.snapshots import MachineSnapshot, MachineState, PoolSnapshot

STEPS = 1000
QUIET_DETAILS = (MachineState.READY, MachineState.PAIRED, MachineState.WORKING)


class MachineCard(QFrame):
    """Thin over a snapshot. Takes the focus; arrows are the list's."""

    chosen = Signal(str)
    pair_wanted = Signal(str)
    help_wanted = Signal()
    menu_wanted = Signal(str, object)  # machine id, where on the screen
    step_wanted = Signal(int)  # to the next (1) or previous (-1) card

    def __init__(self, machine_id: str, color: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.machine_id = machine_id
        self._shown: tuple[object, ...] = ()
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._mark = MachineMark(color)
        self._name = ElidedLabel()
        font = self._name.font()
        font.setWeight(font.Weight.DemiBold)
        self._name.setFont(font)
        self._here = label(self.tr("this machine"), muted=True)
        self._state_icon = IconLabel("found", "text_muted", 16)
        self._state = label()
        self._what = ElidedLabel()
        self._what.setProperty("muted", True)
        self._memory = Fact("memory", self.tr("Memory"))
        self._speed = Fact("measuring", self.tr("Reads the chosen model at"))
        self._link = Fact("network", self.tr("Network to this machine"))
        self._detail = label(muted=True, wrap=True)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.tr("Progress of measuring"))
        self._pair = button(self.tr("Pair …"), lambda: self.pair_wanted.emit(machine_id))
        self._why = button(self.tr("Why?"), self.help_wanted.emit)

        title = row(self._name, spacing=GAP_SMALL)
        title.setStretch(0, 1)
        for widget in (self._here, self._state_icon, self._state):
            title.addWidget(widget)
        self._facts = QWidget()
        facts = QGridLayout(self._facts)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setHorizontalSpacing(GAP_SMALL)
        for column, fact in enumerate((self._memory, self._speed, self._link)):
            facts.addWidget(fact, 0, column)
            facts.setColumnStretch(column, 1)
        words = QVBoxLayout()
        words.setSpacing(GAP_TINY)
        words.addLayout(title)
        words.addWidget(self._what)
        words.addWidget(self._facts)
        below = row(self._detail, self._why, self._pair, spacing=GAP_SMALL)
        below.setStretch(0, 1)
        words.addLayout(below)
        words.addWidget(self._progress)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self._mark)
        layout.addLayout(words, 1)

    def show_machine(self, machine: MachineSnapshot, pool: PoolSnapshot, number: int) -> None:
        """number is the machine's in the picture of a large pool, 0 in a small one."""
        link = link_to_here(pool, machine)
        if (machine, link, number) == self._shown:
            return
        self._shown = (machine, link, number)
        self._mark.show_mark(number, not machine.may_take_part or not machine.is_paired)
        self._name.setText(machine.name)
        self._here.setVisible(machine.is_this_machine)
        words, icon, color = standing(machine)
        self._state.setText(words)
        set_property(self._state, "level", STATE_LEVELS.get(color, ""))
        self._state_icon.show_icon(icon, color)
        self._what.setText(devices_and_system(machine))
        self._memory.show_text(memory_words(machine))
        self._speed.show_text(speed_words(machine))
        self._link.show_text(link_words(link))
        self._facts.setVisible(bool(memory_words(machine) or speed_words(machine) or link))
        detail = detail_words(machine)
        has_detail = bool(detail) and (machine.is_off_hours or machine.state not in QUIET_DETAILS)
        self._detail.setText(detail if has_detail else "")
        self._detail.setVisible(has_detail)
        measuring = machine.is_included and machine.state is MachineState.MEASURING
        self._progress.setVisible(measuring)
        if machine.progress is None:
            self._progress.setRange(0, 0 if measuring else STEPS)
        else:
            self._progress.setRange(0, STEPS)
            self._progress.setValue(round(STEPS * machine.progress))
        can_pair = machine.state is MachineState.FOUND and not machine.is_paired
        self._pair.setVisible(can_pair)
        self._pair.setAccessibleName(self.tr("Pair with {name}").format(name=machine.name))
        self._why.setVisible(machine.state in (MachineState.LOST, MachineState.REFUSED))
        self._why.setAccessibleName(self.tr("Why is {name} not here?").format(name=machine.name))
        self.setAccessibleName(described(machine, pool))

    def show_chosen(self, is_chosen: bool) -> None:
        set_property(self, "selected", "true" if is_chosen else "false")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.machine_id)
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.chosen.emit(self.machine_id)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step_wanted.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pair.isVisible():
            self._pair.click()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.chosen.emit(self.machine_id)
        self.menu_wanted.emit(self.machine_id, event.globalPos())
