"""The life of one job, from a question to an answer with its places in the document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.conversation import Conversation
from runtime.coordinator.progress import predicted_finish_seconds, seconds_left
from runtime.coordinator.reading import fit_chunks
from runtime.coordinator.stops import StopWatch
from runtime.coordinator.telemetry import bubble_fraction, stage_totals
from runtime.errors import DoesNotFit
from runtime.messages.stage import ChunkRecord
from runtime.models.citations import cite
from runtime.models.manifest import ModelManifest
from runtime.models.prompt import Prompt, build_prompt
from runtime.models.tokenizer import PromptTokenizer
from runtime.planner.values import Plan
from runtime.snapshots import JobRequest, JobSnapshot, JobState, StageShare

# Room kept in the caches for questions that follow, so that they need no second reading.
FOLLOW_UP_TOKENS = 2_560

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
        self._records: list[ChunkRecord] = []
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

    async def run(self, planner: Planner, assembly: Assembly, earlier: Conversation | None) -> None:
        """Do the job. Raises what went wrong; the caller publishes how it ended."""
        self._change(state=JobState.PLANNING)
        prompt = await asyncio.to_thread(self._prompt)
        needed = len(prompt.token_ids) + self.request.output_tokens
        if earlier is not None and self._goes_on(earlier, needed):
            self.conversation = earlier
            self._change(plan=earlier.plan)
        else:
            if earlier is not None:
                await earlier.close()
            self.conversation = await self._begin(planner, assembly, prompt, needed)
        self._machine_names = {
            placement.engine.machine_id: placement.engine.machine_name
            for placement in self.conversation.pipeline.placements
        }
        await self._read(self.conversation, prompt)
        await self._answer(self.conversation, prompt)

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

    async def _begin(
        self, planner: Planner, assembly: Assembly, prompt: Prompt, needed: int
    ) -> Conversation:
        """A session on the plan's pipeline, with room for further questions if memory allows."""
        plan = await planner(self.request, len(prompt.token_ids))
        self._change(state=JobState.LOADING, plan=plan)
        pipeline = await assembly.assemble(
            self._model.manifest, plan, on_transfer=self._loading, on_load=self._loading
        )
        room = self._model.manifest.context_tokens
        for capacity in (max(needed, min(needed + FOLLOW_UP_TOKENS, room)), needed):
            conversation = Conversation(
                pipeline, self.request.model_id, plan, capacity, self.request.sampling
            )
            # Known before it is open, so that whatever happens meanwhile is cleaned up.
            self.conversation = conversation
            try:
                await conversation.open()
            except DoesNotFit:
                if capacity == needed:
                    raise
            else:
                break
        return conversation

    def _loading(self, done: int, total: int) -> None:
        self._change(bytes_loaded=done, bytes_to_load=total)

    def record(self, record: ChunkRecord) -> None:
        """A stage finished a chunk of this job's session."""
        self._records.append(record)
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

    def finish(self, state: JobState, **changes: Any) -> None:
        """How the job ended; the shares of the stages are proof of the split."""
        self._change(state=state, stages=self._shares(self._records), seconds_left=None, **changes)

    def _prompt(self) -> Prompt:
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
        self._change(
            state=JobState.READING,
            prompt_tokens=len(prompt.token_ids),
            tokens_reused=reused,
            tokens_read=reused,
            chunk_lengths=lengths,
        )
        self._reading_since = time.monotonic()
        await conversation.read(prompt.token_ids, reused, lengths)
        ttft = time.monotonic() - self._reading_since
        self._change(
            state=JobState.ANSWERING,
            tokens_read=len(prompt.token_ids),
            tokens_per_second=(len(prompt.token_ids) - reused) / ttft,
            seconds_left=None,
            ttft_seconds=ttft,
            bubble_fraction=bubble_fraction(self._records),
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
