"""Limits what a machine gives to the pool: its memory, and the hours of the day."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, QTime
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QSlider, QTimeEdit, QWidget

from app.format import memory
from app.widgets.basics import button, label, line, padded, row
from app.widgets.dialog import Dialog
from runtime.snapshots import Hours, MachineSnapshot

GIGABYTE = 2**30
SMALLEST_GIGABYTES = 0.5
TICKS_PER_GIGABYTE = 4
# What is proposed to a person who limits the hours for the first time: over night.
PROPOSED = Hours(from_minute=20 * 60, until_minute=8 * 60)

Limits = Callable[[int | None, Hours | None], object]


class LimitDialog(Dialog):
    """Calls on_limit with bytes and hours, each None for no limit."""

    def __init__(self, machine: MachineSnapshot, on_limit: Limits, parent: QWidget) -> None:
        super().__init__(parent, 520)
        self.set_title(
            self.tr("What {name} gives to the pool").format(name=machine.name),
            self.tr("It has {total} of memory, of which {free} are free now.").format(
                total=memory(machine.total_memory_bytes), free=memory(machine.free_memory_bytes)
            ),
        )
        self._on_limit = on_limit
        self._add_memory(machine)
        self.body.addWidget(line())
        self._add_hours(machine.hours)
        save = button(self.tr("Save"), self.save, kind="primary")
        save.setDefault(True)
        self.buttons.addWidget(button(self.tr("Cancel"), self.reject))
        self.buttons.addWidget(save)
        self._show_limited()
        self.limited.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_memory(self, machine: MachineSnapshot) -> None:
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

    def _add_hours(self, hours: Hours | None) -> None:
        self.timed = QCheckBox(self.tr("Take part &only from"))
        self.timed.setChecked(hours is not None)
        self.from_time = self._time(self.tr("Takes part from"), (hours or PROPOSED).from_minute)
        self.until_time = self._time(self.tr("Takes part until"), (hours or PROPOSED).until_minute)
        self._until = label(self.tr("until"))
        self.timed.toggled.connect(self._show_limited)
        remark = self.tr(
            "By the clock of this computer. A job that runs when they end is not broken off."
        )
        self.body.addLayout(row(self.timed, self.from_time, self._until, self.until_time, None))
        self.body.addWidget(label(remark, muted=True, wrap=True))

    def _time(self, name: str, minute: int) -> QTimeEdit:
        field = padded(QTimeEdit(QTime(minute // 60, minute % 60)))
        field.setDisplayFormat(QLocale().timeFormat(QLocale.FormatType.ShortFormat))
        field.setAccessibleName(name)
        return field

    def _follow_number(self, gigabytes: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(gigabytes * TICKS_PER_GIGABYTE))
        self.slider.blockSignals(False)

    def _follow_slider(self, ticks: int) -> None:
        self.gigabytes.setValue(ticks / TICKS_PER_GIGABYTE)

    def _show_limited(self) -> None:
        for field in (self.gigabytes, self.slider):
            field.setEnabled(self.limited.isChecked())
        for field in (self.from_time, self.until_time):
            field.setEnabled(self.timed.isChecked())

    @property
    def hours(self) -> Hours | None:
        """None too where they would be the whole day."""
        first, last = (
            field.time().hour() * 60 + field.time().minute()
            for field in (self.from_time, self.until_time)
        )
        if not self.timed.isChecked() or first == last:
            return None
        return Hours(from_minute=first, until_minute=last)

    def save(self) -> None:
        limit = round(self.gigabytes.value() * GIGABYTE) if self.limited.isChecked() else None
        hours = self.hours
        self.accept()
        self._on_limit(limit, hours)
