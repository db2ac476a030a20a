"""The other plans a plan is compared with: HPipe's choice, even layers, one machine alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QObject

from app.plan.comparison import ComparedPlan
from app.plan.draft import alone, draft_of, even
from app.plan.faces import Face
from app.plan.forecast import Forecaster
from runtime.planner.values import Plan, PlanningProblem


class Rivals(QObject):
    """Forecasts them for a problem, in the window's words."""

    def of(
        self,
        problem: PlanningProblem,
        forecaster: Forecaster,
        faces: Mapping[str, Face],
        *,
        automatic: Plan | None,
        without_guests: Plan | None,
    ) -> tuple[ComparedPlan, ...]:
        if not forecaster.keys:
            return ()
        rows = []
        if automatic is not None:
            best = forecaster.forecast(draft_of(automatic.stages), automatic).plan
            rows.append(ComparedPlan(self.tr("HPipe's choice"), best, len(automatic.stages)))
        if without_guests is not None and any(face.is_guest for face in faces.values()):
            count = len(without_guests.stages)
            rows.append(ComparedPlan(self.tr("What you have"), without_guests, count))
        if len(forecaster.keys) > 1:
            rows.append(self._even(forecaster))
        rows.append(self._alone(problem, forecaster, faces))
        return tuple(rows)

    def _even(self, forecaster: Forecaster) -> ComparedPlan:
        split = forecaster.forecast(even(forecaster.keys, forecaster.layer_count))
        why = self.tr("does not fit") if split.plan else self.tr("no link")
        plan = split.plan if split.can_run else None
        return ComparedPlan(self.tr("Even layers"), plan, len(split.stages), why)

    def _alone(
        self, problem: PlanningProblem, forecaster: Forecaster, faces: Mapping[str, Face]
    ) -> ComparedPlan:
        """The machine that is fastest alone, as in the reason of HPipe's choice; else the main."""
        plans = {
            key: single.plan
            for key in forecaster.keys
            if (single := forecaster.forecast(alone(key, forecaster.layer_count))).can_run
        }
        main = next(
            (k for k in forecaster.keys if k.startswith(f"{problem.main_machine_id}/")),
            forecaster.keys[0],
        )
        fastest = min(plans, key=lambda key: _cost(problem, plans[key]), default=main)
        name = self.tr("{name} alone").format(name=faces[fastest].name)
        return ComparedPlan(name, plans.get(fastest), 1, self.tr("does not fit"))


def _cost(problem: PlanningProblem, plan: Plan | None) -> float:
    """What counts for the goal: the shorter the better."""
    if plan is None:
        return math.inf
    if problem.goal == "most_documents":
        return -plan.prediction.documents_per_hour
    return plan.prediction.answer_seconds
