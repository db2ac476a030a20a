"""What the window and the terminal may ask of the runtime: the one door between them.

Every coroutine runs on the runtime's event loop; events reach listeners on that loop's thread.
Coroutines raise errors of runtime.errors with sentences made to be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from runtime.planner.values import PlanningProblem, PlanOutcome
from runtime.snapshots import (
    DocumentSnapshot,
    Event,
    Finding,
    Hours,
    JobRequest,
    JobSnapshot,
    ModelSummary,
    PairingOffer,
    PlanAnswer,
    PlanRequest,
    PoolSnapshot,
)

Listener = Callable[[Event], None]
Unsubscribe = Callable[[], None]


class Service(Protocol):
    """A running HPipe: its pool, its models and its jobs."""

    def subscribe(self, listener: Listener) -> Unsubscribe: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    # The pool

    async def pool(self) -> PoolSnapshot: ...

    async def add_address(self, address: str) -> str:
        """Look for a machine at "host" or "host:port"; returns its id once it is found there."""

    async def pair(self, machine_id: str, code: str) -> None:
        """Pair with a machine by the six digits it shows."""

    async def offer_pairing(self) -> PairingOffer:
        """The code this machine shows to others; a fresh one when the last was used or expired."""

    async def forget(self, machine_id: str) -> None: ...

    async def rename(self, machine_id: str, name: str) -> None: ...

    async def include(self, machine_id: str, included: bool) -> None:
        """Take a machine into the pool or leave it out."""

    async def limit_memory(self, machine_id: str, limit_bytes: int | None) -> None: ...

    async def limit_hours(self, machine_id: str, hours: Hours | None) -> None:
        """Let a machine take part in those hours only; a job that runs is not broken off."""

    async def measure(self, model_id: str, *, again: bool = False, weight_bits: int = 16) -> None:
        """Measure every included machine and link on a model; cached ones only if `again`."""

    async def diagnose(self) -> tuple[Finding, ...]: ...

    # Models

    async def models(self) -> tuple[ModelSummary, ...]: ...

    async def add_model(self, source: str) -> ModelSummary:
        """Bring in a folder, a GGUF file, "demo" or a hub id; TransferMoved tells the progress."""

    async def remove_model(self, model_id: str) -> None:
        """Delete what this machine keeps of a model; refused while a job uses it."""

    async def search_hub(self, words: str) -> tuple[ModelSummary, ...]: ...

    # Plans

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """Measures what is not measured yet, then plans."""

    async def solve(self, problem: PlanningProblem) -> PlanOutcome:
        """Plan for a problem as it stands, such as one with a device that is not there."""

    # Documents and jobs

    async def read_document(self, path: Path) -> DocumentSnapshot: ...

    async def count_tokens(self, model_id: str, text: str) -> int: ...

    async def ask(self, request: JobRequest) -> str:
        """Queue a job and return its id; JobChanged tells the rest."""

    async def cancel(self, job_id: str) -> None: ...

    async def close_job(self, job_id: str) -> None:
        """Give back the session's memory; a follow-up question will read the document again."""

    async def history(self) -> tuple[JobSnapshot, ...]: ...

    async def delete_history(self, job_id: str) -> None: ...
