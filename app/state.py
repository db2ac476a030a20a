"""The last snapshots the window has seen, and what the person has chosen."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from runtime.errors import HPipeError
from runtime.planner.values import Plan
from runtime.service import Service
from runtime.snapshots import (
    ChunkFinished,
    DocumentSnapshot,
    JobSnapshot,
    JobState,
    LogWritten,
    MachineSnapshot,
    MachineState,
    ModelSummary,
    PoolSnapshot,
    TransferSnapshot,
)

LOG_LINES_KEPT = 2000
CHUNKS_KEPT = 20000
FINISHED = {JobState.DONE, JobState.CANCELLED, JobState.FAILED}
CONNECTED = {
    MachineState.PAIRED,
    MachineState.MEASURING,
    MachineState.READY,
    MachineState.WORKING,
}


class AppState(QObject):
    """What every page reads. Pages never change a snapshot; they ask the bridge to act."""

    pool_changed = Signal()
    models_changed = Signal()
    model_chosen = Signal()
    transfers_changed = Signal()
    job_changed = Signal(str)
    jobs_changed = Signal()  # a job came or went
    plan_chosen = Signal()
    weight_bits_chosen = Signal()
    prompt_changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pool: PoolSnapshot | None = None  # None: not known yet
        self.start_error: HPipeError | None = None  # why there is no service
        self.models: tuple[ModelSummary, ...] | None = None
        self.model_id = ""
        self.preferred_model_id = ""  # chosen when the window was open last
        self.transfers: dict[str, TransferSnapshot] = {}
        self.jobs: dict[str, JobSnapshot] = {}
        self.documents: dict[str, DocumentSnapshot] = {}  # by job id
        self.chunks: deque[ChunkFinished] = deque(maxlen=CHUNKS_KEPT)
        self.log: deque[LogWritten] = deque(maxlen=LOG_LINES_KEPT)
        # The plan a person made on the Plan page; None: the planner decides.
        self.chosen_plan: Plan | None = None
        # In how many bits jobs keep the layers' weights: 16, 8 or 4.
        self.weight_bits = 16
        # Length of the document that is open, 0 when none is.
        self.prompt_tokens = 0
        self._colors: dict[str, int] = {}
        bridge.pool_changed.connect(self._set_pool)
        bridge.models_changed.connect(self._set_models)
        bridge.transfer_moved.connect(self._set_transfer)
        bridge.job_changed.connect(self._set_job)
        bridge.chunk_finished.connect(self.chunks.append)
        bridge.log_written.connect(self.log.append)
        bridge.ready.connect(self._ask)
        bridge.start_failed.connect(self._set_start_error)
        bridge.restarting.connect(self._clear)
        self._bridge = bridge
        if bridge.is_ready:
            self._ask()

    def _ask(self) -> None:
        self.start_error = None
        self._bridge.call(Service.pool, owner=self, on_done=self._set_pool)
        self._bridge.call(Service.models, owner=self, on_done=self._set_models)
        self._bridge.call(Service.history, owner=self, on_done=self._set_history)

    # What is asked of it

    @property
    def machines(self) -> tuple[MachineSnapshot, ...]:
        return self.pool.machines if self.pool else ()

    @property
    def members(self) -> tuple[MachineSnapshot, ...]:
        """The machines that take part: connected, not left out and within their hours."""
        return tuple(m for m in self.machines if takes_part(m))

    @property
    def measured_share(self) -> float | None:
        """How far measuring is, 0 to 1; None if no machine is being measured."""
        shares = [m.progress or 0.0 for m in self.machines if m.state is MachineState.MEASURING]
        return sum(shares) / len(shares) if shares else None

    def machine(self, machine_id: str) -> MachineSnapshot | None:
        return next((m for m in self.machines if m.machine_id == machine_id), None)

    def machine_name(self, machine_id: str) -> str:
        machine = self.machine(machine_id)
        return machine.name if machine else machine_id[:8]

    @property
    def model(self) -> ModelSummary | None:
        return next((m for m in self.models or () if m.model_id == self.model_id), None)

    def color_index(self, machine_id: str) -> int:
        """A number that stays with a machine while the window is open, for its colour."""
        return self._colors.setdefault(machine_id, len(self._colors))

    @property
    def running_jobs(self) -> tuple[JobSnapshot, ...]:
        """The jobs at work, the one whose document is being read first."""
        running = [j for j in self.jobs.values() if j.state not in FINISHED | {JobState.WAITING}]
        return tuple(sorted(running, key=lambda job: job.state is not JobState.READING))

    @property
    def running_job(self) -> JobSnapshot | None:
        return next(iter(self.running_jobs), None)

    # What a person chose

    def choose_model(self, model_id: str) -> None:
        if model_id != self.model_id:
            self.model_id = model_id
            self.model_chosen.emit()
            self.choose_plan(None)

    @property
    def lacks_machine_of_plan(self) -> bool:
        """Whether the plan in use needs a machine that takes no part now."""
        here = {machine.machine_id for machine in self.members}
        plan = self.chosen_plan
        return plan is not None and any(stage.machine_id not in here for stage in plan.stages)

    def choose_plan(self, plan: Plan | None) -> None:
        """Use this plan for the next jobs; None lets the planner decide for each."""
        if plan != self.chosen_plan:
            self.chosen_plan = plan
            self.plan_chosen.emit()

    def choose_weight_bits(self, weight_bits: int) -> None:
        """Keep the layers' weights in so many bits from the next job on."""
        if weight_bits != self.weight_bits:
            self.weight_bits = weight_bits
            self.weight_bits_chosen.emit()

    def set_prompt_tokens(self, tokens: int) -> None:
        if tokens != self.prompt_tokens:
            self.prompt_tokens = tokens
            self.prompt_changed.emit()

    def forget_job(self, job_id: str) -> None:
        if self.jobs.pop(job_id, None) is not None:
            self.documents.pop(job_id, None)
            self.jobs_changed.emit()

    # What arrives

    def _set_start_error(self, error: HPipeError) -> None:
        self.start_error = error
        self.pool_changed.emit()

    def _clear(self) -> None:
        self.start_error = None
        self.pool = None
        self.models = None
        self.transfers.clear()
        self.pool_changed.emit()
        self.models_changed.emit()
        self.transfers_changed.emit()

    def _set_pool(self, pool: PoolSnapshot) -> None:
        self.pool = pool
        for machine in pool.machines:
            self.color_index(machine.machine_id)
        self.pool_changed.emit()

    def _set_models(self, models: tuple[ModelSummary, ...]) -> None:
        self.models = models
        self.models_changed.emit()
        installed = [m.model_id for m in models if m.is_installed]
        if self.model_id not in installed:
            if self.preferred_model_id in installed:
                self.choose_model(self.preferred_model_id)
            else:
                self.choose_model(installed[0] if installed else "")

    def _set_transfer(self, transfer: TransferSnapshot) -> None:
        if transfer.finished and not transfer.name:
            self.transfers.clear()
        elif transfer.finished:
            self.transfers.pop(transfer.name, None)
        else:
            self.transfers[transfer.name] = transfer
        self.transfers_changed.emit()

    def _set_job(self, job: JobSnapshot) -> None:
        is_new = job.job_id not in self.jobs
        self.jobs[job.job_id] = job
        if is_new:
            self.jobs_changed.emit()
        self.job_changed.emit(job.job_id)

    def _set_history(self, history: tuple[JobSnapshot, ...]) -> None:
        for job in history:
            self.jobs.setdefault(job.job_id, job)
        self.jobs_changed.emit()


def takes_part(machine: MachineSnapshot) -> bool:
    return machine.state in CONNECTED and machine.may_take_part
