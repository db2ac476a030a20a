"""A service with real workers of this machine, and the jobs it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool_service import PoolService
from runtime.snapshots import DocumentSnapshot, Event, JobChanged, JobRequest, JobSnapshot, JobState

ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class Running:
    """A started service, and the latest snapshot of each of its jobs."""

    def __init__(self, service: PoolService, document: DocumentSnapshot, model_id: str) -> None:
        self.service = service
        self.document = document
        self.model_id = model_id
        self.jobs: dict[str, JobSnapshot] = {}
        self._changed = asyncio.Event()
        service.subscribe(self._take)

    async def ask(self, question: str, **changes: Any) -> str:
        fields = {"output_tokens": 12, **changes}
        return await self.service.ask(
            JobRequest(document=self.document, question=question, model_id=self.model_id, **fields)
        )

    async def until(self, job_id: str, *states: JobState) -> JobSnapshot:
        while self.jobs[job_id].state not in states:
            self._changed.clear()
            await self._changed.wait()
        return self.jobs[job_id]

    async def answered(self, question: str, **changes: Any) -> JobSnapshot:
        job = await self.until(await self.ask(question, **changes), *ENDED)
        assert job.state is JobState.DONE, f"{job.error} {job.hint}"
        return job

    def _take(self, event: Event) -> None:
        if isinstance(event, JobChanged):
            self.jobs[event.job.job_id] = event.job
            self._changed.set()


@asynccontextmanager
async def running(
    state: Path, cache: Path, model: str, document: DocumentSnapshot, workers: int = 2
) -> AsyncIterator[Running]:
    """A started service over so many workers, which answers from this document with this model."""
    options = ServiceOptions(
        local_workers=workers, threads=1, all_take_part=True, state=state, cache=cache
    )
    service = PoolService(options)
    try:
        await service.start()
        yield Running(service, document, (await service.add_model(model)).model_id)
    finally:
        await service.stop()
