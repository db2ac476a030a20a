"""What a command prints while a pool works: the answer on the output, sentences beside it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runtime.commands.progress import EventPrinter
from runtime.planner.plan import plan
from runtime.planner.values import Plan
from runtime.snapshots import (
    JobChanged,
    JobSnapshot,
    JobState,
    LogWritten,
    MachineSnapshot,
    MachineState,
    PoolChanged,
    PoolSnapshot,
    TransferMoved,
    TransferSnapshot,
)
from tests.runtime.planner.problems import problem

JOB = JobSnapshot(job_id="j", title="a.pdf", question="What?", state=JobState.ANSWERING)


def answering(printer: EventPrinter, *answers: str) -> None:
    for answer in answers:
        printer(JobChanged(replace(JOB, answer=answer)))


def test_the_answer_is_printed_once_without_space_around_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The last snapshot is stripped: counting its characters from another start lost one."""
    with EventPrinter(stream_answer=True) as printer:
        answering(printer, " 12", " 12 ", " 12  March", " 12  March \n")
        printer(JobChanged(replace(JOB, state=JobState.DONE, answer="12  March.")))
    assert capsys.readouterr().out == "12  March.\n"


def test_an_answer_that_is_not_streamed_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with EventPrinter(stream_answer=False) as printer:
        answering(printer, "12 March")
    assert capsys.readouterr().out == ""


def test_each_thing_that_begins_is_one_line_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar drawn again and again would fill a log file."""
    machine = MachineSnapshot(machine_id="m", name="Attic [left]", state=MachineState.MEASURING)
    with EventPrinter(stream_answer=True) as printer:
        for done in range(5):
            moved = TransferSnapshot(name="Fetching a model", bytes_done=done, bytes_total=5)
            printer(TransferMoved(moved))
        printer(TransferMoved(TransferSnapshot(name="Converting", bytes_done=0, bytes_total=0)))
        printer(
            TransferMoved(TransferSnapshot(name="", bytes_done=0, bytes_total=0, finished=True))
        )
        for share in (0.0, 0.5, 1.0):
            printer(PoolChanged(PoolSnapshot(machines=(replace(machine, progress=share),))))
        printer(LogWritten("warning", "Attic stopped answering.", 0.0))
        printer(LogWritten("info", "of no interest here", 0.0))
        reading = replace(JOB, state=JobState.READING, prompt_tokens=4000)
        for tokens in (0, 1000, 4000):
            printer(JobChanged(replace(reading, tokens_read=tokens)))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "Fetching a model …",
        "Converting …",
        "Measuring Attic [left] …",
        "Attic stopped answering.",
        "Reading 4,000 tokens …",
    ]


def test_each_of_several_documents_has_its_name_and_its_own_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Defect: the first answer ends the bars of documents that are still being read."""
    with EventPrinter(stream_answer=False, names_documents=True) as printer:
        for name in ("one", "two"):
            reading = replace(JOB, job_id=name, title=name, state=JobState.READING)
            printer(JobChanged(replace(reading, prompt_tokens=1000)))
        printer(JobChanged(replace(JOB, job_id="one", title="one", state=JobState.DONE)))
        again = replace(JOB, job_id="two", title="two", state=JobState.READING)
        printer(JobChanged(replace(again, prompt_tokens=1000, tokens_read=500)))
    assert capsys.readouterr().err.splitlines() == [
        "one: Reading 1,000 tokens …",
        "two: Reading 1,000 tokens …",
    ]


def test_the_split_is_told_with_the_names_of_the_machines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = plan(problem((1e12, 0.9e12)))
    assert isinstance(found, Plan)
    assert len(found.stages) == 2
    names = {"machine-1": "Desk", "machine-2": "Attic"}
    machines = tuple(MachineSnapshot(machine_id=key, name=name) for key, name in names.items())
    with EventPrinter(stream_answer=True) as printer:
        printer(PoolChanged(PoolSnapshot(machines=machines)))
        loading = JobChanged(replace(JOB, state=JobState.LOADING, plan=found))
        printer(loading)
        printer(loading)
    first, second = found.stages
    assert capsys.readouterr().err.splitlines() == [
        f"{names[first.machine_id]} takes {first.layer_count} of the 12 layers, "
        f"{names[second.machine_id]} {second.layer_count}. The first word is expected after "
        f"{found.prediction.ttft_seconds:.1f} s of reading. {found.reason}"
    ]
