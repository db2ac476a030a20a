"""The list of machines: one card each, walked with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.machines.card import MachineCard
from app.machines.picture import MOST_CHIPS
from app.state import AppState
from app.theme import GAP_SMALL
from app.widgets.page import scrolling


class MachineList(QWidget):
    """Keeps a card per machine in the pool's order; widgets added to `below` follow them."""

    chosen = Signal(str)
    pair_wanted = Signal(str)
    help_wanted = Signal()
    menu_wanted = Signal(str, object)

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._cards: dict[str, MachineCard] = {}
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(0, 0, GAP_SMALL, 0)
        outer.setSpacing(GAP_SMALL)
        self._layout = QVBoxLayout()
        self._layout.setSpacing(GAP_SMALL)
        self.below = QVBoxLayout()
        outer.addLayout(self._layout)
        outer.addLayout(self.below)
        outer.addStretch(1)
        self._area = scrolling(content, self.tr("Machines"))
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)

    @property
    def cards(self) -> tuple[MachineCard, ...]:
        return tuple(self._cards.values())

    def card(self, machine_id: str) -> MachineCard:
        return self._cards[machine_id]

    def show_pool(self) -> None:
        pool = self._state.pool
        if pool is None:
            return
        wanted = [machine.machine_id for machine in pool.machines]
        for gone in [key for key in self._cards if key not in wanted]:
            card = self._cards.pop(gone)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        is_large = len(wanted) > MOST_CHIPS
        for number, machine in enumerate(pool.machines, start=1):
            if machine.machine_id not in self._cards:
                self._cards[machine.machine_id] = self._make_card(machine.machine_id)
            self._cards[machine.machine_id].show_machine(machine, pool, number if is_large else 0)
        if list(self._cards) != wanted or self._layout.count() != len(wanted):
            self._cards = {key: self._cards[key] for key in wanted}
            before: QWidget | None = None
            for place, card in enumerate(self._cards.values()):
                self._layout.removeWidget(card)
                self._layout.insertWidget(place, card)
                if before is not None:
                    self.setTabOrder(before, card)
                before = card

    def show_chosen(self, machine_id: str) -> None:
        for key, card in self._cards.items():
            card.show_chosen(key == machine_id)
        if machine_id in self._cards:
            self._area.ensureWidgetVisible(self._cards[machine_id], 0, GAP_SMALL)

    def focus_card(self, machine_id: str) -> None:
        if machine_id in self._cards:
            self._cards[machine_id].setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_card(self, machine_id: str) -> MachineCard:
        card = MachineCard(machine_id, self._state.color_index(machine_id))
        card.chosen.connect(self.chosen)
        card.pair_wanted.connect(self.pair_wanted)
        card.help_wanted.connect(self.help_wanted)
        card.menu_wanted.connect(self.menu_wanted)
        card.step_wanted.connect(lambda step: self._step(machine_id, step))
        return card

    def _step(self, machine_id: str, step: int) -> None:
        order = list(self._cards)
        place = order.index(machine_id) + step
        if 0 <= place < len(order):
            self.chosen.emit(order[place])
            self.focus_card(order[place])
