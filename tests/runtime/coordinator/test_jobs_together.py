"""Several documents over one chain of stages: side by side, each with an end of its own."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from runtime.coordinator.job_queue import SIDE_BY_SIDE
from runtime.coordinator.job_run import ChosenModel
from runtime.messages.stage import Chunk, LoadStage, OpenSession, RestStage
from runtime.snapshots import JobRequest, JobState
from tests.runtime.coordinator.test_job_queue import ANSWER, OTHERS, Desk, at_a, manifest

OPENED = (JobState.READING, JobState.ANSWERING)


def everything(_stage: int, _chunk: Chunk) -> bool:
    return True


def all_but_steps(_stage: int, chunk: Chunk) -> bool:
    """Documents are read, and no answer goes on."""
    return not chunk.is_step


async def three_answering(desk: Desk) -> list[str]:
    """Jobs that are held where their answers begin."""
    desk.chain.gate = all_but_steps
    jobs = [desk.ask(document=document) for document in OTHERS[:3]]
    for job_id in jobs:
        await desk.until(job_id, JobState.ANSWERING)
    return jobs


async def opened(desk: Desk, count: int) -> None:
    """Wait until so many sessions are open on every stage."""
    while any(len(stage.sessions) < count for stage in desk.chain.stages):
        await asyncio.sleep(0.01)


def test_documents_are_answered_side_by_side_over_one_load(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        jobs = await three_answering(desk)
        assert desk.chain.count(LoadStage) == len(desk.chain.stages)
        assert desk.chain.count(RestStage) == 0
        desk.chain.let(everything)
        for job_id in jobs:
            await desk.queue.finished(job_id)
            job = desk.jobs[job_id]
            assert job.answer == ANSWER
            assert job.tokens_read == job.prompt_tokens == sum(job.chunk_lengths)
            (processed,) = {stage.tokens_processed for stage in job.stages}
            assert processed >= job.prompt_tokens + len(job.token_ids)
        assert len(desk.history.jobs()) == 3
        while desk.chain.count(RestStage) < len(desk.chain.stages):
            await asyncio.sleep(0.01)

    at_a(tmp_path, scenario)


def test_no_more_than_a_few_run_at_once_and_they_begin_in_order(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.chain.gate = all_but_steps
        jobs = [desk.ask(document=OTHERS[n % 4], question=f"{n}?") for n in range(SIDE_BY_SIDE + 2)]
        await desk.until(jobs[SIDE_BY_SIDE - 1], JobState.ANSWERING)
        await asyncio.sleep(0.1)
        waiting = [desk.jobs[job_id].state for job_id in jobs[SIDE_BY_SIDE:]]
        assert waiting == [JobState.WAITING, JobState.WAITING]
        await_first = asyncio.create_task(desk.queue.cancel(jobs[0]))
        await desk.until(jobs[SIDE_BY_SIDE], JobState.ANSWERING)
        assert desk.jobs[jobs[-1]].state is JobState.WAITING
        desk.chain.let(everything)
        await await_first
        for job_id in jobs[1:]:
            await desk.queue.finished(job_id)
            assert desk.jobs[job_id].answer == ANSWER

    at_a(tmp_path, scenario)


def test_the_next_document_is_fed_when_the_last_chunk_of_the_one_before_is(
    tmp_path: Path,
) -> None:
    """Defect: both are read at half the speed, and the first answer comes as late as the second."""

    async def scenario(desk: Desk) -> None:
        held = asyncio.Event()
        desk.chain.gate = lambda stage, _chunk: stage == 0 or held.is_set()
        first, second = (desk.ask(document=document) for document in OTHERS[:2])
        await opened(desk, 2)
        await asyncio.sleep(0.1)
        # The last stage stands still: the window is full, and the second waits for its turn.
        assert desk.jobs[first].state is JobState.READING
        assert desk.jobs[second].state is JobState.WAITING
        sessions = desk.chain.stages[0].sessions.values()
        read = [len(session.tokens) for session in sessions]
        assert 0 < read[0] < desk.jobs[first].prompt_tokens and read[1] == 0
        held.set()
        desk.chain.let(everything)
        for job_id in (first, second):
            await desk.queue.finished(job_id)
            assert desk.jobs[job_id].answer == ANSWER

    at_a(tmp_path, scenario)


def test_one_is_stopped_without_a_word_to_the_others(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        jobs = await three_answering(desk)
        began = time.monotonic()
        await desk.queue.cancel(jobs[1])
        assert time.monotonic() - began < 1.0
        states = [desk.jobs[job_id].state for job_id in jobs]
        assert states == [JobState.ANSWERING, JobState.CANCELLED, JobState.ANSWERING]
        desk.chain.let(everything)
        for job_id in (jobs[0], jobs[2]):
            await desk.queue.finished(job_id)
            assert desk.jobs[job_id].answer == ANSWER

    at_a(tmp_path, scenario)


def test_one_that_is_stopped_while_it_is_read_lets_the_next_be_read(tmp_path: Path) -> None:
    """Defect: chunks that were dropped count as under way, and nothing is fed any more."""

    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda stage, _chunk: stage == 0
        first, second = (desk.ask(document=document) for document in OTHERS[:2])
        await opened(desk, 2)
        cancelling = asyncio.create_task(desk.queue.cancel(first))
        await desk.until(first, JobState.CANCELLED)
        desk.chain.let(everything)
        await cancelling
        await desk.queue.finished(second)
        assert desk.jobs[second].answer == ANSWER

    at_a(tmp_path, scenario)


def test_a_stage_that_fails_one_leaves_the_others(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        jobs = await three_answering(desk)
        bad = list(desk.chain.stages[0].sessions)[1]
        desk.chain.failure = lambda stage, chunk: (
            "Memory ran out." if stage == 1 and chunk.session == bad else None
        )
        desk.chain.let(everything)
        for job_id in jobs:
            await desk.queue.finished(job_id)
        ends = [(desk.jobs[job_id].state, desk.jobs[job_id].error) for job_id in jobs]
        done = (JobState.DONE, "")
        assert ends == [done, (JobState.FAILED, "Memory ran out."), done]

    at_a(tmp_path, scenario)


def test_a_lost_machine_ends_all_that_run_and_the_next_job_begins_without_it(
    tmp_path: Path,
) -> None:
    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda stage, chunk: stage == 0 or chunk.position == 0
        jobs = [desk.ask(document=document) for document in OTHERS[:3]]
        await opened(desk, 3)
        lost = desk.chain.stages[1]
        await lost.die()
        for job_id in jobs:
            await desk.queue.finished(job_id)
            assert desk.jobs[job_id].state is JobState.FAILED
            assert desk.jobs[job_id].error.startswith("Machine 1 stopped answering")
        lost.sessions.clear()
        del desk.chain.stages[1]
        desk.chain.let(everything)
        assert len((await desk.answered(document=OTHERS[3])).stages) == 1

    at_a(tmp_path, scenario)


def test_one_that_finds_no_memory_waits_for_another_to_end(tmp_path: Path) -> None:
    """Defect: it fails, though it only had to wait."""

    async def scenario(desk: Desk) -> None:
        desk.chain.total_capacity = 3_200
        desk.chain.gate = all_but_steps
        first = desk.ask(document=OTHERS[0])
        await desk.until(first, JobState.ANSWERING)
        second = desk.ask(document=OTHERS[1], output_tokens=600)
        while JobState.LOADING not in desk.states[second]:
            await asyncio.sleep(0.01)
        await desk.until(second, JobState.WAITING)
        # What is kept for speed is not given up to run two at once.
        spare = [c.takes_spare for _, c in desk.chain.commands if isinstance(c, OpenSession)]
        assert spare == [True, True, False, False, False, False]
        desk.chain.let(everything)
        await desk.queue.finished(second)
        assert desk.jobs[second].answer == ANSWER
        spare = [c.takes_spare for _, c in desk.chain.commands if isinstance(c, OpenSession)]
        assert spare[-1] is True
        assert desk.jobs[first].answer == ANSWER

    at_a(tmp_path, scenario)


def test_another_model_waits_until_the_stages_are_free(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.chain.gate = all_but_steps
        first = desk.ask(document=OTHERS[0])
        await desk.until(first, JobState.ANSWERING)
        request = JobRequest(document=OTHERS[1], question="And?", model_id="b")
        other = desk.queue.ask(request, ChosenModel(manifest("b"), desk.tokenizer))
        await asyncio.sleep(0.1)
        assert desk.states[other] == [JobState.WAITING]
        desk.chain.let(everything)
        await desk.queue.finished(other)
        assert desk.jobs[first].answer == desk.jobs[other].answer == ANSWER
        assert desk.chain.count(LoadStage) == 4

    at_a(tmp_path, scenario)


def test_a_question_about_a_document_that_is_being_answered_follows_it(tmp_path: Path) -> None:
    """Both would write into one session; the others go on meanwhile."""

    async def scenario(desk: Desk) -> None:
        desk.chain.gate = all_but_steps
        first = desk.ask(document=OTHERS[0])
        second = desk.ask("And then?", document=OTHERS[0], follows=first)
        third = desk.ask(document=OTHERS[1])
        await desk.until(third, JobState.ANSWERING)
        assert desk.states[second] == [JobState.WAITING]
        desk.chain.let(everything)
        await desk.queue.finished(second)
        assert desk.jobs[second].tokens_reused > 0
        await desk.queue.finished(third)

    at_a(tmp_path, scenario)


def test_each_of_several_documents_can_be_followed_up(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        jobs = [desk.ask(document=document) for document in OTHERS[:3]]
        for job_id in jobs:
            await desk.queue.finished(job_id)
        for job_id, document in zip(jobs, OTHERS, strict=False):
            again = await desk.answered("And then?", document=document, follows=job_id)
            assert again.tokens_reused > 0
        assert desk.chain.count(OpenSession) == 3 * len(desk.chain.stages)

    at_a(tmp_path, scenario)


def test_the_shares_hold_the_last_chunk_of_every_stage(tmp_path: Path) -> None:
    """Defect: a stage's last record comes over another connection than the answer, and after it."""

    async def scenario(desk: Desk) -> None:
        may_tell = asyncio.Event()
        desk.chain.late_records[0] = may_tell
        job_id = desk.ask()
        while not desk.jobs[job_id].citations:
            await asyncio.sleep(0.01)
        assert desk.jobs[job_id].state is JobState.ANSWERING
        may_tell.set()
        await desk.queue.finished(job_id)
        job = desk.jobs[job_id]
        (processed,) = {stage.tokens_processed for stage in job.stages}
        assert processed >= job.prompt_tokens + len(job.token_ids)

    at_a(tmp_path, scenario)
