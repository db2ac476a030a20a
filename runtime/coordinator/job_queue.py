"""Jobs in the order they were asked: queued, run, cancelled, kept in the history, followed up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.conversation import Conversation
from runtime.coordinator.history import History
from runtime.coordinator.job_run import ChosenModel, JobRun, Planner, Publish, split_of
from runtime.errors import DoesNotFit, HPipeError
from runtime.messages.stage import ChunkRecord
from runtime.planner.values import Plan
from runtime.snapshots import JobRequest, JobState

log = logging.getLogger(__name__)

ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
# More would share the same stages without leaving fewer of them idle.
SIDE_BY_SIDE = 4
# Sessions of earlier questions that are kept for others to follow.
KEPT_SESSIONS = 4
# How long the stages are waited for when everything is closed.
CLOSE_SECONDS = 2.0


class JobQueue:
    """Runs jobs over the pool's pipeline, several at once where they can share it.

    They begin in the order they were asked: planned, loaded, and given memory one after another.
    One that needs another model, another split or more memory than is left waits for the others to
    end. Sessions of answered questions stay open for questions that follow, as memory allows.
    """

    def __init__(
        self,
        assembly: Assembly,
        planner: Planner,
        history: History,
        publish: Publish,
        takes_part: Callable[[str], bool] = lambda _machine_id: True,
    ) -> None:
        """takes_part says of a machine, by its id, whether new questions may use it."""
        self._takes_part = takes_part
        self._assembly = assembly
        self._planner = planner
        self._history = history
        self._publish = publish
        self._line = asyncio.Lock()  # held by the job that begins next
        self._changed = asyncio.Event()  # a job has left
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._runs: dict[str, JobRun] = {}  # waiting and running
        self._conversations: dict[str, Conversation] = {}
        self._running: dict[str, JobRun] = {}
        self._at_work: set[str] = set()  # those of the running that still need the stages

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
        run = self._running.get(job_id)
        if run is not None:
            run.keeps_session = False
        if conversation is None or conversation in self._conversations.values():
            return
        if conversation not in self._in_use:
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
        owner = ""
        for job_id, run in self._running.items():
            if run.conversation is not None and run.conversation.session == record.session:
                run.record(record)
                owner = job_id
            else:
                run.record_beside(record)
        return owner

    async def _take_turn(self, job_id: str, run: JobRun) -> None:
        try:
            await self._do(job_id, run)
        finally:
            if job_id in self._running:
                await undisturbed(self._leave(job_id, run))

    async def _do(self, job_id: str, run: JobRun) -> None:
        """Run a job and publish how it ended, before its stages are tidied up."""
        try:
            await self.finished(run.request.follows)  # it uses the session
            async with self._line:
                while not self._may_begin(run):
                    await self._next_change()
                self._running[job_id] = run
                self._at_work.add(job_id)
                await self._begin(run)
            await run.go_on()
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

    def _may_begin(self, run: JobRun) -> bool:
        """Whether a job is alone, or can run beside those that are at work."""
        if not self._running:
            return True
        plan = self._shared_plan()
        if len(self._running) >= SIDE_BY_SIDE or not self._at_work or plan is None:
            return False
        wanted, others = run.request, next(iter(self._running.values())).request
        return (
            wanted.model_id == others.model_id
            and wanted.weight_bits == others.weight_bits
            and (wanted.plan is None or share_pipeline(wanted.plan, plan))
        )

    def _shared_plan(self) -> Plan | None:
        """The plan of the pipeline that jobs run on, None while that is unknown or broken."""
        if self._assembly.current is None:
            return None
        plans = (run.conversation.plan for run in self._running.values() if run.conversation)
        return next(plans, None)

    async def _begin(self, run: JobRun) -> None:
        """Let a job begin; for want of memory, other sessions are given up or waited for."""
        earlier = await self._earlier(run.request.follows)
        while True:
            are_others = len(self._running) > 1
            idle = [kept for kept in self._idle if kept is not earlier]
            try:
                await run.begin(
                    self._planner,
                    self._assembly,
                    earlier,
                    beside=self._shared_plan() if are_others else None,
                    takes_spare=not are_others and not idle,
                )
            except DoesNotFit:
                is_planned = run.snapshot.state is not JobState.PLANNING
                if is_planned and idle:
                    await self._close(idle[0])
                elif are_others:
                    run.wait()
                    await self._next_change()
                else:
                    raise
            else:
                return

    async def _earlier(self, job_id: str) -> Conversation | None:
        """The session a question follows, unless a machine of it takes no part any more."""
        earlier = self._conversations.get(job_id)
        if earlier is None or all(self._takes_part(s.machine_id) for s in earlier.plan.stages):
            return earlier
        await self._close(earlier)
        return None

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

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

    async def _leave(self, job_id: str, run: JobRun) -> None:
        """Tidy up after a job; the last one leaves the engines to others."""
        try:
            await self._settle(job_id, run)
        finally:
            self._at_work.discard(job_id)
            try:
                if not self._at_work:
                    await self._assembly.rest()
            finally:
                del self._running[job_id]
                self._changed.set()

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
        run.conversation = None
        for unused in self._idle[:-KEPT_SESSIONS]:
            await self._close(unused)

    @property
    def _in_use(self) -> set[Conversation]:
        return {run.conversation for run in self._running.values() if run.conversation}

    @property
    def _idle(self) -> list[Conversation]:
        """The sessions kept for questions that follow, the one longest unused first."""
        newest_first = dict.fromkeys(reversed(self._conversations.values()))
        in_use = self._in_use
        return [one for one in reversed(newest_first) if one not in in_use]

    async def _close(self, conversation: Conversation) -> None:
        kept = self._conversations.items()
        self._conversations = {key: one for key, one in kept if one is not conversation}
        await conversation.close()

    async def _close_conversations(self) -> None:
        for job_id in tuple(self._conversations):
            await self.close_job(job_id)


def share_pipeline(one: Plan, other: Plan) -> bool:
    """Whether jobs of both plans can run over the same loaded stages."""
    return split_of(one) == split_of(other) and one.activation_bits == other.activation_bits


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
