"""Runs a plan on the pool and times it: what `bench` and the benchmarks are made of."""

from __future__ import annotations

import time

from msgspec import Struct

from runtime.coordinator.conversation import Conversation
from runtime.coordinator.pool_service import PoolService
from runtime.coordinator.reading import fit_chunks
from runtime.coordinator.telemetry import bubble_fraction, stage_totals
from runtime.messages.stage import ChunkRecord, Sampling
from runtime.models.manifest import ModelManifest
from runtime.planner.values import Plan, PlanningProblem


class RunFigures(Struct, frozen=True):
    """What one run of a plan took. The bubble and the stages' computing are of the reading alone."""

    ttft_seconds: float
    decode_tokens_per_second: float
    bubble_fraction: float
    stage_busy_seconds: tuple[float, ...]


class PlanRunner:
    """Runs plans with one fixed prompt, so that their figures can be compared."""

    def __init__(
        self, service: PoolService, manifest: ModelManifest, problem: PlanningProblem
    ) -> None:
        self._service = service
        self._manifest = manifest
        self._problem = problem
        # Any ids do: speed does not depend on what they say. A fixed stride repeats nothing.
        vocabulary = manifest.vocabulary_size
        self._prompt = [(7 + 7919 * index) % vocabulary for index in range(problem.prompt_tokens)]

    async def run(self, plan: Plan) -> RunFigures:
        """Load, warm up on one chunk, read the prompt, write the answer."""
        records: list[ChunkRecord] = []
        service = self._service
        pipeline = await service.assembly.assemble(self._manifest, plan)
        capacity = self._problem.prompt_tokens + self._problem.output_tokens
        first = min(plan.chunk_lengths[0], len(self._prompt))
        warm_up = Conversation(pipeline, self._manifest.model_id, plan, capacity, Sampling())
        await warm_up.open()
        await warm_up.read(self._prompt[:first], 0, (first,))
        await warm_up.close()
        conversation = Conversation(pipeline, self._manifest.model_id, plan, capacity, Sampling())
        await conversation.open()

        def collect(_machine_id: str, record: ChunkRecord) -> None:
            if record.session == conversation.session:
                records.append(record)

        with service.records_to(collect):
            began = time.monotonic()
            await conversation.read(
                self._prompt, 0, fit_chunks(plan.chunk_lengths, len(self._prompt))
            )
            ttft = time.monotonic() - began
            prefill_records = tuple(records)
            began = time.monotonic()
            written = 0
            async for _ in conversation.answer(self._problem.output_tokens, ()):
                written += 1
            decode_seconds = time.monotonic() - began
        await conversation.close()
        return RunFigures(
            ttft,
            (written - 1) / decode_seconds if written > 1 else 0.0,
            bubble_fraction(prefill_records),
            tuple(totals.busy_seconds for totals in stage_totals(prefill_records)),
        )
