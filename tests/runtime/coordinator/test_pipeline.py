"""A chain of stages as the coordinator drives it, and each way a stage can let it down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from runtime.coordinator.conversation import Conversation
from runtime.coordinator.pipeline import Pipeline
from runtime.coordinator.reading import decode, prefill
from runtime.errors import DoesNotFit, EngineError, HPipeError, MachineLost, Refused
from runtime.messages.stage import (
    Chunk,
    ChunkRecord,
    CloseSession,
    LoadStage,
    OpenSession,
    RestStage,
    Sampling,
    StageTaken,
    TruncateSession,
)
from runtime.models.manifest import ModelManifest
from tests.runtime.coordinator.fake_chain import END, FakeChain, RefusedHere

MANIFEST = ModelManifest(
    model_id="f" * 64,
    name="Tiny",
    architecture="LlamaForCausalLM",
    config={},
    parts={},
    layer_count=2,
    hidden_size=8,
    vocabulary_size=300,
    context_tokens=4096,
    tied=False,
    eos_token_ids=(END,),
)
Scenario = Callable[[FakeChain, Pipeline, list[ChunkRecord]], Awaitable[None]]


def over(stages: int, scenario: Scenario) -> None:
    """Run a scenario on a connected, loaded chain; it may take ten seconds."""

    async def run() -> None:
        chain = FakeChain(stages)
        records: list[ChunkRecord] = []
        try:
            async with asyncio.timeout(10):
                pipeline = await chain.build(
                    chain.plan().stages, lambda _machine, record: records.append(record)
                )
                await pipeline.load(MANIFEST)
                await scenario(chain, pipeline, records)
        finally:
            await chain.close()

    asyncio.run(run())


def count_up(tokens: Sequence[int]) -> int:
    """The token after a text is its length, until there are twelve."""
    return len(tokens) if len(tokens) < 12 else END


async def opened(chain: FakeChain, pipeline: Pipeline, capacity: int = 64) -> Conversation:
    chain.next_token = count_up
    conversation = Conversation(pipeline, "model", chain.plan(), capacity, Sampling())
    await conversation.open()
    return conversation


async def answer_of(conversation: Conversation, limit: int = 50) -> list[int]:
    return [token async for token in conversation.answer(limit, (END,))]


def test_every_stage_reads_every_chunk_and_tells_of_it() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, records: list[ChunkRecord]) -> None:
        chain.next_token = len
        await pipeline.open_session("s", 64, Sampling())
        outcome = await prefill(pipeline, "s", [1] * 33, 0, (12,))
        assert outcome.token_ids == (33,)
        told = [(record.stage, record.position, record.tokens) for record in records]
        for stage in (0, 1):
            of_stage = [entry[1:] for entry in told if entry[0] == stage]
            assert of_stage == [(0, 12), (12, 12), (24, 9)]
        tokens = [
            token
            async for token in decode(pipeline, "s", 33, position=33, limit=3, eos_token_ids=(END,))
        ]
        assert tokens == [33, 34, 35]
        await pipeline.close_session("s")
        assert chain.open_sessions == []

    over(2, scenario)


def test_a_lost_stage_fails_who_waits_for_it_within_seconds() -> None:
    """A machine is switched off while the answer is awaited."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("s", 64, Sampling())
        chain.gate = lambda stage, _chunk: stage == 0
        waiting = asyncio.create_task(prefill(pipeline, "s", [1] * 5, 0, (5,)))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await chain.stages[1].die()
        with pytest.raises(MachineLost, match="Machine 1 stopped answering"):
            await waiting
        assert time.monotonic() - began < 3.0
        assert isinstance(pipeline.broken, MachineLost)
        with pytest.raises(MachineLost):
            await pipeline.feed("s", 5, [1])
        await pipeline.close_session("s")  # what is left of it is still tidied up
        assert chain.stages[0].sessions == {}

    over(2, scenario)


