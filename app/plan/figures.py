"""What a plan is predicted to cost, in a row of figures, beside what HPipe would choose."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.format import duration, number, percent, token_rate
from app.theme import GAP_LARGE
from app.widgets.figure import Figure
from runtime.planner.values import Plan

# Differences below this part are called none.
SAME = 0.01


class PlanFigures(QWidget):
    """TTFT, answer time, time per token, throughput, waiting, and the slowest stage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first_token = Figure(self.tr("First token"))
        self.answer = Figure(self.tr("Whole answer"))
        self.per_token = Figure(self.tr("Per token"))
        self.throughput = Figure(self.tr("Documents/hour"))
        self.waiting = Figure(self.tr("Machines wait"))
        self.slowest = Figure(self.tr("Slowest stage"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_LARGE)
        for figure, stretch in (
            (self.first_token, 5),
            (self.answer, 5),
            (self.per_token, 4),
            (self.throughput, 5),
            (self.waiting, 4),
            (self.slowest, 6),
        ):
            layout.addWidget(figure, stretch)

    def show_plan(self, plan: Plan | None, best: Plan | None, slowest: str) -> None:
        """plan None: nothing can be told; slowest is the name of the slowest stage's machine."""
        if plan is None:
            for figure in self.findChildren(Figure):
                figure.show_value("–")
            return
        cost = plan.prediction
        remark, level = "", ""
        if best is not None:
            remark, level = self._compared(cost.ttft_seconds, best.prediction.ttft_seconds)
        self.first_token.show_value(duration(cost.ttft_seconds), remark, level)
        if best is not None:
            remark, level = self._compared(cost.answer_seconds, best.prediction.answer_seconds)
        self.answer.show_value(duration(cost.answer_seconds), remark, level)
        rate = token_rate(1 / cost.tpot_seconds) if cost.tpot_seconds > 0 else ""
        self.per_token.show_value(duration(cost.tpot_seconds), rate)
        decimals = 1 if cost.documents_per_hour < 100 else 0
        self.throughput.show_value(
            number(cost.documents_per_hour, decimals), self.tr("of this length")
        )
        self.waiting.show_value(percent(cost.bubble_fraction), self.tr("of the reading"))
        busy = cost.stage_busy_seconds[cost.slowest_stage]
        self.slowest.show_value(slowest, self.tr("{time} of work").format(time=duration(busy)))

    def _compared(self, seconds: float, best: float) -> tuple[str, str]:
        if abs(seconds - best) <= SAME * best:
            return self.tr("as HPipe's choice"), ""
        text = duration(abs(seconds - best))
        if seconds > best:
            return self.tr("▲ {time} slower").format(time=text), "warning"
        return self.tr("▼ {time} faster").format(time=text), "good"
