"""Measuring, planning and answering over machines of unequal speed, and what a loss does to it."""

from __future__ import annotations

import json
import platform
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.machines import Lab, why_not
from tests.lab.model import LAYERS, make_model

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.timeout(300),
]

CORES = 0.9
RATE = "200mbit"
RATE_BYTES_PER_SECOND = 25e6


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


class Pool:
    """A window's machine and a helper, paired, with the model added on the window's alone."""

    def __init__(self, lab: Lab, model: Path, *, have_met: bool = False) -> None:
        self.desk = lab.machine("Desk", cores=CORES, rate=RATE)
        self.attic = lab.machine("Attic", cores=CORES, rate=RATE)
        self.worker = self.attic.worker("--threads", "1")
        self.window = self.desk.window()
        if not have_met:
            self.window.until(lambda machine: machine, "Attic", 10.0)
            code = self.worker.line(lambda line: line.startswith("Pairing code: ")).split()[-1]
            self.window.ask("pair", self.window.machines["Attic"]["machine_id"], code)
        self.window.until(lambda machine: machine and machine["state"] == "paired", "Attic", 10.0)
        self.model_id: str = self.window.ask("add_model", str(model))["model_id"]
        self.document = lab_document(self.desk.folder / "document.txt", 6_000)

    def ask(self, document: Path, output_tokens: int = 8) -> str:
        job_id: str = self.window.ask(
            "ask", str(document), "What?", self.model_id, {"output_tokens": output_tokens}
        )
        return job_id

    def job(self, job_id: str, *states: str, seconds: float) -> dict[str, Any]:
        """The job once it is in one of these states."""
        found: dict[str, Any] = {}

        def is_there(line: str) -> bool:
            told = self.window.take(line)
            if told.get("job", {}).get("job_id") == job_id:
                found.update(told["job"])
            return found.get("state") in states

        self.window.process.line(is_there, seconds)
        return found


def lab_document(path: Path, characters: int) -> Path:
    text = "\n\n".join(
        f"Entry {number}: the box holds {number * 7} nails." for number in range(400)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((text * (characters // len(text) + 1))[:characters])
    return path


@pytest.fixture
def pool(tmp_path: Path, model: Path) -> Iterator[Pool]:
    """Machines that have never met."""
    with Lab(tmp_path) as lab:
        yield Pool(lab, model)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """What two machines that have met keep: keys and pairings, later measurements and layers."""
    folder = tmp_path_factory.mktemp("machines")
    with Lab(folder) as lab:
        Pool(lab, model)
    return folder


@pytest.fixture
def pool_again(folders: Path, model: Path) -> Iterator[Pool]:
    """The same two machines on another day, as a person's are every day but the first."""
    with Lab(folders) as lab:
        yield Pool(lab, model, have_met=True)


def test_two_slow_machines_measure_plan_and_answer_together(pool: Pool) -> None:
    pool.window.ask("measure", pool.model_id, seconds=120.0)
    snapshot = pool.window.ask("pool")
    speeds = [
        device["prefill_tokens_per_second"]
        for machine in snapshot["machines"]
        for device in machine["devices"]
    ]
    assert all(speed and speed > 0 for speed in speeds)
    for link in snapshot["links"]:
        assert 0.5 * RATE_BYTES_PER_SECOND < link["bytes_per_second"] < 1.3 * RATE_BYTES_PER_SECOND
        assert 0 < link["latency_seconds"] < 0.05
    assert len(snapshot["links"]) == 2

    done = pool.job(pool.ask(pool.document), "done", "failed", seconds=150.0)
    assert done["state"] == "done", done["error"]
    assert len(done["token_ids"]) == 8
    stages = done["stages"]
    assert {stage["machine"] for stage in stages} == {"Desk", "Attic"}
    assert [stages[0]["first_layer"], stages[-1]["last_layer"]] == [0, LAYERS]
    assert stages[0]["last_layer"] == stages[1]["first_layer"]
    assert all(stage["tokens_processed"] >= done["prompt_tokens"] for stage in stages)
    # The helper had no model: it got the layers of its stage, and not all of them.
    held = {path.stem for path in pool.attic.folder.rglob("parts/layer-*.safetensors")}
    own = next(stage for stage in stages if stage["machine"] == "Attic")
    needed = {f"layer-{layer:05}" for layer in range(own["first_layer"], own["last_layer"])}
    assert needed <= held and len(held) < LAYERS


def test_the_terminal_uses_the_paired_machine_too(pool_again: Pool, model: Path) -> None:
    pool_again.window.process.stop()
    command = pool_again.desk.main(
        *("analyze", str(pool_again.document), "--ask", "What?", "--model", str(model)),
        *("--output-tokens", "4", "--json"),
    )
    assert command.wait(150.0) == 0, command.lines[-20:]
    printed = "\n".join(command.lines)
    report = json.loads(printed[printed.index("\n{") :])
    assert {stage["machine"] for stage in report["stages"]} == {platform.node(), "Attic"}
    assert len(report["token_ids"]) == 4
    assert pool_again.desk.processes() == set()


@pytest.mark.parametrize("loss", ["killed", "unplugged"])
def test_a_machine_lost_in_mid_job_ends_it_with_a_sentence_and_the_pool_goes_on(
    pool_again: Pool, loss: str
) -> None:
    long = lab_document(pool_again.desk.folder / "long.txt", 20_000)
    job_id = pool_again.ask(long, output_tokens=4)
    reading = pool_again.job(job_id, "reading", seconds=150.0)
    assert {stage["machine_id"] for stage in reading["plan"]["stages"]} == {
        machine["machine_id"] for machine in pool_again.window.machines.values()
    }, reading["plan"]["reason"]
    lost_at = time.monotonic()
    if loss == "killed":
        pool_again.worker.stop(signal.SIGKILL)
    else:
        pool_again.attic.unplug()
    failed = pool_again.job(job_id, "failed", "done", seconds=15.0)
    assert failed["state"] == "failed"
    assert time.monotonic() - lost_at < 10.0
    assert "Attic" in failed["error"]
    pool_again.window.until(lambda machine: machine["state"] == "lost", "Attic", 10.0)

    again = pool_again.job(pool_again.ask(pool_again.document), "done", "failed", seconds=150.0)
    assert again["state"] == "done", again["error"]
    assert {stage["machine"] for stage in again["stages"]} == {"Desk"}
    pool_again.window.process.stop()
    assert pool_again.desk.processes() == set()
