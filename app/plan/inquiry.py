"""Asks for a plan, and for one with machines nobody has; keeps the latest answer."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge, Call
from app.plan.guests import Guest, with_guests
from app.state import AppState
from runtime.errors import HPipeError
from runtime.planner.values import Plan, PlanningProblem, PlanOutcome
from runtime.service import Service
from runtime.snapshots import PlanAnswer, PlanRequest


class Inquiry(QObject):
    """`begun`, then `answered` or `failed`; what is answered is the problem and its outcome."""

    begun = Signal()
    answered = Signal(bool)  # whether what a person made of the last answer is to be kept
    failed = Signal(object)  # HPipeError

    def __init__(self, bridge: Bridge, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self.problem: PlanningProblem | None = None
        self.outcome: PlanOutcome | None = None
        self.guests: tuple[Guest, ...] = ()
        self.asked: PlanRequest | None = None
        self._asked_members: tuple[object, ...] = ()
        self._answer: PlanAnswer | None = None
        self._call: Call | None = None

    @property
    def without_guests(self) -> Plan | None:
        """The best plan of the machines that are there."""
        outcome = self._answer.outcome if self._answer is not None else None
        return outcome if isinstance(outcome, Plan) else None

    @property
    def best(self) -> Plan | None:
        """The plan the planner found, with guests if there are any; None: nothing fits."""
        return self.outcome if isinstance(self.outcome, Plan) else None

    @property
    def _members(self) -> tuple[object, ...]:
        """What of the pool a plan depends on."""
        return tuple((m.machine_id, m.memory_limit_bytes) for m in self._state.members)

    def differs(self, request: PlanRequest) -> bool:
        """Whether asking this now may be answered otherwise than what was asked last."""
        return request != self.asked or self._members != self._asked_members

    def ask(self, request: PlanRequest) -> None:
        self.cancel()
        self.asked, self._asked_members = request, self._members
        self.begun.emit()
        self._call = self._bridge.call(
            Service.plan, request, owner=self, on_done=self._on_answer, on_error=self._on_error
        )

    def cancel(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def forget(self) -> None:
        """The answer is of no use any more: another model, or no machine."""
        self.cancel()
        self.asked = None
        self._answer = None
        self.problem = self.outcome = None

    def add_guest(self, guest: Guest) -> None:
        self.guests = (*self.guests, guest)
        self._solve(keeps=False)

    def drop_guests(self) -> None:
        if self.guests and self._answer is not None:
            self.guests = ()
            self.cancel()
            self._take(self._answer.problem, self._answer.outcome, keeps=False)

    def _on_answer(self, answer: PlanAnswer) -> None:
        self._call = None
        self._answer = answer
        if self.guests:
            self._solve(keeps=True)
        else:
            self._take(answer.problem, answer.outcome, keeps=True)

    def _solve(self, *, keeps: bool) -> None:
        """Plan for the machines that are there and the guests."""
        if self._answer is None:
            return
        problem = with_guests(self._answer.problem, self.guests)
        self.cancel()
        self.begun.emit()
        self._call = self._bridge.call(
            Service.solve,
            problem,
            owner=self,
            on_done=lambda outcome: self._on_solved(problem, outcome, keeps),
            on_error=self._on_error,
        )

    def _on_solved(self, problem: PlanningProblem, outcome: PlanOutcome, keeps: bool) -> None:
        self._call = None
        self._take(problem, outcome, keeps=keeps)

    def _take(self, problem: PlanningProblem, outcome: PlanOutcome, *, keeps: bool) -> None:
        self.problem, self.outcome = problem, outcome
        self.answered.emit(keeps)

    def _on_error(self, error: HPipeError) -> None:
        self._call = None
        self.failed.emit(error)
