"""The predicted timeline of a plan: its stages as rows, its chunks as bars."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.format import memory
from app.plan.faces import Face, layer_range
from app.plan.forecast import Forecast
from app.plan.words import PlanWords
from app.theme import heading_font
from app.widgets.basics import card, label, row
from app.widgets.legend import Legend
from app.widgets.timeline import Timeline, TimelineRow, TimelineSpan


class PredictedTimeline(QWidget):
    """A card with a heading and a legend; thin over a forecast."""

    def __init__(self, words: PlanWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._forecast: Forecast | None = None
        self.timeline = Timeline(self.tr("Predicted timeline"))
        self.timeline.tell_spans(self._span_words)
        title = label(self.tr("Predicted timeline of the reading"))
        title.setFont(heading_font(self))
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        legend = Legend(
            {"text_muted": self.tr("a chunk, numbered"), "sending": self.tr("sent to the next")}
        )
        frame, inside = card(is_flat=True)
        inside.addLayout(row(title, legend))
        inside.addWidget(self.timeline)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)

    def show_forecast(self, forecast: Forecast, faces: Mapping[str, Face]) -> None:
        self._forecast = forecast
        plan = forecast.plan
        slowest = plan.prediction.slowest_stage if plan else -1
        count = len(forecast.stages)
        self.timeline.show_rows(
            [
                TimelineRow(
                    name=faces[stage.key].name,
                    detail=self._words.stage(stage),
                    color=faces[stage.key].color,
                    mark=self.tr("slowest") if i == slowest and count > 1 else "",
                    level="error" if i in forecast.excesses else "",
                    short=f"{layer_range(stage)} · {memory(stage.memory_bytes)}",
                )
                for i, stage in enumerate(forecast.stages)
            ]
        )
        bars = plan.prediction.timeline if plan else ()
        self.timeline.show_spans(
            [
                TimelineSpan(
                    bar.stage, bar.start_seconds, bar.end_seconds,
                    "sending" if bar.on_link else "chunk", bar.chunk,
                )
                for bar in bars
            ],
            0.0,
            max((bar.end_seconds for bar in bars), default=1.0),
        )  # fmt: skip

    def _span_words(self, span: TimelineSpan) -> str:
        plan = self._forecast.plan if self._forecast is not None else None
        return self._words.span(span, plan) if plan is not None else ""
