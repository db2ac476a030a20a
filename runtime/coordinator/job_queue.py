"""Jobs one after another: queued, run, cancelled, kept in the history, followed up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Coroutine
from typing import Any

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.conversation import Conversation
from runtime.coordinator.history import History
from runtime.coordinator.job_run import ChosenModel, JobRun, Planner, Publish
from runtime.errors import HPipeError
from runtime.messages.stage import ChunkRecord
from runtime.snapshots import JobRequest, JobState

log = logging.getLogger(__name__)

ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
# How long the stages are waited for when everything is closed.
CLOSE_SECONDS = 2.0


class JobQueue:
    """Runs one job at a time over the pool's pipeline; the newest conversation stays open."""

    def __init__(
        self, assembly: Assembly, planner: Planner, history: History, publish: Publish
    ) -> None:
        self._assembly = assembly
        self._planner = planner
        self._history = history
        self._publish = publish
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._runs: dict[str, JobRun] = {}  # waiting and running
        self._conversations: dict[str, Conversation] = {}
        self._running: JobRun | None = None

    def ask(self, request: JobRequest, model: ChosenModel) -> str:
        """Queue a job; returns its id. Everything it comes to is published as snapshots."""
        job_id = uuid.uuid4().hex
        run = JobRun(job_id, request, model, self._publish)
        self._publish(run.snapshot)
        task = asyncio.create_task(self._take_turn(job_id, run), name=f"job {job_id}")
        self._tasks[job_id] = task
        self._runs[job_id] = run
        task.add_done_callback(lambda _: self._forget(job_id, run))
        return job_id

    async def cancel(self, job_id: str) -> None:
        """Stop a job, waiting or running; returns when its stages have stopped."""
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def finished(self, job_id: str) -> None:
        """Wait until a job has ended, however it ends."""
        task = self._tasks.get(job_id)
        if task is not None:
            await asyncio.wait([task])

    def uses(self, model_id: str) -> bool:
        """Whether a job that waits or runs needs a model."""
        return any(run.request.model_id == model_id for run in self._runs.values())

    async def close_model(self, model_id: str) -> None:
        """Close the sessions that are kept of a model; no job may use it."""
        for job_id, conversation in tuple(self._conversations.items()):
            if conversation.model_id == model_id:
                await self.close_job(job_id)

    async def close_job(self, job_id: str) -> None:
        """Give back the memory of a job's session, unless another question uses it."""
        conversation = self._conversations.pop(job_id, None)
        running = self._running
        if running is not None and running.snapshot.job_id == job_id:
            running.keeps_session = False
        if conversation is None or conversation in self._conversations.values():
            return
        if running is None or running.conversation is not conversation:
            await conversation.close()

    async def close(self) -> None:
        """Cancel all jobs and close all sessions; engines that are busy are not waited for."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if tasks:
                    await asyncio.wait(tasks)
                await self._close_conversations()
        # Without connections nothing is left to wait for.
        await self._assembly.release()
        if tasks:
            await asyncio.wait(tasks)

    def record(self, record: ChunkRecord) -> str:
        """Hand a chunk record to the job it belongs to; returns the job's id, or ""."""
        run = self._running
        if run is None or run.conversation is None or run.conversation.session != record.session:
            return ""
        run.record(record)
        return run.snapshot.job_id

    async def _take_turn(self, job_id: str, run: JobRun) -> None:
        async with self._turn:
            self._running = run
            try:
                await self._do(run)
            finally:
                try:
                    await undisturbed(self._settle(job_id, run))
                finally:
                    self._running = None

    async def _do(self, run: JobRun) -> None:
        """Run a job and publish how it ended, before its stages are tidied up."""
        try:
            earlier = self._conversations.get(run.request.follows)
            if earlier is None:
                await self._close_conversations()
            await run.run(self._planner, self._assembly, earlier)
            run.finish(JobState.DONE)
            self._keep(run)
        except asyncio.CancelledError:
            run.finish(JobState.CANCELLED)
            raise
        except HPipeError as problem:
            run.finish(JobState.FAILED, error=problem.message, hint=problem.hint)
        except Exception as problem:
            log.exception("a job failed unexpectedly")
            run.finish(
                JobState.FAILED,
                error=f"Something unexpected went wrong ({type(problem).__name__}: {problem}).",
                hint="This is a bug; the log has the details.",
            )

    def _forget(self, job_id: str, run: JobRun) -> None:
        self._tasks.pop(job_id, None)
        self._runs.pop(job_id, None)
        if run.snapshot.state not in ENDED:  # cancelled before its turn came
            run.finish(JobState.CANCELLED)

    def _keep(self, run: JobRun) -> None:
        """An answer that cannot be written to disk is still an answer."""
        try:
            self._history.keep(run.snapshot)
        except HPipeError as problem:
            log.warning("the answer was not kept in the history: %s", problem)

    async def _settle(self, job_id: str, run: JobRun) -> None:
        """Keep the session of an answered or stopped job for questions that follow; end others."""
        conversation = run.conversation
        if conversation is not None:
            state = run.snapshot.state
            if state is JobState.FAILED or not run.keeps_session:
                await conversation.close()
            elif state is JobState.CANCELLED:
                try:
                    await conversation.stop()
                except HPipeError:
                    await conversation.close()
            self._conversations[job_id] = conversation
        kept = self._conversations.items()
        self._conversations = {key: one for key, one in kept if one.is_of_use}
        await self._assembly.rest()

    async def _close_conversations(self) -> None:
        """Another document: the memory of earlier ones is needed."""
        for job_id in tuple(self._conversations):
            await self.close_job(job_id)


async def undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Do work to its end even if the task is cancelled (again) meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as problem:
            cancelled = problem
    task.result()
    if cancelled is not None:
        raise cancelled
