"""Limits the memory a machine gives to the pool."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QSlider, QWidget

from app.format import memory
from app.widgets.basics import button, padded, row
from app.widgets.dialog import Dialog
from runtime.snapshots import MachineSnapshot

GIGABYTE = 2**30
SMALLEST_GIGABYTES = 0.5
TICKS_PER_GIGABYTE = 4


class LimitDialog(Dialog):
    """Calls on_limit with bytes, or with None for no limit."""

    def __init__(
        self,
        machine: MachineSnapshot,
        on_limit: Callable[[int | None], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent, 440)
        self.set_title(
            self.tr("Limit the memory of {name}").format(name=machine.name),
            self.tr("It has {total}, of which {free} are free now.").format(
                total=memory(machine.total_memory_bytes), free=memory(machine.free_memory_bytes)
            ),
        )
        self._on_limit = on_limit
        most = max(SMALLEST_GIGABYTES * 2, machine.total_memory_bytes / GIGABYTE)
        limit = machine.memory_limit_bytes
        self.limited = QCheckBox(self.tr("&Use at most"))
        self.limited.setChecked(limit is not None)
        self.gigabytes = padded(QDoubleSpinBox())
        self.gigabytes.setRange(SMALLEST_GIGABYTES, most)
        self.gigabytes.setDecimals(2)
        self.gigabytes.setSingleStep(0.5)
        self.gigabytes.setSuffix(self.tr(" GB"))
        self.gigabytes.setAccessibleName(self.tr("Most memory, in GB"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Most memory"))
        self.slider.setRange(
            round(SMALLEST_GIGABYTES * TICKS_PER_GIGABYTE), round(most * TICKS_PER_GIGABYTE)
        )
        self.gigabytes.valueChanged.connect(self._follow_number)
        self.slider.valueChanged.connect(self._follow_slider)
        self.gigabytes.setValue(most / 2 if limit is None else limit / GIGABYTE)
        self.limited.toggled.connect(self._show_limited)
        self.body.addLayout(row(self.limited, self.gigabytes, None))
        self.body.addWidget(self.slider)
        save = button(self.tr("Save"), self.save, kind="primary")
        save.setDefault(True)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        self.buttons.addWidget(save)
        self._show_limited()
        self.limited.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_number(self, gigabytes: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(gigabytes * TICKS_PER_GIGABYTE))
        self.slider.blockSignals(False)

    def _follow_slider(self, ticks: int) -> None:
        self.gigabytes.setValue(ticks / TICKS_PER_GIGABYTE)

    def _show_limited(self) -> None:
        for field in (self.gigabytes, self.slider):
            field.setEnabled(self.limited.isChecked())

    def save(self) -> None:
        limit = round(self.gigabytes.value() * GIGABYTE) if self.limited.isChecked() else None
        self.accept()
        self._on_limit(limit)
