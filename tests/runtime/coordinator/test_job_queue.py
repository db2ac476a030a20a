"""Jobs over a chain of stages: answered, followed up, stopped in each phase, failed, closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from runtime.coordinator.assembly import Assembly
from runtime.coordinator.history import History
from runtime.coordinator.job_queue import KEPT_SESSIONS, JobQueue
from runtime.coordinator.job_run import ChosenModel
from runtime.errors import DoesNotFit, HPipeError
from runtime.messages.stage import (
    CancelSession,
    Chunk,
    CloseSession,
    LoadStage,
    OpenSession,
    RestStage,
    Sampling,
    TruncateSession,
)
from runtime.models.manifest import ModelManifest
from runtime.planner.values import Plan
from runtime.snapshots import DocumentSnapshot, JobRequest, JobSnapshot, JobState, PageAnchor
from tests.runtime.coordinator.fake_chain import END, FakeChain
from tests.runtime.coordinator.letters import letters

ANSWER = "It costs four euros."
TEXT = "The gate costs four euros. The wall costs nine.\n"
DOCUMENT = DocumentSnapshot(
    path="/papers/report.txt",
    title="Report",
    text=TEXT,
    anchors=(PageAnchor(label="Page 1", start=0, end=len(TEXT)),),
)
PHASES = {JobState.PLANNING, JobState.LOADING, JobState.READING, JobState.ANSWERING}


class Desk:
    """A queue with everything below it, and what it published."""

    def __init__(self, folder: Path, stages: int) -> None:
        self.chain = FakeChain(stages)
        self.assembly = Assembly(self.chain, self._record)  # type: ignore[arg-type]
        self.history = History(folder / "history")
        self.left_out: set[str] = set()
        self.queue = JobQueue(
            self.assembly,
            self.plan,
            self.history,
            self._publish,
            lambda machine_id: machine_id not in self.left_out,
        )
        self.tokenizer = letters(folder)
        self.model = ChosenModel(manifest("a"), self.tokenizer)
        self.jobs: dict[str, JobSnapshot] = {}
        self.states: dict[str, list[JobState]] = {}
        self.plans = 0
        self.planning: Callable[[], Awaitable[None]] | None = None
        self._changed = asyncio.Event()
        self.say(ANSWER)

    def say(self, answer: str, *, ends: bool = True) -> None:
        """What the last stage writes after any prompt."""
        ids = self.tokenizer.encode(answer)
        ends_with = self.tokenizer.encode("Answer:")[-7:]

        def next_token(tokens: Sequence[int]) -> int:
            at = max(i for i in range(len(tokens)) if tokens[i - 7 : i] == ends_with) if (
                tokens[-7:] != ends_with
            ) else len(tokens)  # fmt: skip
            written = len(tokens) - at
            if written < len(ids):
                return ids[written]
            return END if ends else ids[-1]

        self.chain.next_token = next_token

    async def plan(self, request: JobRequest, _prompt_tokens: int) -> Plan:
        self.plans += 1
        if self.planning is not None:
            await self.planning()
        found = request.plan or self.chain.plan((16, 16))
        return structs.replace(found, weight_bits=request.weight_bits)

    def ask(self, question: str = "What does the gate cost?", **changes: Any) -> str:
        fields = {"document": DOCUMENT, "question": question, "model_id": "a", **changes}
        return self.queue.ask(JobRequest(**fields), changes.pop("model", self.model))

    async def until(self, job_id: str, *states: JobState) -> JobSnapshot:
        while self.jobs[job_id].state not in states:
            self._changed.clear()
            await self._changed.wait()
        return self.jobs[job_id]

    async def answered(self, *arguments: Any, **changes: Any) -> JobSnapshot:
        job_id = self.ask(*arguments, **changes)
        await self.queue.finished(job_id)
        job = self.jobs[job_id]
        assert job.state is JobState.DONE, job.error
        return job

    def _publish(self, job: JobSnapshot) -> None:
        self.jobs[job.job_id] = job
        states = self.states.setdefault(job.job_id, [])
        if not states or states[-1] is not job.state:
            states.append(job.state)
        self._changed.set()

    def _record(self, _machine_id: str, record: Any) -> None:
        self.queue.record(record)


def manifest(model_id: str, context_tokens: int = 4096) -> ModelManifest:
    return ModelManifest(
        model_id=model_id,
        name="Tiny",
        architecture="LlamaForCausalLM",
        config={},
        parts={},
        layer_count=2,
        hidden_size=8,
        vocabulary_size=300,
        context_tokens=context_tokens,
        tied=False,
        eos_token_ids=(END,),
    )


def at_a(folder: Path, scenario: Callable[[Desk], Awaitable[None]], stages: int = 2) -> None:
    """Run a scenario; afterwards no task and no session may be left."""

    async def run() -> None:
        desk = Desk(folder, stages)
        try:
            async with asyncio.timeout(20):
                await scenario(desk)
                await desk.queue.close()
            left = [t for t in asyncio.all_tasks() if t.get_name().startswith("job ")]
            assert left == []
            assert desk.chain.open_sessions == []
        finally:
            await desk.chain.close()

    asyncio.run(run())


OTHERS = [
    DocumentSnapshot(
        path=f"/papers/{name}.txt",
        title=name,
        text=f"The {name} costs four euros.\n",
        anchors=(PageAnchor(label="Page 1", start=0, end=len(name) + 23),),
    )
    for name in ("bridge", "tower", "well", "bench")
]


def test_a_job_goes_through_its_life_and_proves_the_split(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        job = await desk.answered()
        assert job.answer == ANSWER
        assert desk.states[job.job_id] == [
            JobState.WAITING,
            JobState.PLANNING,
            JobState.LOADING,
            JobState.READING,
            JobState.ANSWERING,
            JobState.DONE,
        ]
        read = job.prompt_tokens
        assert job.tokens_read == read and sum(job.chunk_lengths) == read
        assert job.ttft_seconds and job.decode_tokens_per_second and job.tokens_per_second
        written = len(job.token_ids)
        assert [(s.machine, s.first_layer, s.last_layer) for s in job.stages] == [
            ("Machine 0", 0, 1),
            ("Machine 1", 1, 2),
        ]
        # Every stage did all of it; guesses that turned out wrong come on top.
        (processed,) = {s.tokens_processed for s in job.stages}
        assert processed >= read + written
        assert job.citations[0].label == "Page 1"
        assert job.document_path == "/papers/report.txt"
        assert job.bytes_to_load > 0

    at_a(tmp_path, scenario)


def test_engines_are_left_to_others_between_jobs_and_not_before(tmp_path: Path) -> None:
    """Defect: another window is refused for as long as this one shows an answer."""

    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda stage, _chunk: stage == 0
        job_id = desk.ask()
        await desk.until(job_id, JobState.READING)
        assert desk.chain.count(RestStage) == 0
        desk.chain.let(lambda _stage, _chunk: True)
        await desk.queue.finished(job_id)
        await desk.answered("And the wall?", follows=job_id)
        desk.chain.failure = lambda _stage, _chunk: "It broke."
        await desk.queue.finished(desk.ask())
        while desk.chain.count(RestStage) < 3 * len(desk.chain.stages):
            await asyncio.sleep(0.01)

    at_a(tmp_path, scenario)


def test_a_follow_up_reads_its_own_words_only(tmp_path: Path) -> None:
    """No second plan, no second load, no second session, and the prefix is not fed again."""

    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        second = await desk.answered("And the wall?", follows=first.job_id)
        assert second.answer == ANSWER
        assert second.tokens_reused > len(TEXT)
        fresh = second.prompt_tokens - second.tokens_reused
        assert sum(second.chunk_lengths) == fresh < 30
        (processed,) = {s.tokens_processed for s in second.stages}
        assert fresh + len(second.token_ids) <= processed < second.tokens_reused
        assert desk.plans == 1
        assert desk.chain.count(LoadStage) == 2  # one on each stage
        assert desk.chain.count(OpenSession) == 2

    at_a(tmp_path, scenario)


def test_a_machine_that_was_left_out_is_not_asked_again(tmp_path: Path) -> None:
    """Defect: a machine that a person took out of the pool goes on answering follow-ups."""

    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        desk.left_out.add(first.plan.stages[1].machine_id)
        second = await desk.answered("And the wall?", follows=first.job_id)
        assert desk.plans == 2
        assert second.tokens_reused == 0

    at_a(tmp_path, scenario)


def test_a_follow_up_is_drawn_as_it_was_asked(tmp_path: Path) -> None:
    """The temperature of the first question must not stick to the session."""

    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        hot = Sampling(temperature=0.8)
        await desk.answered("And the wall?", follows=first.job_id, sampling=hot)
        told = [c.sampling for _, c in desk.chain.commands if isinstance(c, TruncateSession)]
        assert told == [hot, hot]

    at_a(tmp_path, scenario)


def test_another_document_gets_the_memory_of_the_first(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        await desk.answered()
        assert len(set(desk.chain.open_sessions)) == 2
        desk.chain.total_capacity = 4_000
        third = await desk.answered(output_tokens=1_000)
        late = await desk.answered("And now?", follows=first.job_id)
        assert late.tokens_reused == 0
        assert third.answer == ANSWER

    at_a(tmp_path, scenario)


def test_another_model_never_goes_on_from_a_session(tmp_path: Path) -> None:
    """Its token ids would mean something else."""

    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        other = ChosenModel(manifest("b"), desk.tokenizer)
        request = JobRequest(
            document=DOCUMENT, question="Again?", model_id="b", follows=first.job_id
        )
        job_id = desk.queue.ask(request, other)
        await desk.queue.finished(job_id)
        assert desk.jobs[job_id].state is JobState.DONE
        assert desk.jobs[job_id].tokens_reused == 0
        assert desk.chain.count(LoadStage) == 4

    at_a(tmp_path, scenario)


def test_weights_in_other_bits_never_go_on_from_a_session(tmp_path: Path) -> None:
    """Half of its caches would come from other weights, and its stages from the first question."""

    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        loads = [c.weight_bits for _, c in desk.chain.commands if isinstance(c, LoadStage)]
        assert loads == [16, 16]
        narrow = await desk.answered("And?", follows=first.job_id, weight_bits=4)
        assert narrow.tokens_reused == 0
        assert narrow.plan is not None and narrow.plan.weight_bits == 4
        loads = [c.weight_bits for _, c in desk.chain.commands if isinstance(c, LoadStage)]
        assert loads == [16, 16, 4, 4]
        again = await desk.answered("And then?", follows=narrow.job_id, weight_bits=4)
        assert again.tokens_reused > 0

    at_a(tmp_path, scenario)


def test_a_chosen_split_that_differs_reads_anew_and_one_that_does_not_goes_on(
    tmp_path: Path,
) -> None:
    async def scenario(desk: Desk) -> None:
        plan = desk.chain.plan((16,))
        first = await desk.answered(plan=plan)
        same = await desk.answered("And?", follows=first.job_id, plan=desk.chain.plan((4, 4)))
        assert same.tokens_reused > 0

    at_a(tmp_path, scenario)


def test_too_little_memory_for_follow_ups_is_enough_for_the_question(tmp_path: Path) -> None:
    """Room for further questions is a comfort; without it the job must not fail."""

    async def scenario(desk: Desk) -> None:
        desk.chain.largest_capacity = 500
        first = await desk.answered(output_tokens=64)
        assert first.answer == ANSWER
        desk.chain.largest_capacity = 100
        refused = desk.ask(output_tokens=64)
        await desk.queue.finished(refused)
        assert desk.jobs[refused].error == "No room."

    at_a(tmp_path, scenario)


@pytest.mark.parametrize("phase", sorted(PHASES, key=lambda state: state.value))
def test_a_job_is_stopped_in_any_phase_and_the_queue_goes_on(
    tmp_path: Path, phase: JobState
) -> None:
    async def scenario(desk: Desk) -> None:
        async def forever() -> None:
            await asyncio.sleep(60)

        async def slow_load(_stage: int, command: object) -> None:
            if isinstance(command, LoadStage) and phase is JobState.LOADING:
                await asyncio.sleep(0.3)

        desk.chain.on_command = slow_load
        if phase is JobState.PLANNING:
            desk.planning = forever
        elif phase is JobState.READING:
            desk.chain.gate = lambda _stage, chunk: chunk.position < 32
        elif phase is JobState.ANSWERING:
            desk.chain.gate = lambda _stage, chunk: chunk.tokens > 1
        job_id = desk.ask()
        waiting = desk.ask("Second?")
        await desk.until(job_id, phase)
        await asyncio.sleep(0.05)
        began = time.monotonic()
        cancelling = asyncio.create_task(desk.queue.cancel(job_id))
        await desk.until(job_id, JobState.CANCELLED)
        assert time.monotonic() - began < 0.5
        desk.planning = None
        desk.chain.let(lambda _stage, _chunk: True)
        await cancelling
        await desk.queue.finished(waiting)
        assert desk.jobs[waiting].answer == ANSWER
        assert desk.states[job_id][-1] is JobState.CANCELLED

    at_a(tmp_path, scenario)


def test_a_stop_is_told_at_once_even_if_a_stage_is_busy(tmp_path: Path) -> None:
    """An engine takes commands between chunks only, and a chunk can take seconds."""

    async def scenario(desk: Desk) -> None:
        async def busy(_stage: int, command: object) -> None:
            if type(command).__name__ in ("CancelSession", "CloseSession"):
                await asyncio.sleep(1.0)

        desk.chain.gate = lambda _stage, chunk: chunk.position < 32
        job_id = desk.ask()
        await desk.until(job_id, JobState.READING)
        desk.chain.on_command = busy
        began = time.monotonic()
        cancelling = asyncio.create_task(desk.queue.cancel(job_id))
        await desk.until(job_id, JobState.CANCELLED)
        assert time.monotonic() - began < 0.5
        cancelling_again = asyncio.create_task(desk.queue.cancel(job_id))
        await asyncio.gather(cancelling, cancelling_again)
        assert time.monotonic() - began >= 1.0
        desk.chain.on_command = None

    at_a(tmp_path, scenario)


def test_a_job_stopped_before_it_began_is_told_as_stopped(tmp_path: Path) -> None:
    """A task cancelled before its first step runs none of its own code."""

    async def scenario(desk: Desk) -> None:
        job_id = desk.ask()
        await desk.queue.cancel(job_id)
        assert desk.jobs[job_id].state is JobState.CANCELLED
        running, waiting = desk.ask(), desk.ask("Second?")
        await desk.until(running, JobState.READING, JobState.ANSWERING)
        await desk.queue.cancel(waiting)
        assert desk.jobs[waiting].state is JobState.CANCELLED
        await desk.queue.finished(running)
        assert desk.jobs[running].state is JobState.DONE

    at_a(tmp_path, scenario)


def test_a_stopped_answer_can_be_followed_without_reading_again(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda _stage, chunk: chunk.tokens > 1
        first = desk.ask()
        await desk.until(first, JobState.ANSWERING)
        cancelling = asyncio.create_task(desk.queue.cancel(first))
        await desk.until(first, JobState.CANCELLED)
        desk.chain.let(lambda _stage, _chunk: True)
        await cancelling
        second = await desk.answered("And the wall?", follows=first)
        assert second.tokens_reused > len(TEXT)
        assert second.answer == ANSWER

    at_a(tmp_path, scenario)


def test_a_stopped_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda stage, chunk: chunk.position < (48 if stage == 0 else 32)
        first = desk.ask()
        while desk.jobs[first].tokens_read < 32:
            await asyncio.sleep(0.01)
        cancelling = asyncio.create_task(desk.queue.cancel(first))
        while desk.chain.count(CancelSession) < 2:
            await asyncio.sleep(0.01)
        desk.chain.let(lambda _stage, _chunk: True)
        await cancelling
        again = await desk.answered(follows=first)
        assert again.tokens_reused == 32
        assert again.answer == ANSWER

    at_a(tmp_path, scenario)


def test_a_stage_that_fails_fails_the_job_and_the_queue_goes_on(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        sessions: list[str] = []

        def failure(stage: int, chunk: Chunk) -> str | None:
            sessions.append(chunk.session)
            is_first = chunk.session == sessions[0]
            return "Memory ran out." if is_first and stage == 1 and chunk.position >= 32 else None

        desk.chain.failure = failure
        first, second = desk.ask(), desk.ask("Second?")
        await desk.queue.finished(first)
        assert desk.jobs[first].state is JobState.FAILED
        assert desk.jobs[first].error == "Memory ran out."
        await desk.queue.finished(second)
        assert desk.jobs[second].answer == ANSWER

    at_a(tmp_path, scenario)


@pytest.mark.parametrize("phase", [JobState.READING, JobState.ANSWERING])
def test_a_lost_machine_fails_the_job_by_name_and_the_pool_goes_on(
    tmp_path: Path, phase: JobState
) -> None:
    async def scenario(desk: Desk) -> None:
        held = phase is JobState.READING
        desk.chain.gate = lambda stage, chunk: stage == 0 or (chunk.tokens > 1 and not held)
        first = desk.ask()
        await desk.until(first, phase)
        began = time.monotonic()
        lost = desk.chain.stages[1]
        await lost.die()
        await desk.queue.finished(first)
        assert time.monotonic() - began < 3.0
        job = desk.jobs[first]
        assert job.state is JobState.FAILED
        assert job.error.startswith("Machine 1 stopped answering")
        assert "ask again" in job.hint
        lost.sessions.clear()
        # The machine is gone for good; what is left answers alone.
        del desk.chain.stages[1]
        desk.chain.let(lambda _stage, _chunk: True)
        second = await desk.answered(follows=first)
        assert second.tokens_reused == 0
        assert len(second.stages) == 1

    at_a(tmp_path, scenario)


def test_what_the_planner_refuses_is_shown_with_its_hint(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        async def refuse() -> None:
            raise DoesNotFit("It needs 20 GB.", "Add a machine.")

        desk.planning = refuse
        job_id = desk.ask()
        await desk.queue.finished(job_id)
        job = desk.jobs[job_id]
        assert (job.error, job.hint) == ("It needs 20 GB.", "Add a machine.")
        assert desk.history.jobs() == ()

    at_a(tmp_path, scenario)


def test_a_mistake_of_ours_fails_the_job_and_not_the_queue(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(desk: Desk) -> None:
        async def blunder() -> None:
            raise KeyError("stage")

        desk.planning = blunder
        job_id = desk.ask()
        await desk.queue.finished(job_id)
        assert "KeyError" in desk.jobs[job_id].error
        desk.planning = None
        await desk.answered()

    at_a(tmp_path, scenario)
    assert "failed unexpectedly" in caplog.text


def test_a_document_too_long_fails_with_the_numbers_and_touches_no_machine(
    tmp_path: Path,
) -> None:
    async def scenario(desk: Desk) -> None:
        desk.model = ChosenModel(manifest("a", context_tokens=128), desk.tokenizer)
        job_id = desk.ask(output_tokens=50)
        await desk.queue.finished(job_id)
        assert "too long" in desk.jobs[job_id].error
        assert desk.plans == 0

    at_a(tmp_path, scenario)


def test_an_answer_ends_at_a_stop_string_or_at_its_limit(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        desk.say("Four. STOP and more", ends=False)
        job = await desk.answered(stop_strings=("STOP",))
        assert job.answer == "Four."
        desk.say("Four and four and four", ends=False)
        job = await desk.answered(output_tokens=8)
        assert job.answer == "Four and"
        assert len(job.token_ids) == 8
        again = await desk.answered("And?", follows=job.job_id, output_tokens=4)
        assert again.answer == "Four"
        assert again.tokens_reused > len(TEXT)

    at_a(tmp_path, scenario)


def test_answers_are_kept_and_survive_a_restart(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        job = await desk.answered()
        assert History(tmp_path / "history").jobs() == (job,)
        stopped = desk.ask()
        await desk.queue.cancel(stopped)
        assert len(desk.history.jobs()) == 1

    at_a(tmp_path, scenario)


def test_a_full_disk_costs_the_history_and_not_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise HPipeError("The disk is full.")

    async def scenario(desk: Desk) -> None:
        monkeypatch.setattr(desk.history, "keep", refuse)
        assert (await desk.answered()).answer == ANSWER

    at_a(tmp_path, scenario)
    assert "The disk is full." in caplog.text


def test_closing_a_job_gives_its_memory_back(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        job = await desk.answered()
        assert desk.chain.open_sessions
        await desk.queue.close_job(job.job_id)
        assert desk.chain.open_sessions == []
        await desk.queue.close_job(job.job_id)
        assert desk.chain.count(CloseSession) == 2

    at_a(tmp_path, scenario)


def test_closing_the_first_job_does_not_take_the_session_from_under_the_second(
    tmp_path: Path,
) -> None:
    async def scenario(desk: Desk) -> None:
        first = await desk.answered()
        desk.chain.gate = lambda _stage, chunk: chunk.tokens > 1
        second = desk.ask("And the wall?", follows=first.job_id)
        await desk.until(second, JobState.ANSWERING)
        await desk.queue.close_job(first.job_id)
        desk.chain.let(lambda _stage, _chunk: True)
        await desk.queue.finished(second)
        assert desk.jobs[second].answer == ANSWER
        third = await desk.answered("Third?", follows=second)
        assert third.tokens_reused > len(TEXT)

    at_a(tmp_path, scenario)


def test_a_job_closed_while_it_runs_leaves_no_session(tmp_path: Path) -> None:
    """The window puts a document away: its job is stopped and its memory given back."""

    async def scenario(desk: Desk) -> None:
        desk.chain.gate = lambda _stage, chunk: chunk.tokens > 1
        job_id = desk.ask()
        await desk.until(job_id, JobState.ANSWERING)
        cancelling = asyncio.create_task(desk.queue.cancel(job_id))
        await desk.queue.close_job(job_id)
        desk.chain.let(lambda _stage, _chunk: True)
        await cancelling
        assert desk.chain.open_sessions == []

    at_a(tmp_path, scenario)


def test_closing_everything_does_not_wait_for_a_stage_that_hangs(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        async def hang(_stage: int, command: object) -> None:
            if type(command).__name__ in ("CancelSession", "CloseSession"):
                await asyncio.sleep(60)

        desk.chain.gate = lambda _stage, _chunk: False
        first, second = desk.ask(), desk.ask("Second?")
        await desk.until(first, JobState.READING)
        desk.chain.on_command = hang
        began = time.monotonic()
        await desk.queue.close()
        assert time.monotonic() - began < 4.0
        assert desk.jobs[first].state is JobState.CANCELLED
        assert desk.jobs[second].state is JobState.CANCELLED
        for stage in desk.chain.stages:
            stage.sessions.clear()

    at_a(tmp_path, scenario)


def test_ended_jobs_leave_nothing_in_the_queue(tmp_path: Path) -> None:
    """Each holds the text of its document: a day of work must not fill the memory."""

    async def scenario(desk: Desk) -> None:
        for number in range(KEPT_SESSIONS + 2):
            await desk.answered(f"Question {number}?")
        await asyncio.sleep(0)
        assert desk.queue._tasks == {}
        assert len(desk.queue._conversations) == KEPT_SESSIONS
        assert desk.queue._running == {}

    at_a(tmp_path, scenario)


def test_a_model_is_in_use_while_a_job_waits_or_runs(tmp_path: Path) -> None:
    """Defect: its files are deleted under a job."""

    async def scenario(desk: Desk) -> None:
        first, second = desk.ask(), desk.ask("And the wall?")
        assert desk.queue.uses("a") and not desk.queue.uses("b")
        await desk.queue.finished(first)
        assert desk.queue.uses("a")
        await desk.queue.finished(second)
        assert not desk.queue.uses("a")

    at_a(tmp_path, scenario)


def test_the_sessions_of_a_model_are_closed_before_it_goes(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        await desk.answered()
        await desk.queue.close_model("b")
        assert desk.chain.open_sessions != []
        await desk.queue.close_model("a")
        assert desk.chain.open_sessions == []

    at_a(tmp_path, scenario)
