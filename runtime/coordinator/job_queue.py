"""Jobs one after another: queued, run, cancelled, kept in the history, followed up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.conversation import Conversation
from runtime.coordinator.history import History
from runtime.coordinator.job_run import ChosenModel, JobRun, Planner, Publish
from runtime.errors import HPipeError
from runtime.messages.stage import ChunkRecord
from runtime.snapshots import JobRequest, JobState

log = logging.getLogger(__name__)


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
        self._runs: dict[str, JobRun] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._conversations: dict[str, Conversation] = {}
        self._running: JobRun | None = None

    def ask(self, request: JobRequest, model: ChosenModel) -> str:
        """Queue a job; returns its id. Everything it comes to is published as snapshots."""
        job_id = uuid.uuid4().hex
        run = JobRun(job_id, request, model, self._publish)
        self._runs[job_id] = run
        self._publish(run.snapshot)
        task = asyncio.create_task(self._take_turn(job_id, run), name=f"job {job_id}")
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job_id, None))
        return job_id

    async def cancel(self, job_id: str) -> None:
        """Stop a job, waiting or running; returns when its stages are told."""
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def finished(self, job_id: str) -> None:
        """Wait until a job has ended, however it ends."""
        task = self._tasks.get(job_id)
        if task is not None:
            await asyncio.wait([task])

    async def close_job(self, job_id: str) -> None:
        """Give back the memory of a job's session, unless a later question still uses it."""
        conversation = self._conversations.pop(job_id, None)
        if conversation is not None and conversation not in self._conversations.values():
            await conversation.close()

    async def close(self) -> None:
        """Cancel all jobs and close all sessions."""
        for job_id in tuple(self._tasks):
            await self.cancel(job_id)
        for job_id in tuple(self._conversations):
            await self.close_job(job_id)

    def record(self, record: ChunkRecord) -> str:
        """Hand a chunk record to the job it belongs to; returns the job's id, or ""."""
        run = self._running
        if run is None or run.conversation is None or run.conversation.session != record.session:
            return ""
        run.record(record)
        return run.snapshot.job_id

    async def _take_turn(self, job_id: str, run: JobRun) -> None:
        try:
            async with self._turn:
                self._running = run
                try:
                    earlier = self._conversations.get(run.request.follows)
                    if earlier is None:
                        await self._close_conversations()
                    await run.run(self._planner, self._assembly, earlier)
                    run.finish(JobState.DONE)
                    self._keep(run)
                finally:
                    self._running = None
                    await self._settle(job_id, run)
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

    def _keep(self, run: JobRun) -> None:
        """An answer that cannot be written to disk is still an answer."""
        try:
            self._history.keep(run.snapshot)
        except HPipeError as problem:
            log.warning("the answer was not kept in the history: %s", problem)

    async def _settle(self, job_id: str, run: JobRun) -> None:
        """Keep a finished job's session for questions that follow; end any other."""
        conversation = run.conversation
        if conversation is None or conversation.pipeline.broken is not None:
            return
        if run.snapshot.state is JobState.DONE:
            self._conversations[job_id] = conversation
            return
        with contextlib.suppress(HPipeError):
            await conversation.pipeline.cancel_session(conversation.session)
        await conversation.close()
        for other, kept in tuple(self._conversations.items()):
            if kept is conversation:
                del self._conversations[other]

    async def _close_conversations(self) -> None:
        """Another document: the memory of earlier ones is needed."""
        for job_id in tuple(self._conversations):
            await self.close_job(job_id)
