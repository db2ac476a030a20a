"""Why no split fits: how much each machine lacks, and what would help."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from app.format import memory
from app.said import said
from app.theme import GAP, GAP_SMALL, heading_font
from app.widgets.basics import button, card, label, row
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.planner.values import Infeasible

SHORTFALLS_SHOWN = 6


class Shortage(QWidget):
    """Shows an Infeasible. Names come from the page, as the planner knows only ids."""

    precision_wanted = Signal(int)  # in how many bits weights are to be kept

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame, inside = card()
        layout = row(frame)
        self.setLayout(layout)
        title = label(self.tr("No split of this model fits"), wrap=True)
        title.setFont(heading_font(self))
        self._reason = label(wrap=True)
        inside.addLayout(row(IconLabel("warning", "warning"), title, spacing=GAP_SMALL))
        inside.addWidget(self._reason)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(GAP)
        self._rows.setVerticalSpacing(GAP_SMALL)
        self._rows.setColumnStretch(1, 1)
        inside.addLayout(self._rows)
        self._suggestions = label(wrap=True)
        inside.addWidget(self._suggestions)
        self._weight_bits = 0
        self.narrow = button("", self._ask_precision)
        inside.addLayout(row(self.narrow, None))

    def _ask_precision(self) -> None:
        self.precision_wanted.emit(self._weight_bits)

    def show_outcome(self, outcome: Infeasible, name_of: Callable[[str, str], str]) -> None:
        """name_of gives the name of a device from its machine's id and its own."""
        self._reason.setText(said(outcome.reason))
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, shortfall in enumerate(outcome.shortfalls[:SHORTFALLS_SHOWN]):
            name = ElidedLabel(name_of(shortfall.machine_id, shortfall.device_id))
            name.setFixedWidth(190)
            text = self.tr("needs {needed}, has {limit}").format(
                needed=memory(shortfall.needed_bytes), limit=memory(shortfall.limit_bytes)
            )
            meter = QProgressBar()
            meter.setTextVisible(False)
            meter.setRange(0, 1000)
            share = shortfall.limit_bytes / max(1, shortfall.needed_bytes)
            meter.setValue(round(1000 * min(1.0, share)))
            meter.setAccessibleName(f"{name.text()}: {text}")
            words = label(text, level="error")
            words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows.addWidget(name, at, 0)
            self._rows.addWidget(meter, at, 1)
            self._rows.addWidget(words, at, 2)
        lines = "\n".join(f"•  {said(text)}" for text in outcome.suggestions)
        self._suggestions.setText(self.tr("What would help:") + "\n" + lines if lines else "")
        self._suggestions.setVisible(bool(lines))
        self._weight_bits = outcome.weight_bits
        words = self.tr("Plan with {bits}-bit weights").format(bits=outcome.weight_bits)
        self.narrow.setText(words)
        self.narrow.setAccessibleName(words)
        self.narrow.setVisible(outcome.weight_bits > 0)
        self.setAccessibleName(said(" ".join((outcome.reason, *outcome.suggestions))))
