"""What can be said of a plan, in sentences: who holds what, what is wrong, how it compares."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject

from app.format import duration, memory, number
from app.plan.faces import Face, layer_range
from app.plan.forecast import Forecast
from app.widgets.timeline import TimelineSpan
from runtime.planner.values import Plan, StagePlan

# Differences below this part of the time are called none.
SAME = 0.01


class PlanWords(QObject):
    """Sentences in the window's language; faces gives the names."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.faces: Mapping[str, Face] = {}

    def name(self, stage: StagePlan) -> str:
        return self.faces[stage.key].name

    def stage(self, stage: StagePlan) -> str:
        """Its layers and its memory: "1–12 · 1.2 GB of 9 GB"."""
        return self.tr("{layers} · {needed} of {limit}").format(
            layers=layer_range(stage),
            needed=memory(stage.memory_bytes),
            limit=memory(stage.memory_limit_bytes),
        )

    def sides(self, left: StagePlan, right: StagePlan) -> str:
        """Both stages of a boundary."""
        parts = [
            f"{self.name(stage)}: "
            + self.tr("%n layer(s)", "", stage.layer_count)
            + f", {self.stage(stage)}"
            for stage in (left, right)
        ]
        return "   |   ".join(parts)

    def excess(self, forecast: Forecast) -> str:
        stage = forecast.stages[forecast.excesses[0]]
        text = self.tr("{name} needs {needed} for {layers} and has {limit}.").format(
            name=self.name(stage),
            needed=memory(stage.memory_bytes),
            limit=memory(stage.memory_limit_bytes),
            layers=self.tr("%n layer(s)", "", stage.layer_count),
        )
        more = len(forecast.excesses) - 1
        if more:
            text += " " + self.tr("%n more machine(s) have too little, too.", "", more)
        return text

    def room(self, layers: int) -> str:
        """What to do about a stage with room for so many layers."""
        if layers:
            return self.tr("It has room for %n layer(s): move a boundary.", "", layers)
        return self.tr("Not one layer fits with a text of this length: leave it out.")

    def missing_link(self, left: StagePlan, right: StagePlan) -> str:
        return self.tr("No link from {left} to {right} was measured.").format(
            left=self.name(left), right=self.name(right)
        )

    def compared(self, plan: Plan, best: Plan) -> str:
        """Beside HPipe's choice."""
        mine, theirs = plan.prediction.answer_seconds, best.prediction.answer_seconds
        if abs(mine - theirs) <= SAME * theirs:
            return self.tr("The answer comes as fast as with HPipe's choice.")
        text = duration(abs(mine - theirs))
        if mine > theirs:
            return self.tr("The answer comes {time} later than with HPipe's choice.").format(
                time=text
            )
        return self.tr("The answer comes {time} sooner than with HPipe's choice.").format(time=text)

    def with_guests(self, names: tuple[str, ...], plan: Plan, without: Plan | None) -> str:
        """Beside what is possible without the machines nobody has."""
        who = ", ".join(names)
        if without is None:
            return self.tr("With {names} the model would fit.").format(names=who)
        mine, theirs = plan.prediction.answer_seconds, without.prediction.answer_seconds
        if abs(mine - theirs) <= SAME * theirs:
            return self.tr("With {names} the answer would come as fast as without.").format(
                names=who
            )
        text = duration(abs(mine - theirs))
        if mine > theirs:
            return self.tr("With {names} the answer would come {time} later.").format(
                names=who, time=text
            )
        return self.tr("With {names} the answer would come {time} sooner.").format(
            names=who, time=text
        )

    def guests_left_out(self, names: tuple[str, ...]) -> str:
        return self.tr("{names} would not make the answer come sooner.").format(
            names=", ".join(names)
        )

    def span(self, span: TimelineSpan, plan: Plan) -> str:
        """A bar of the predicted timeline."""
        took = duration(span.end - span.start)
        if span.kind == "sending":
            return self.tr("Chunk {number} to the next stage: {time}").format(
                number=span.number + 1, time=took
            )
        return self.tr("Chunk {number}, {tokens} tokens: {time}, done after {end}").format(
            number=span.number + 1,
            tokens=number(plan.chunk_lengths[span.number]),
            time=took,
            end=duration(span.end),
        )
