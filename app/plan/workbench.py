"""Where a plan is made by hand: its figures, the bar of layers, its timeline and a comparison."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plan.comparison import ComparedPlan, Comparison
from app.plan.draft import Draft, alone, draft_of, even
from app.plan.edits import Edits
from app.plan.faces import Face
from app.plan.figures import PlanFigures
from app.plan.forecast import Forecast, Forecaster
from app.plan.layer_bar import LayerBar
from app.plan.predicted_timeline import PredictedTimeline
from app.plan.rivals import Rivals
from app.plan.verdict import Verdict
from app.plan.words import PlanWords
from app.said import said
from app.theme import GAP, GAP_LARGE
from app.widgets.basics import card, label
from app.widgets.note import Level
from runtime.planner.values import Plan, PlanningProblem


class Workbench(QWidget):
    """Holds one problem and the drafts of its solution. `changed` follows every edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.above = QVBoxLayout()
        self._forecaster: Forecaster | None = None
        self._edits: Edits | None = None
        self._faces: Mapping[str, Face] = {}
        self._words = PlanWords(self)
        self._without: Plan | None = None
        self._automatic: Plan | None = None
        self._best: Plan | None = None
        self._forecast: Forecast | None = None
        self._rivals = Rivals(self)
        self._others: tuple[ComparedPlan, ...] = ()
        self._boundary = -1
        self.figures = PlanFigures()
        self.bar = LayerBar()
        self.verdict = Verdict()
        self.predicted = PredictedTimeline(self._words)
        self.comparison = Comparison()
        self.bar.previewed.connect(self._preview)
        self.bar.edited.connect(self.do)
        self.bar.dropped.connect(self._show_current)
        self.bar.boundary_looked_at.connect(self._look_at)
        top, inside = card(is_flat=True)
        inside.addLayout(self.above)
        inside.addWidget(self.figures)
        inside.addWidget(self.bar)
        inside.addWidget(self.verdict)
        bottom, inside = card(is_flat=True)
        self.reason = label(muted=True, wrap=True)
        inside.addWidget(self.comparison)
        inside.addWidget(self.reason)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for part in (top, self.predicted, bottom):
            layout.addWidget(part)
        layout.addSpacing(GAP_LARGE)
        layout.addStretch(1)

    # What it holds

    @property
    def forecast(self) -> Forecast | None:
        return self._forecast

    @property
    def draft(self) -> Draft | None:
        return self._edits.current if self._edits else None

    @property
    def can_undo(self) -> bool:
        return self._edits is not None and self._edits.can_undo

    @property
    def can_redo(self) -> bool:
        return self._edits is not None and self._edits.can_redo

    @property
    def unused(self) -> tuple[str, ...]:
        """The devices of the problem that the draft leaves out."""
        if self._forecaster is None or self.draft is None:
            return ()
        return tuple(key for key in self._forecaster.keys if key not in self.draft.keys)

    @property
    def guests(self) -> tuple[str, ...]:
        """The names of what the draft uses and nobody has."""
        keys = self.draft.keys if self.draft else ()
        return tuple(self._faces[key].name for key in keys if self._faces[key].is_guest)

    @property
    def is_automatic(self) -> bool:
        return self.draft is not None and self._is_automatic(self.draft)

    @property
    def plan_to_use(self) -> Plan | None:
        """The plan a person may choose now; None: it cannot run."""
        if self._forecast is None or not self._forecast.can_run or self.guests:
            return None
        return self._automatic if self.is_automatic else self._forecast.plan

    # What is done to it

    def open(
        self,
        problem: PlanningProblem,
        automatic: Plan | None,
        faces: Mapping[str, Face],
        draft: Draft | None = None,
        without: Plan | None = None,
    ) -> None:
        """Work on a problem: with a draft if it fits the problem, else with the automatic plan.

        without is the best plan without the machines of the problem that nobody has.
        """
        was = self.draft
        self._forecaster = Forecaster(problem)
        self._faces = self._words.faces = faces
        self._without = without
        self._automatic = automatic
        start = draft if draft is not None and self._forecaster.knows(draft) else None
        if start is None and automatic is not None:
            start = draft_of(automatic.stages)
        if start is None:
            start = even(self._forecaster.keys, self._forecaster.layer_count)
        if self._edits is None or was is None or not self._forecaster.knows(was):
            self._edits = Edits(start)
        else:
            self._edits.do(start)
        self._best = None
        if automatic is not None:
            self._best = self._forecaster.forecast(draft_of(automatic.stages), automatic).plan
        self._others = self._rivals.of(
            problem, self._forecaster, faces, automatic=automatic, without_guests=without
        )
        why = automatic.reason if automatic is not None else ""
        self.reason.setText(self.tr("Why HPipe's choice: {reason}").format(reason=said(why)))
        self._show_current()

    def do(self, draft: Draft) -> None:
        """Make this the draft, as a step that can be undone."""
        if self._edits is not None:
            self._edits.do(draft)
            self._show_current()

    def undo(self) -> None:
        if self._edits is not None:
            self._edits.undo()
            self._show_current()

    def redo(self) -> None:
        if self._edits is not None:
            self._edits.redo()
            self._show_current()

    def take_automatic(self) -> None:
        if self._automatic is not None:
            self.do(draft_of(self._automatic.stages))

    def split_evenly(self) -> None:
        """The same layers for every machine that can be planned with, as in the comparison."""
        if self._forecaster is not None and self._forecaster.keys:
            self.do(even(self._forecaster.keys, self._forecaster.layer_count))

    def use_alone(self, key: str) -> None:
        if self.draft is not None:
            self.do(alone(key, self.draft.layer_count))

    def add_device(self, key: str) -> None:
        if self.draft is not None:
            self.do(self.draft.with_device(key))

    def _is_automatic(self, draft: Draft) -> bool:
        return self._automatic is not None and draft == draft_of(self._automatic.stages)

    # Showing

    def _preview(self, draft: Draft) -> None:
        """While something is dragged: the chunks stay, so that it follows the mouse."""
        if self._forecaster is not None:
            like = self._forecast.plan if self._forecast else None
            self._show(self._forecaster.forecast(draft, like))

    def _show_current(self) -> None:
        if self._forecaster is None or self._edits is None:
            return
        like = self._automatic if self.is_automatic else None
        self._show(self._forecaster.forecast(self._edits.current, like))
        # The verdict gives a reason of one sentence while it is HPipe's choice that is shown.
        reason = self._automatic.reason if self._automatic is not None else ""
        self.reason.setVisible(bool(reason) and (not self.is_automatic or ". " in reason))
        self.changed.emit()

    def _show(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self.bar.show_forecast(forecast, self._faces)
        plan = forecast.plan
        slowest = ""
        if plan is not None:
            slowest = self._faces[plan.stages[plan.prediction.slowest_stage].key].name
        self.figures.show_plan(plan, self._best, slowest)
        self.predicted.show_forecast(forecast, self._faces)
        mine = ComparedPlan(
            self.tr("This plan"),
            plan if forecast.can_run else None,
            len(forecast.stages),
            self.tr("does not fit") if forecast.excesses else self.tr("no link"),
        )
        # HPipe's choice is not listed twice.
        shows_automatic = self._is_automatic(forecast.draft)
        self.comparison.show_plans([mine, *self._others[1 if shows_automatic else 0 :]])
        self._say()

    # Words

    def _look_at(self, boundary: int) -> None:
        self._boundary = boundary
        self._say()

    def _say(self) -> None:
        forecast, words = self._forecast, self._words
        if forecast is None or self._forecaster is None:
            return
        stages = forecast.stages
        if forecast.excesses:
            room = self._forecaster.layers_that_fit(stages[forecast.excesses[0]])
            self.verdict.say("error", words.excess(forecast), words.room(room))
        elif forecast.missing_link is not None:
            left, right = forecast.missing_link
            self.verdict.say(
                "error",
                words.missing_link(stages[left], stages[right]),
                self.tr("Move one of them elsewhere, or measure again on the Machines page."),
            )
        elif 0 <= self._boundary < len(stages) - 1:
            at = self._boundary
            sides = words.sides(stages[at], stages[at + 1])
            self.verdict.say("info", sides, said(self._sentence()))
        elif any(face.is_guest for face in self._faces.values()):
            hint = self.tr("Estimated from figures of such devices, and not to be used by jobs.")
            self.verdict.say("info", self._sentence(), hint)
        else:
            hint = ""
            if len(stages) > 1:
                hint = self.tr(
                    "Drag a boundary, or press the arrow keys on it, to see what another split "
                    "costs."
                )
            text, _, more = self._sentence().partition(". ")
            text = f"{text}." if more else text
            level: Level = "good" if self.is_automatic else "info"
            self.verdict.say(level, said(text), said(more) or hint)

    def _sentence(self) -> str:
        """How what is shown now compares."""
        plan = self._forecast.plan if self._forecast is not None else None
        if self._forecast is None or plan is None:
            return ""
        guests = tuple(
            self._faces[k].name for k in self._forecast.draft.keys if self._faces[k].is_guest
        )
        if guests:
            return self._words.with_guests(guests, plan, self._without)
        automatic = self._automatic
        if automatic is not None and self._is_automatic(self._forecast.draft):
            left_out = tuple(face.name for face in self._faces.values() if face.is_guest)
            if left_out:
                return self._words.guests_left_out(left_out)
            return automatic.reason or self.tr("This is what HPipe would choose.")
        if self._best is None:
            return self.tr("This plan fits.")
        return self._words.compared(plan, self._best)
