"""What the Plan page shows while machines are measured and the first plan is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.theme import GAP, heading_font
from app.widgets.basics import button, label, row
from runtime.snapshots import MachineSnapshot, MachineState


class Waiting(QWidget):
    """A title, how far the measuring is, and a way to stop it."""

    def __init__(self, on_cancel: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label(self.tr("Planning …"))
        self._title.setFont(heading_font(self))
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = label(muted=True, wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedWidth(320)
        self._bar.setAccessibleName(self.tr("Progress of measuring"))
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP)
        layout.addStretch(1)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(row(None, self._bar, None))
        layout.addLayout(row(None, button(self.tr("&Cancel"), on_cancel), None))
        layout.addStretch(1)

    def show_machines(
        self, machines: Sequence[MachineSnapshot], measured_share: float | None
    ) -> None:
        busy = [m for m in machines if m.state is MachineState.MEASURING]
        is_measuring = measured_share is not None
        self._title.setText(self.tr("Measuring …") if is_measuring else self.tr("Planning …"))
        self._bar.setVisible(is_measuring)
        if measured_share is not None:
            self._bar.setValue(round(1000 * measured_share))
            names = ", ".join(m.name for m in busy[:3]) + (" …" if len(busy) > 3 else "")
            self._text.setText(
                self.tr("{names}: how fast are they on this model? This is done once.").format(
                    names=names
                )
            )
        else:
            self._text.setText(self.tr("Looking for the best split of the layers."))