def test_the_worker_has_a_moment_to_say_why_an_engine_ended() -> None:
    """ "Stopped answering" must not hide "ran out of memory", which comes a little later."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("s", 64, Sampling())
        chain.gate = lambda _stage, _chunk: False
        waiting = asyncio.create_task(prefill(pipeline, "s", [1] * 5, 0, (5,)))
        await asyncio.sleep(0.05)
        await chain.stages[1].die()
        while pipeline.broken is None:
            await asyncio.sleep(0.01)
        pipeline.break_off(MachineLost("The engine ran out of memory."))
        with pytest.raises(MachineLost, match="out of memory"):
            await waiting

    over(2, scenario)


@pytest.mark.parametrize("command", [LoadStage, OpenSession, TruncateSession])
def test_a_stage_that_dies_during_a_request_ends_it_with_its_name(command: type) -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("open", 64, Sampling())
        dying: list[asyncio.Task[None]] = []

        async def die(stage: int, received: object) -> None:
            if stage == 1 and isinstance(received, command):
                dying.append(asyncio.create_task(chain.stages[1].die()))
                await asyncio.sleep(30)

        chain.on_command = die
        requests: dict[type, Callable[[], Awaitable[None]]] = {
            LoadStage: lambda: pipeline.load(MANIFEST),
            OpenSession: lambda: pipeline.open_session("s", 64, Sampling()),
            TruncateSession: lambda: pipeline.truncate_session("open", 0, Sampling()),
        }
        with pytest.raises(MachineLost, match="Machine 1 stopped answering"):
            await requests[command]()
        await asyncio.gather(*dying)

    over(2, scenario)


def test_a_chunk_that_fails_ends_its_session_and_no_other() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        chain.next_token = count_up
        await pipeline.open_session("bad", 64, Sampling())
        await pipeline.open_session("good", 64, Sampling())
        chain.failure = lambda stage, chunk: (
            "It broke." if (stage, chunk.session) == (1, "bad") else None
        )
        with pytest.raises(EngineError, match="It broke"):
            await prefill(pipeline, "bad", [1] * 5, 0, (2,))
        with pytest.raises(EngineError, match="It broke"):
            await pipeline.feed("bad", 5, [1])
        assert (await prefill(pipeline, "good", [1] * 5, 0, (2,))).token_ids == (5,)
        assert pipeline.broken is None

    over(2, scenario)


def test_a_late_failure_of_a_closed_session_does_not_touch_the_next_one() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        chain.next_token = count_up
        await pipeline.open_session("s", 64, Sampling())
        chain.failure = lambda _stage, _chunk: "It broke."
        await pipeline.feed("s", 0, [1, 1])
        await asyncio.sleep(0.1)
        await pipeline.close_session("s")
        chain.failure = lambda _stage, _chunk: None
        await pipeline.open_session("s", 64, Sampling())
        assert (await prefill(pipeline, "s", [1] * 3, 0, (3,))).token_ids == (3,)

    over(1, scenario)


def test_layers_that_another_window_replaced_are_not_used_again() -> None:
    """Defect: the next question is answered with another model's weights, without a word."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("s", 64, Sampling())
        chain.gate = lambda stage, _chunk: stage == 0
        waiting = asyncio.create_task(prefill(pipeline, "s", [1] * 5, 0, (5,)))
        await asyncio.sleep(0.1)
        await chain.stages[1].tell("s", StageTaken(by="Laptop"))
        with pytest.raises(MachineLost, match="Machine 1 works for Laptop now"):
            await waiting
        assert pipeline.broken is not None

    over(2, scenario)


def test_an_engine_that_is_left_hears_that_nobody_is_at_work() -> None:
    """Defect: the next split of the same window is refused: the engine works for that window."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("s", 64, Sampling())
        await pipeline.close()
        while chain.count(RestStage) < len(chain.stages):
            await asyncio.sleep(0.01)

    over(2, scenario)


def test_a_stage_that_works_for_another_is_named() -> None:
    """Defect: "It works for Laptop now", and nobody knows which of the machines that is."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        async def busy(stage: int, _command: object) -> None:
            if stage == 1:
                raise RefusedHere("Refused", "It works for Laptop now.")

        chain.on_command = busy
        with pytest.raises(Refused, match=r"Machine 1 is not free\. It works for Laptop now\."):
            await pipeline.load(MANIFEST)

    over(2, scenario)


def test_a_session_that_one_stage_has_no_room_for_is_open_nowhere() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        async def refuse(stage: int, command: object) -> None:
            chain.largest_capacity = 10 if stage == 1 else 10**9

        chain.on_command = refuse
        with pytest.raises(DoesNotFit):
            await pipeline.open_session("s", 64, Sampling())
        assert chain.open_sessions == []

    over(2, scenario)


