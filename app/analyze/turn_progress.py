"""How far a running question is, and the button that stops it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.analyze.open_document import Turn
from app.analyze.wording import fraction, icon_of, pace, step
from app.theme import GAP_SMALL
from app.widgets.basics import button, row
from app.widgets.elided import ElidedLabel
from app.widgets.icon_label import IconLabel
from runtime.snapshots import JobState

BAR_STEPS = 1000


class TurnProgress(QWidget):
    """One line of words, the bar below it, and Stop beside both."""

    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconLabel("waiting", "text_muted")
        self._step = ElidedLabel()
        self._pace = ElidedLabel()
        self._pace.setProperty("muted", True)
        self._bar = QProgressBar()
        self._bar.setRange(0, BAR_STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("How far it is"))
        self.cancel = button(
            self.tr("&Stop"),
            self.cancel_wanted.emit,
            icon="stop",
            name=self.tr("Stop answering this question"),
            tip=self.tr("Stop answering this question (Esc)"),
        )
        words = QVBoxLayout()
        words.setSpacing(GAP_SMALL)
        words.addLayout(row(self._icon, self._step, spacing=GAP_SMALL))
        words.addWidget(self._bar)
        words.addWidget(self._pace)
        layout = row(spacing=GAP_SMALL * 2)
        layout.addLayout(words, 1)
        layout.addWidget(self.cancel)
        self.setLayout(layout)

    def show_turn(self, turn: Turn, measured_share: float | None) -> None:
        """measured_share is how far measuring is, if machines are being measured."""
        self._icon.show_icon(*icon_of(turn))
        self._step.setText(step(turn, measured_share))
        self._pace.setText(pace(turn))
        job = turn.job
        self._bar.setValue(round(fraction(turn, measured_share) * BAR_STEPS))
        self._bar.setVisible(job is None or job.state is not JobState.ANSWERING)
        self.cancel.setEnabled(not turn.is_cancelling)
