"""The whole of it with real workers and engines of this machine, and a tiny random model."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import psutil
import pytest

from runtime.errors import ModelError
from runtime.snapshots import DocumentSnapshot, JobState, PageAnchor, PlanRequest
from tests.runtime.coordinator.letters import letters
from tests.runtime.coordinator.running import ENDED, Running, running
from tests.runtime.engine.tiny import tiny_config, tiny_model

pytestmark = pytest.mark.slow
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
TEXT = "The gate costs four euros and the wall costs nine. " * 12
DOCUMENT = DocumentSnapshot(
    path="report.txt",
    title="Report",
    text=TEXT,
    anchors=(PageAnchor(label="Page 1", start=0, end=len(TEXT)),),
)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights over a vocabulary of bytes."""
    folder = tmp_path_factory.mktemp("model")
    config = tiny_config("llama", vocab_size=260, max_position_embeddings=2048, eos_token_id=0)
    tiny_model(config).save_pretrained(folder)
    letters(folder)
    return folder


def pool_of_two(folder: Path, model: Path) -> AbstractAsyncContextManager[Running]:
    return running(folder / "state", folder / "cache", str(model), DOCUMENT)


def engines() -> list[psutil.Process]:
    """The engine processes of this test's workers."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if "runtime.engine" in process.cmdline()]


def test_questions_over_two_real_stages(tmp_path: Path, model_folder: Path) -> None:
    """A reused, a stopped and a fresh session must all lead to the very same tokens."""

    async def scenario() -> None:
        async with pool_of_two(tmp_path, model_folder) as it:
            first = await it.answered("What does the gate cost?")
            assert len(first.stages) == 2
            assert first.stages[0].last_layer == first.stages[1].first_layer
            processed = {share.tokens_processed for share in first.stages}
            assert processed == {first.prompt_tokens + len(first.token_ids) - 1}
            assert first.tokens_read == first.prompt_tokens > len(TEXT)

            second = await it.answered("And the wall?", follows=first.job_id)
            assert second.tokens_reused > len(TEXT)

            stopped = await it.ask("Which one?", follows=second.job_id, output_tokens=1024)
            await it.until(stopped, JobState.ANSWERING)
            with pytest.raises(ModelError, match="A job uses this model"):
                await it.service.remove_model(it.model_id)
            began = time.monotonic()
            await it.service.cancel(stopped)
            assert time.monotonic() - began < 1.0
            assert it.jobs[stopped].state is JobState.CANCELLED

            after = await it.answered("And the wall?", follows=stopped)
            assert after.tokens_reused > len(TEXT)
            assert after.token_ids == second.token_ids

            fresh = await it.answered("And the wall?")
            assert fresh.tokens_reused == 0
            assert fresh.token_ids == second.token_ids
            kept = {job.job_id for job in await it.service.history()}
            assert kept == {first.job_id, second.job_id, after.job_id, fresh.job_id}

            out, last = fresh.plan.stages
            await it.service.include(out.machine_id, False)
            alone = await it.answered("And the wall?", follows=fresh.job_id)
            assert [stage.machine_id for stage in alone.plan.stages] == [last.machine_id]
            assert alone.tokens_reused == 0, "a machine that was left out is not asked again"
            assert alone.token_ids == fresh.token_ids

            await it.service.limit_memory(last.machine_id, 10_000_000)
            refused = await it.service.plan(
                PlanRequest(model_id=it.model_id, prompt_tokens=100, output_tokens=10)
            )
            assert "without the memory limit of Worker" in refused.outcome.suggestions[0]

            await it.service.remove_model(it.model_id)
            assert await it.service.models() == ()
            assert (model_folder / "config.json").exists(), "a person's own files stay"
            with pytest.raises(ModelError):
                await it.ask("And now?", follows=alone.job_id)

    asyncio.run(asyncio.wait_for(scenario(), 110))
    assert engines() == []


def test_an_engine_that_is_killed_fails_its_job_and_the_next_one_runs(
    tmp_path: Path, model_folder: Path
) -> None:
    async def scenario() -> None:
        async with pool_of_two(tmp_path, model_folder) as it:
            first = await it.ask("What does the gate cost?", output_tokens=1024)
            await it.until(first, JobState.ANSWERING)
            began = time.monotonic()
            engines()[-1].send_signal(KILL)
            job = await it.until(first, *ENDED)
            assert time.monotonic() - began < 10.0
            assert job.state is JobState.FAILED
            assert "Worker" in job.error and "ended" in job.error
            again = await it.answered("What does the gate cost?", follows=first)
            assert len(again.stages) == 2

    asyncio.run(asyncio.wait_for(scenario(), 110))
    assert engines() == []
