"""Runs a plan on the pool and times it: what `bench` and the benchmarks are made of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle, islice

from msgspec import Struct

from runtime.coordinator.conversation import Conversation
from runtime.coordinator.pool_service import PoolService
from runtime.coordinator.reading import fit_chunks
from runtime.coordinator.telemetry import bubble_fraction, stage_totals
from runtime.errors import EngineError
from runtime.messages.stage import ChunkRecord, Sampling
from runtime.models.manifest import ModelManifest
from runtime.planner.values import Plan, PlanningProblem


class RunFigures(Struct, frozen=True):
    """What one run of a plan took. The bubble and the stages' computing are of the reading alone.

    Nothing is guessed while it writes: what a made-up prompt is answered with repeats itself.
    """

    ttft_seconds: float
    decode_tokens_per_second: float
    bubble_fraction: float
    stage_busy_seconds: tuple[float, ...]


class QuoteFigures(Struct, frozen=True):
    """Tokens per second of an answer that quotes its document, with guesses and without."""

    tokens_per_second: float
    plain_tokens_per_second: float


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
        """Load, warm up on a chunk of each length, read the prompt, write the answer.

        What is timed has the memory and the kernels of an engine at work: the first chunk of a
        length has them made.
        """
        records: list[ChunkRecord] = []
        service = self._service
        pipeline = await service.assembly.assemble(self._manifest, plan)
        capacity = self._problem.prompt_tokens + self._problem.output_tokens
        chunks = fit_chunks(plan.chunk_lengths, len(self._prompt))
        lengths = tuple(sorted(set(chunks)))
        warm_up = Conversation(pipeline, self._manifest.model_id, plan, capacity, Sampling())
        await warm_up.open()
        await warm_up.read(self._prompt[: sum(lengths)], 0, lengths)
        await warm_up.close()
        conversation = Conversation(pipeline, self._manifest.model_id, plan, capacity, Sampling())
        await conversation.open()

        def collect(_machine_id: str, record: ChunkRecord) -> None:
            if record.session == conversation.session:
                records.append(record)

        with service.records_to(collect):
            began = time.monotonic()
            await conversation.read(self._prompt, 0, chunks)
            ttft = time.monotonic() - began
            prefill_records = tuple(records)
            _, speed = await self._write(conversation, guesses=False)
        await conversation.close()
        return RunFigures(
            ttft,
            speed,
            bubble_fraction(prefill_records),
            tuple(totals.busy_seconds for totals in stage_totals(prefill_records)),
        )

    async def quote(self, plan: Plan, document: Sequence[int]) -> QuoteFigures:
        """Let the model go on with a document that it reads over and over; most do so word by word.

        Raises EngineError if guesses change the answer.
        """
        pipeline = await self._service.assembly.assemble(self._manifest, plan)
        length = self._problem.prompt_tokens
        prompt = list(islice(cycle(document), length))
        capacity = length + self._problem.output_tokens
        conversation = Conversation(pipeline, self._manifest.model_id, plan, capacity, Sampling())
        await conversation.open()
        await conversation.read(prompt, 0, fit_chunks(plan.chunk_lengths, length))
        answers, speeds = [], []
        for guesses in (False, True):
            # Its last token alone, before either answer: in few bits a chunk has other weights.
            shared = await conversation.reuse(prompt, Sampling())
            before = fit_chunks(plan.chunk_lengths, length - shared - 1)
            await conversation.read(prompt, shared, (*before, 1))
            written, speed = await self._write(conversation, guesses=guesses)
            answers.append(written)
            speeds.append(speed)
        await conversation.close()
        if answers[0] != answers[1]:
            raise EngineError("With guesses the model wrote something else.")
        return QuoteFigures(speeds[1], speeds[0])

    async def _write(self, conversation: Conversation, *, guesses: bool) -> tuple[list[int], float]:
        """An answer, and its tokens per second; the first token was there before."""
        began = time.monotonic()
        tokens = conversation.answer(self._problem.output_tokens, (), guesses=guesses)
        written = [token async for token in tokens]
        return written, (len(written) - 1) / (time.monotonic() - began)
