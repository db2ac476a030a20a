"""The life of one job, from a question to an answer with its places in the document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.conversation import Conversation
from runtime.coordinator.progress import predicted_finish_seconds, seconds_left
from runtime.coordinator.reading import fit_chunks
from runtime.coordinator.stops import StopWatch
from runtime.coordinator.telemetry import bubble_fraction, stage_totals
from runtime.errors import DoesNotFit, EngineError
from runtime.messages.stage import ChunkRecord
from runtime.models.citations import cite
from runtime.models.manifest import ModelManifest
from runtime.models.prompt import Prompt, build_prompt
from runtime.models.tokenizer import PromptTokenizer
from runtime.planner.values import Plan
from runtime.snapshots import JobRequest, JobSnapshot, JobState, StageShare

# Room kept in the caches for questions that follow, so that they need no second reading.
FOLLOW_UP_TOKENS = 2_560
# How long the records of the last chunk are waited for: another connection may bring them later.
LAST_RECORDS_SECONDS = 1.0

Publish = Callable[[JobSnapshot], None]


class Planner(Protocol):
    """Gives the plan for a prompt of this length, keeping to a chosen split if there is one."""

    async def __call__(self, request: JobRequest, prompt_tokens: int) -> Plan: ...


def split_of(plan: Plan) -> tuple[tuple[str, str, int, int], ...]:
    """Which layers are where: what two plans must share for a session of one to serve the other."""
    return tuple((s.machine_id, s.device_id, s.first_layer, s.last_layer) for s in plan.stages)


class ChosenModel(Struct, frozen=True):
    """A model with what turns text into its tokens."""

    manifest: ModelManifest
    tokenizer: PromptTokenizer


class JobRun:
    """One job under way. Its snapshot is replaced at every step and published."""

    def __init__(
        self, job_id: str, request: JobRequest, model: ChosenModel, publish: Publish
    ) -> None:
        self.request = request
        self.conversation: Conversation | None = None
        self.keeps_session = True
        self._model = model
        self._publish = publish
        self._prompt: Prompt | None = None
        self._records: list[ChunkRecord] = []
        self._beside: list[ChunkRecord] = []  # what the stages did for other jobs meanwhile
        self._told_of: dict[int, int] = {}  # the newest chunk that each stage has told of
        self._told = asyncio.Event()
        self._machine_names: dict[str, str] = {}
        self._reading_since = 0.0
        self._finishes: tuple[float, ...] = ()
        self.snapshot = JobSnapshot(
            job_id=job_id,
            title=request.document.title,
            question=request.question,
            state=JobState.WAITING,
            document_path=request.document.path,
            model_name=model.manifest.name,
            started_at=time.time(),
        )

    async def begin(
        self,
        planner: Planner,
        assembly: Assembly,
        earlier: Conversation | None,
        *,
        beside: Plan | None = None,
        takes_spare: bool = True,
    ) -> None:
        """Plan, load and open a session, or take up the earlier one.

        beside is the plan of jobs under way, to whose pipeline this one keeps; takes_spare: stages
        may become slower for want of memory. After DoesNotFit it may be called again.
        """
        self._change(state=JobState.PLANNING)
        if self._prompt is None:
            self._prompt = await asyncio.to_thread(self._build_prompt)
        needed = len(self._prompt.token_ids) + self.request.output_tokens
        if earlier is not None and self._goes_on(earlier, needed):
            self.conversation = earlier
            self._change(plan=earlier.plan)
        else:
            if earlier is not None:
                await earlier.close()
            plan = await self._plan(planner, len(self._prompt.token_ids), beside)
            await self._open(assembly, plan, needed, takes_spare)

    def wait(self) -> None:
        """Others are to end first."""
        self._change(state=JobState.WAITING)

    async def go_on(self) -> None:
        """Read and answer. Raises what went wrong; the caller publishes how it ended."""
        conversation, prompt = self.conversation, self._prompt
        if conversation is None or prompt is None:
            raise EngineError("The job has not begun.")
        self._machine_names = {
            placement.engine.machine_id: placement.engine.machine_name
            for placement in conversation.pipeline.placements
        }
        await self._read(conversation, prompt)
        await self._answer(conversation, prompt)
        await self._last_records(conversation)

    def _goes_on(self, earlier: Conversation, needed: int) -> bool:
        """Whether an earlier question's session serves: it is whole, large enough, and neither
        another split nor other weights are wanted. It keeps its plan, since another one would read
        the document again."""
        chosen = self.request.plan
        return (
            earlier.is_of_use
            and earlier.model_id == self.request.model_id
            and earlier.plan.weight_bits == self.request.weight_bits
            and earlier.capacity_tokens >= needed
            and (chosen is None or split_of(chosen) == split_of(earlier.plan))
        )

    async def _plan(self, planner: Planner, prompt_tokens: int, beside: Plan | None) -> Plan:
        request = self.request
        if beside is not None:
            request = msgspec.structs.replace(request, plan=beside)
        return await planner(request, prompt_tokens)

    async def _open(self, assembly: Assembly, plan: Plan, needed: int, takes_spare: bool) -> None:
        """A session on the plan's pipeline, with room for further questions if memory allows."""
        self._change(state=JobState.LOADING, plan=plan)
        pipeline = await assembly.assemble(
            self._model.manifest, plan, on_transfer=self._loading, on_load=self._loading
        )
        room = self._model.manifest.context_tokens
        for capacity in (max(needed, min(needed + FOLLOW_UP_TOKENS, room)), needed):
            # Known before it is open, so that whatever happens meanwhile is cleaned up.
            self.conversation = Conversation(
                pipeline,
                self.request.model_id,
                plan,
                capacity,
                self.request.sampling,
                takes_spare=takes_spare,
            )
            try:
                await self.conversation.open()
            except DoesNotFit:
                if capacity == needed:
                    raise
            else:
                break

    def _loading(self, done: int, total: int) -> None:
        self._change(bytes_loaded=done, bytes_to_load=total)

    def record(self, record: ChunkRecord) -> None:
        """A stage finished a chunk of this job's session."""
        self._records.append(record)
        self._told_of[record.stage] = record.sequence
        self._told.set()
        plan = self.snapshot.plan
        if plan is None or record.stage != len(plan.stages) - 1:
            return
        if self.conversation is not None:
            self.conversation.passed(record.position + record.tokens)
        if self.snapshot.state is JobState.READING:
            elapsed = time.monotonic() - self._reading_since
            read = min(record.position + record.tokens, self.snapshot.prompt_tokens)
            fresh = read - self.snapshot.tokens_reused
            self._change(
                tokens_read=read,
                tokens_per_second=fresh / elapsed if elapsed > 0 else 0.0,
                seconds_left=seconds_left(
                    self._finishes, self.snapshot.chunk_lengths, fresh, elapsed
                ),
            )

    def record_beside(self, record: ChunkRecord) -> None:
        """A stage finished a chunk of another job's session."""
        if self.snapshot.state is JobState.READING:
            self._beside.append(record)

    def finish(self, state: JobState, **changes: Any) -> None:
        """How the job ended; the shares of the stages are proof of the split."""
        self._change(state=state, stages=self._shares(self._records), seconds_left=None, **changes)

    def _build_prompt(self) -> Prompt:
        return build_prompt(
            self._model.tokenizer,
            self.request.document,
            self.request.question,
            context_tokens=self._model.manifest.context_tokens,
            output_tokens=self.request.output_tokens,
        )

    async def _read(self, conversation: Conversation, prompt: Prompt) -> None:
        plan = conversation.plan
        reused = await conversation.reuse(prompt.token_ids, self.request.sampling)
        lengths = fit_chunks(plan.chunk_lengths, len(prompt.token_ids) - reused)
        self._finishes = predicted_finish_seconds(plan) if reused == 0 else ()
        if conversation.pipeline.traffic.turn.locked():
            self.wait()  # another document is being read
        self._change(
            prompt_tokens=len(prompt.token_ids),
            tokens_reused=reused,
            tokens_read=reused,
            chunk_lengths=lengths,
        )

        def begin() -> None:
            self._reading_since = time.monotonic()
            self._change(state=JobState.READING)

        await conversation.read(prompt.token_ids, reused, lengths, begin)
        ttft = time.monotonic() - self._reading_since
        self._change(
            state=JobState.ANSWERING,
            tokens_read=len(prompt.token_ids),
            tokens_per_second=(len(prompt.token_ids) - reused) / ttft,
            seconds_left=None,
            ttft_seconds=ttft,
            bubble_fraction=bubble_fraction([*self._records, *self._beside]),
        )

    async def _answer(self, conversation: Conversation, prompt: Prompt) -> None:
        watch = StopWatch((*prompt.stop_strings, *self.request.stop_strings))
        stream = self._model.tokenizer.stream()
        token_ids: list[int] = []
        began = time.monotonic()
        answer = ""
        tokens = conversation.answer(self.request.output_tokens, self._model.manifest.eos_token_ids)
        async with aclosing(tokens):
            async for token in tokens:
                token_ids.append(token)
                answer += watch.push(stream.push(token))
                elapsed = time.monotonic() - began
                self._change(
                    answer=answer,
                    token_ids=tuple(token_ids),
                    decode_tokens_per_second=(len(token_ids) - 1) / elapsed
                    if len(token_ids) > 1
                    else None,
                )
                if watch.stopped:
                    break
        answer = (answer + watch.push(stream.finish()) + watch.finish()).strip()
        document, question = self.request.document, self.request.question
        citations = await asyncio.to_thread(cite, answer, document, question)
        self._change(answer=answer, citations=citations)

    async def _last_records(self, conversation: Conversation) -> None:
        """Wait until every stage has told of the last chunk, so that nothing it did is missed."""
        last = conversation.pipeline.last_fed(conversation.session)
        stages = range(len(conversation.plan.stages))
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_RECORDS_SECONDS):
                while any(self._told_of.get(stage, -1) < last for stage in stages):
                    self._told.clear()
                    await self._told.wait()

    def _shares(self, records: Sequence[ChunkRecord]) -> tuple[StageShare, ...]:
        plan = self.snapshot.plan
        if plan is None:
            return ()
        shares = []
        for totals in stage_totals(records):
            stage = plan.stages[totals.stage]
            shares.append(
                StageShare(
                    machine=self._machine_names.get(stage.machine_id, stage.machine_id),
                    device=stage.device_id,
                    first_layer=totals.first_layer,
                    last_layer=totals.last_layer,
                    tokens_processed=totals.tokens,
                    busy_seconds=totals.busy_seconds,
                )
            )
        return tuple(shares)

    def _change(self, **changes: Any) -> None:
        self.snapshot = msgspec.structs.replace(self.snapshot, **changes)
        self._publish(self.snapshot)
