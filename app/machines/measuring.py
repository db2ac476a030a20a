"""Measures the machines on the chosen model, once more or for the first time, and stops it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge, Call
from app.machines.words import speed
from app.state import AppState
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import MachineState

UNMEASURED = (MachineState.PAIRED, MachineState.READY)


class Measuring(QObject):
    """`start` or `stop`; `changed` says that what can be done is another thing."""

    changed = Signal()
    failed = Signal(object)  # HPipeError

    def __init__(self, bridge: Bridge, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self._call: Call | None = None
        self._known: set[str] | None = None  # the machines that were paired when last looked
        self._new: set[str] = set()  # those paired since the window opened, not measured yet
        for signal in (
            state.pool_changed,
            state.model_chosen,
            state.jobs_changed,
            state.job_changed,
        ):
            signal.connect(self._look)

    @property
    def is_under_way(self) -> bool:
        return self._call is not None

    @property
    def can_act(self) -> bool:
        """Start, or stop what is under way; a job is not disturbed."""
        is_free = bool(self._state.members) and self._state.running_job is None
        return self.is_under_way or is_free

    @property
    def words(self) -> str:
        """What the button says."""
        if self.is_under_way:
            return self.tr("Stop measuring")
        if any(speed(machine) is None for machine in self._state.members):
            return self.tr("Measure")
        return self.tr("Measure again")

    def start(self, model_id: str, *, again: bool = True) -> None:
        """again: also those that were measured on this model before."""
        self._call = self._bridge.call(
            Service.measure,
            model_id,
            again=again,
            owner=self,
            on_done=lambda _nothing: self._end(),
            on_error=self._on_error,
        )
        self.changed.emit()

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._end()

    def _look(self, *_what: Any) -> None:
        self._greet()
        self.changed.emit()

    def _greet(self) -> None:
        """Measure a machine that was paired just now, as soon as it is here and nothing runs."""
        if self._state.pool is None:
            return
        paired = {machine.machine_id for machine in self._state.machines if machine.is_paired}
        self._new |= paired - (paired if self._known is None else self._known)
        self._known = paired
        here = {
            machine.machine_id
            for machine in self._state.members
            if machine.state in UNMEASURED and speed(machine) is None
        }
        model = self._state.model
        if self._new & here and model is not None and self.can_act and not self.is_under_way:
            self._new -= here
            self.start(model.model_id, again=False)

    def _end(self) -> None:
        self._call = None
        self.changed.emit()

    def _on_error(self, error: HPipeError) -> None:
        self._end()
        self.failed.emit(error)
