"""The timeline as it happened beside the predicted one, and a slider into the past."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QSlider, QVBoxLayout, QWidget

from app.format import duration
from app.monitor.measured_timeline import MeasuredTimeline
from app.monitor.run import Run
from app.monitor.view import WHOLE
from app.monitor.words import MonitorWords
from app.theme import GAP_LARGE, GAP_SMALL, heading_font
from app.widgets.basics import card, label, row, set_property
from app.widgets.ticks import seconds_text
from app.widgets.timeline import Timeline, TimelineSpan

LOOK_BACK_STEPS = 1000


class Timelines(QWidget):
    """Draws what the run says; looked_back carries how far along the past a person looks."""

    looked_back = Signal(float)

    def __init__(self, run: Run, words: MonitorWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._words = words
        self._predicted_from: float | None = None
        self.measured = MeasuredTimeline(self.tr("Timeline as it happened"))
        self.predicted = Timeline(self.tr("Timeline as it was predicted"))
        self.predicted.say_when_empty(self.tr("nothing was predicted for this time"))
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._beside.setSpacing(GAP_LARGE)
        for title, timeline in (
            (self.tr("As it happened"), self.measured),
            (self.tr("As it was predicted"), self.predicted),
        ):
            heading = label(title)
            heading.setFont(heading_font(self))
            column = QVBoxLayout()
            column.setSpacing(GAP_SMALL)
            column.addWidget(heading)
            column.addWidget(timeline)
            column.addStretch(1)
            self._beside.addLayout(column, 1)
            timeline.tell_ticks(self._tick_words)
            timeline.tell_spans(words.span)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, LOOK_BACK_STEPS)
        self.slider.setValue(LOOK_BACK_STEPS)
        self.slider.setPageStep(LOOK_BACK_STEPS // 20)
        self.slider.setAccessibleName(self.tr("Look back in time"))
        self.slider.valueChanged.connect(lambda at: self.looked_back.emit(at / LOOK_BACK_STEPS))
        self.where = label(muted=True)
        self.where.setMinimumWidth(110)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        name = label(self.tr("Look &back"), muted=True)
        name.setBuddy(self.slider)
        frame, inside = card(is_flat=True)
        inside.addLayout(self._beside)
        inside.addLayout(row(name, self.slider, self.where))
        self.setLayout(row(frame))

    def put_side_by_side(self, is_wide: bool) -> None:
        self._beside.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )

    def show_plan(self) -> None:
        """Take the predicted bars from the run's plan."""
        run = self._run
        self._predicted_from = run.times.began if run.times is not None else None
        self.predicted.show_rows([self._words.row(run, p) for p in range(len(run.stages))])
        window = run.window
        began = self._predicted_from
        spans = []
        if run.plan is not None and began is not None:
            spans = [
                TimelineSpan(
                    bar.stage,
                    began + bar.start_seconds,
                    began + bar.end_seconds,
                    "sending" if bar.on_link else "computing",
                    bar.chunk,
                )
                for bar in run.plan.prediction.timeline
            ]
        self.predicted.show_spans(spans, window.start, window.end, run.origin)

    def draw(self) -> None:
        """One frame."""
        run = self._run
        if (run.times.began if run.times is not None else None) != self._predicted_from:
            self.show_plan()
        window, origin = run.window, run.origin
        self.measured.show_rows([self._words.row(run, p) for p in range(len(run.stages))])
        self.measured.show_stages(
            run.stages, window.start, window.end, origin, is_working=run.is_working
        )
        self.predicted.show_range(window.start, window.end, origin)
        self._show_where()

    def _show_where(self) -> None:
        run = self._run
        first, last = run.past
        is_live = not run.view.is_paused
        end = run.window.end
        share = 1.0 if is_live or last <= first else (end - first) / (last - first)
        self.slider.blockSignals(True)
        self.slider.setValue(round(LOOK_BACK_STEPS * min(1.0, max(0.0, share))))
        self.slider.blockSignals(False)
        text = self.tr("end of the job") if run.is_over else self.tr("live")
        if not is_live:
            text = self.tr("{time} before its end") if run.is_over else self.tr("{time} ago")
            text = text.format(time=duration(max(0.0, run.now - end)))
        if text != self.where.text():
            self.where.setText(text)
            set_property(self.where, "level", "good" if is_live else "info")

    def _tick_words(self, second: float, farthest: float = 0.0) -> str:
        view = self._run.view
        is_live = view.span_seconds != WHOLE and not view.is_paused and not self._run.is_over
        if abs(second) < 1e-6 and is_live:
            return self.tr("now")
        return seconds_text(second, farthest)
