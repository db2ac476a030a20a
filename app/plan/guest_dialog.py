"""Asks which device to try: "what if I had one of these?"."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidgetItem, QWidget

from app.format import bandwidth, memory, number
from app.plan.guests import NETWORKS, Guest, choices
from app.widgets.basics import button, label, row
from app.widgets.combo import ChoiceBox
from app.widgets.dialog import Dialog
from app.widgets.two_lines import two_line_list
from runtime.planner.described import GIGABIT_BYTES, NetworkFigures
from runtime.planner.figures import GIGABYTE, DeviceFigures

WIRELESS_BELOW_GIGABITS = 0.5


class GuestDialog(Dialog):
    """Calls on_choose with a Guest."""

    def __init__(self, on_choose: Callable[[Guest], object], parent: QWidget) -> None:
        super().__init__(parent, 460, 520)
        self.set_title(
            self.tr("What if you had …"),
            self.tr("The plan is made as if this device were there. Its speed is an estimate."),
        )
        self._on_choose = on_choose
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Search"))
        self.filter.setAccessibleName(self.tr("Search for a device"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._narrow)
        self.list = two_line_list(self.tr("Devices"))
        for device in choices():
            item = QListWidgetItem(f"{device.name}\n{self._words(device)}")
            item.setData(Qt.ItemDataRole.UserRole, device)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda _item: self.choose())
        self.network = ChoiceBox()
        self.network.setAccessibleName(self.tr("Its network"))
        for network in NETWORKS:
            self.network.addItem(self._network_words(network), network)
        network_label = label(self.tr("Joined &by"), muted=True)
        network_label.setBuddy(self.network)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.list, 1)
        self.body.addLayout(row(network_label, self.network, None))
        self._try = button(self.tr("&Try it"), self.choose, kind="primary")
        self._try.setDefault(True)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        self.buttons.addWidget(self._try)
        self.filter.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isHidden():
            return
        self._on_choose(Guest(item.data(Qt.ItemDataRole.UserRole), self.network.currentData()))
        self.accept()

    def _narrow(self, text: str) -> None:
        """Only the devices whose names hold every word."""
        words = text.casefold().split()
        first = None
        for at in range(self.list.count()):
            item = self.list.item(at)
            name = item.data(Qt.ItemDataRole.UserRole).name.casefold()
            item.setHidden(not all(word in name for word in words))
            if first is None and not item.isHidden():
                first = at
        self.list.setCurrentRow(-1 if first is None else first)
        self._try.setEnabled(first is not None)

    def _words(self, device: DeviceFigures) -> str:
        return self.tr("{memory} for a model, about {speed} TFLOP/s").format(
            memory=memory((device.memory_gb or 0.0) * GIGABYTE),
            speed=number(
                device.prefill_tflops or 0.0, 1 if (device.prefill_tflops or 0) < 10 else 0
            ),
        )

    def _network_words(self, network: NetworkFigures) -> str:
        rate = bandwidth(network.gigabits_per_second * GIGABIT_BYTES)
        if network.gigabits_per_second < WIRELESS_BELOW_GIGABITS:
            return self.tr("Wi-Fi, {rate}").format(rate=rate)
        return self.tr("a cable, {rate}").format(rate=rate)