def test_closing_ends_whoever_still_waits() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        await pipeline.open_session("s", 64, Sampling())
        chain.gate = lambda _stage, _chunk: False
        waiting = asyncio.create_task(prefill(pipeline, "s", [1] * 5, 0, (5,)))
        await asyncio.sleep(0.05)
        await pipeline.close()
        with pytest.raises(HPipeError):
            await waiting
        with pytest.raises(HPipeError):
            await pipeline.feed("s", 5, [1])

    over(2, scenario)


# Conversations


def test_a_second_question_reads_only_what_is_new() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, records: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        first = [5, 6, 7, 8, 9]
        assert await conversation.reuse(first, Sampling()) == 0
        await conversation.read(first, 0, (2,))
        assert await answer_of(conversation, 3) == [5, 6, 7]
        records.clear()
        second = [5, 6, 7, 1, 2, 3]
        assert await conversation.reuse(second, Sampling(temperature=0.5)) == 3
        await conversation.read(second, 3, (2,))
        assert sum(record.tokens for record in records if record.stage == 1) == 3
        for stage in chain.stages:
            session = stage.sessions[conversation.session]
            assert session.tokens == second
            assert session.sampling.temperature == 0.5

    over(2, scenario)


def test_the_same_question_again_reads_its_last_token_again() -> None:
    """Something has to be read, or there would be nothing to sample from."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        prompt = [5, 6, 7]
        for reused in (0, 2):
            assert await conversation.reuse(prompt, Sampling()) == reused
            await conversation.read(prompt, reused, (8,))
            assert (await answer_of(conversation, 2))[0] == 3

    over(2, scenario)


def test_an_answer_that_ends_by_itself_leaves_a_session_that_can_be_reused() -> None:
    """The end of sequence was sampled from a token that is cached but was never counted."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        prompt = [5] * 9
        await conversation.reuse(prompt, Sampling())
        await conversation.read(prompt, 0, (4,))
        answer = await answer_of(conversation)
        assert answer == [9, 10, 11]
        longer = [*prompt, *answer, 1, 2]
        reused = await conversation.reuse(longer, Sampling())
        assert reused == 11
        await conversation.read(longer, reused, (4,))

    over(2, scenario)


def test_a_window_that_dropped_the_prefix_makes_the_session_start_anew() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        await conversation.reuse([5, 6, 7], Sampling())
        await conversation.read([5, 6, 7], 0, (8,))
        chain.can_truncate = False
        assert await conversation.reuse([5, 6, 8], Sampling()) == 0
        await conversation.read([5, 6, 8], 0, (8,))
        assert chain.stages[0].sessions[conversation.session].tokens == [5, 6, 8]
        assert chain.count(CloseSession) == 2  # one on each stage

    over(2, scenario)


def test_a_reading_that_is_stopped_goes_on_from_where_all_stages_are() -> None:
    async def scenario(chain: FakeChain, pipeline: Pipeline, records: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        prompt = list(range(1, 51))
        await conversation.reuse(prompt, Sampling())

        def gate(stage: int, chunk: Chunk) -> bool:
            return chunk.position < (40 if stage == 0 else 20)

        chain.gate = gate
        reading = asyncio.create_task(conversation.read(prompt, 0, (10,)))
        while [r.position for r in records if r.stage == 1] != [0, 10]:
            await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        conversation.passed(20)  # what the last stage told
        chain.let(lambda _stage, _chunk: True)
        await conversation.stop()
        reused = await conversation.reuse(prompt, Sampling())
        assert reused == 20
        await conversation.read(prompt, reused, (10,))
        assert [s.sessions[conversation.session].tokens for s in chain.stages] == [prompt] * 2

    over(2, scenario)


def test_a_reading_stopped_before_the_last_stage_read_anything_begins_anew() -> None:
    """Defect: the first stage has read a chunk the last never saw, and refuses all that follows."""

    async def scenario(chain: FakeChain, pipeline: Pipeline, _: list[ChunkRecord]) -> None:
        conversation = await opened(chain, pipeline)
        chain.let(lambda stage, _chunk: stage == 0)
        reading = asyncio.create_task(conversation.read([1] * 7, 0, (4, 3)))
        while len(chain.stages[0].sessions[conversation.session].tokens) < 7:
            await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await conversation.stop()
        chain.let(lambda _stage, _chunk: True)
        assert await conversation.reuse([1] * 5, Sampling()) == 0
        await conversation.read([1] * 5, 0, (5,))
        assert await answer_of(conversation) == [5, 6, 7, 8, 9, 10, 11]

    over(2, scenario)
