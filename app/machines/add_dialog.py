"""The ways to bring a machine in: found in the network, by its address, or from over there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidgetItem, QWidget

from app.bridge import Bridge
from app.state import AppState
from app.theme import GAP_SMALL
from app.widgets.basics import button, label, line, row
from app.widgets.dialog import Dialog
from app.widgets.two_lines import two_line_list
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import MachineSnapshot, MachineState


class AddDialog(Dialog):
    """Emits pair_wanted with the machine that was chosen or found."""

    pair_wanted = Signal(str)
    code_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, bridge: Bridge, state: AppState, parent: QWidget) -> None:
        super().__init__(parent, 520)
        self.set_title(
            self.tr("Add a machine"),
            self.tr(
                "HPipe must run on the other machine too: its window, or “main.py worker” in a "
                "terminal."
            ),
        )
        self._bridge = bridge
        self._state = state
        self.found = two_line_list(self.tr("Machines found in the network"))
        self.found.setMinimumHeight(120)
        self.found.setMaximumHeight(180)
        self.found.itemActivated.connect(lambda _item: self._pair_found())
        self.found.currentRowChanged.connect(self._show_pair)
        self._none = label(
            self.tr("No machine that waits to be paired is found in this network yet."),
            muted=True,
            wrap=True,
        )
        self._pair = button(self.tr("&Pair …"), self._pair_found, kind="primary")
        self._pair.setAccessibleName(self.tr("Pair with the chosen machine"))
        self.address = QLineEdit()
        self.address.setPlaceholderText(self.tr("192.168.1.20 or desk.local"))
        self.address.setAccessibleName(self.tr("Address of the machine"))
        self.address.returnPressed.connect(self.look)
        self._look = button(self.tr("&Look there"), self.look)

        found_title = label(self.tr("Found in this &network"), muted=True)
        found_title.setBuddy(self.found)
        address_title = label(self.tr("By its &address"), muted=True)
        address_title.setBuddy(self.address)
        self.body.addWidget(found_title)
        self.body.addWidget(self.found)
        self.body.addWidget(self._none)
        self.body.addLayout(row(None, self._pair))
        self.body.addWidget(line())
        self.body.addWidget(address_title)
        self.body.addLayout(row(self.address, self._look, spacing=GAP_SMALL))
        self.buttons.insertWidget(
            0, button(self.tr("&Why is it not here?"), self._help, kind="quiet", icon="help")
        )
        self.buttons.addWidget(button(self.tr("Show this machine's &code …"), self._code))
        self.buttons.addWidget(button(self.tr("Close"), self.reject))
        state.pool_changed.connect(self._show_pool)
        self._show_pool()

    def _waiting(self) -> list[MachineSnapshot]:
        return [
            m for m in self._state.machines if m.state is MachineState.FOUND and not m.is_paired
        ]

    def _show_pool(self) -> None:
        waiting = self._waiting()
        shown = [
            self.found.item(i).data(Qt.ItemDataRole.UserRole) for i in range(self.found.count())
        ]
        if shown != [m.machine_id for m in waiting]:
            chosen = self._chosen()
            self.found.clear()
            for machine in waiting:
                text = f"{machine.name}\n{', '.join(machine.addresses)}"
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, machine.machine_id)
                self.found.addItem(item)
                if machine.machine_id == chosen:
                    self.found.setCurrentItem(item)
            if waiting and self.found.currentRow() < 0:
                self.found.setCurrentRow(0)
        self.found.setVisible(bool(waiting))
        self._none.setVisible(not waiting)
        self._show_pair()

    def _chosen(self) -> str:
        item = self.found.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item else ""

    def _show_pair(self) -> None:
        self._pair.setEnabled(bool(self._chosen()))

    def _pair_found(self) -> None:
        if self._chosen():
            machine_id = self._chosen()
            self.accept()
            self.pair_wanted.emit(machine_id)

    def look(self) -> None:
        """Look for a machine at the typed address."""
        address = self.address.text().strip()
        if not address:
            self.address.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.note.clear()
        self._look.setEnabled(False)
        self._look.setText(self.tr("Looking …"))
        self._bridge.call(
            Service.add_address,
            address,
            owner=self,
            on_done=self._answered,
            on_error=self._failed,
        )

    def _answered(self, machine_id: str | None) -> None:
        self._end_looking()
        self.address.clear()
        machine = self._state.machine(machine_id) if machine_id else None
        if machine is not None and not machine.is_paired:
            self.accept()
            self.pair_wanted.emit(machine.machine_id)
        else:
            self.note.say("good", self.tr("A machine answered and is in the list now."))

    def _failed(self, error: HPipeError) -> None:
        self._end_looking()
        self.note.show_error(error)
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)
        self.address.selectAll()

    def _end_looking(self) -> None:
        self._look.setEnabled(True)
        self._look.setText(self.tr("&Look there"))

    def _code(self) -> None:
        self.accept()
        self.code_wanted.emit()

    def _help(self) -> None:
        self.accept()
        self.help_wanted.emit()
