"""Everything about the chosen machine, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QVBoxLayout, QWidget

from app.format import memory, number, percent, time_of_day, token_rate
from app.machines.picture import neighbours
from app.machines.words import detail_words, memory_words, standing
from app.state import AppState
from app.theme import GAP, GAP_LARGE, GAP_SMALL, GAP_TINY, heading_font
from app.widgets.basics import button, label, row
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from app.widgets.page import scrolling
from runtime.snapshots import MachineSnapshot

MOST_LINKS = 16
USUAL_WIDTH = 300


class MachineDetails(QFrame):
    """A card that scrolls inside. Emits what a person wants; the page does it."""

    rename_wanted = Signal()
    limit_wanted = Signal()
    forget_wanted = Signal()
    pair_wanted = Signal()
    include_wanted = Signal(bool)

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._machine: MachineSnapshot | None = None
        self._facts: tuple[tuple[str, str], ...] = ()
        self.setProperty("kind", "card")
        self._icon = IconLabel("machine", "text_muted", 20)
        self._name = ElidedLabel()
        self._name.setFont(heading_font(self))
        self._state_icon = IconLabel("found", "text_muted", 16)
        self._detail = label(muted=True, wrap=True)
        self._included = QCheckBox(self.tr("&Use this machine"))
        self._included.setAccessibleName(self.tr("Use this machine in the pool"))
        self._included.clicked.connect(self.include_wanted.emit)
        self._rename = button(self.tr("Rename …"), self.rename_wanted.emit)
        self._limit = button(
            self.tr("Limits …"), self.limit_wanted.emit, name=self.tr("Limit its memory or hours")
        )
        self._forget = button(self.tr("Forget …"), self.forget_wanted.emit)
        self._pair = button(self.tr("Pair …"), self.pair_wanted.emit, kind="primary")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP_LARGE)
        self._grid.setVerticalSpacing(GAP_TINY)
        self._grid.setColumnStretch(1, 1)
        self._content = QWidget()
        inside = QVBoxLayout(self._content)
        inside.setContentsMargins(GAP_LARGE, 0, GAP_LARGE, GAP_SMALL)
        inside.setSpacing(GAP_SMALL)
        inside.addWidget(self._detail)
        inside.addLayout(self._grid)
        inside.addStretch(1)
        self._area = scrolling(self._content, self.tr("Facts about the chosen machine"))
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = row(self._icon, self._name, self._state_icon, spacing=GAP_SMALL)
        title.setStretch(1, 1)
        title.setContentsMargins(GAP_LARGE, GAP, GAP_LARGE, GAP_SMALL)
        actions = row(self._pair, self._rename, self._limit, None, spacing=GAP_SMALL)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(GAP_LARGE, GAP_SMALL, GAP_LARGE, GAP)
        bottom.setSpacing(GAP_SMALL)
        bottom.addLayout(row(self._included, None, self._forget))
        bottom.addLayout(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(title)
        layout.addWidget(self._area, 1)
        layout.addLayout(bottom)

    def sizeHint(self) -> QSize:
        """As tall as what it says: a scroll area by itself asks for less."""
        hint = super().sizeHint()
        width = max(USUAL_WIDTH, self._area.viewport().width())
        needed = self._content.layout().totalHeightForWidth(width)
        reckoned = self._area.sizeHint().expandedTo(self._area.minimumSizeHint()).height()
        return QSize(hint.width(), hint.height() + needed - reckoned)

    def show_machine(self, machine: MachineSnapshot | None) -> None:
        self._machine = machine
        self.setVisible(machine is not None)
        if machine is None:
            return
        self._icon.show_icon("this-machine" if machine.is_this_machine else "machine", "text_muted")
        self._name.setText(machine.name)
        words, icon, color = standing(machine)
        self._state_icon.show_icon(icon, color)
        detail = detail_words(machine)
        self._detail.setText(f"{words}. {detail}" if detail else words)
        self._included.setVisible(machine.is_paired)
        self._included.setChecked(machine.is_included)
        self._pair.setVisible(not machine.is_paired)
        self._limit.setVisible(bool(machine.total_memory_bytes) and machine.is_paired)
        self._forget.setVisible(machine.is_paired and not machine.is_this_machine)
        self._show_facts(tuple(self._list_facts(machine)))
        self.updateGeometry()

    def _list_facts(self, machine: MachineSnapshot) -> list[tuple[str, str]]:
        facts = [(self.tr("System"), machine.system)]
        for device in machine.devices:
            facts.append((self.tr("Device"), device.description.name))
            if device.prefill_tokens_per_second:
                facts.append((self.tr("Reads"), token_rate(device.prefill_tokens_per_second)))
            if device.decode_tokens_per_second:
                facts.append((self.tr("Writes"), token_rate(device.decode_tokens_per_second)))
        if machine.total_memory_bytes:
            facts.append((self.tr("Memory"), memory_words(machine)))
        if machine.memory_limit_bytes is not None:
            limit = self.tr("uses {size} at most").format(size=memory(machine.memory_limit_bytes))
            facts.append((self.tr("Limit"), limit))
        if machine.hours is not None:
            hours = (machine.hours.from_minute, machine.hours.until_minute)
            facts.append((self.tr("Hours"), " – ".join(time_of_day(minute) for minute in hours)))
        if machine.is_paired and machine.total_memory_bytes:
            facts.append((self.tr("Processor"), percent(machine.cpu_percent / 100)))
        if machine.temperature_celsius is not None:
            degrees = number(machine.temperature_celsius)
            facts.append((self.tr("Temperature"), self.tr("{n} °C").format(n=degrees)))
        facts.append((self.tr("Address"), ", ".join(machine.addresses)))
        for name, speed in neighbours(self._state, machine.machine_id)[:MOST_LINKS]:
            facts.append((self.tr("To {name}").format(name=name), speed))
        return [(title, text) for title, text in facts if text]

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        if facts == self._facts:
            return
        if [title for title, _ in facts] != [title for title, _ in self._facts]:
            while (item := self._grid.takeAt(0)) is not None:
                item.widget().hide()
                item.widget().deleteLater()
            for place, (title, text) in enumerate(facts):
                heading = ElidedLabel(title)
                heading.setProperty("muted", True)
                heading.setMaximumWidth(104)
                for column, one in enumerate((heading, ElidedLabel(text))):
                    self._grid.addWidget(one, place, column)
                    one.show()  # now, so that they count in the size hint
        else:
            for place, (_title, text) in enumerate(facts):
                value = self._grid.itemAtPosition(place, 1).widget()
                if isinstance(value, ElidedLabel) and value.text() != text:
                    value.setText(text)
        self._facts = facts
