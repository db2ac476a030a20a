"""A saved answer holds the question, the answer and its places, under a name any system takes."""

from __future__ import annotations

from pathlib import Path

from app.analyze.export import as_markdown, file_name, write_answer
from app.analyze.history_search import matching
from runtime.snapshots import Citation, JobSnapshot, JobState

JOB = JobSnapshot(
    job_id="1",
    title="Harbour: report / 2025?",
    question="What does\nit cost?",
    state=JobState.DONE,
    model_name="Gemma",
    prompt_tokens=812,
    answer="It costs **4** euros.",
    citations=(
        Citation(label="Page 2", start=1, end=5, quote="four\neuros"),
        Citation(label="Page 2", start=1, end=5, quote="four\neuros"),
        Citation(label="Page 3", start=6, end=9),
    ),
)


def test_the_file_says_what_was_asked_and_where_it_stands(tmp_path: Path) -> None:
    target = tmp_path / "answer.md"
    write_answer(target, [JOB])
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# Harbour: report / 2025?\n")
    assert "## What does it cost?\n\nIt costs **4** euros.\n" in text
    assert text.count("- Page 2: “four euros”") == 1
    assert "- Page 3\n" in text
    assert "812" in text


def test_a_conversation_has_one_title_and_every_question() -> None:
    text = as_markdown([JOB, JOB])
    assert text.count("# Harbour") == 1
    assert text.count("## What does it cost?") == 2


def test_the_name_of_the_file_is_allowed_everywhere() -> None:
    assert file_name(JOB) == "Harbour report 2025 - answer.md"
    assert file_name(JobSnapshot(job_id="1", title="..", question="", state=JobState.DONE)) == (
        "answer.md"
    )


def test_the_search_wants_every_word_and_shows_the_newest_first() -> None:
    older = JobSnapshot(
        job_id="2", title="Lease", question="Notice?", state=JobState.DONE, started_at=1.0
    )
    newer = JobSnapshot(
        job_id="3", title="LEASE", question="Rent?", state=JobState.DONE, started_at=2.0
    )
    jobs = (older, newer, JOB)
    assert matching(jobs, "lease") == (newer, older)
    assert matching(jobs, "rent LEASE") == (newer,)
    assert matching(jobs, "euros costs") == (JOB,)
    assert matching(jobs, "nowhere") == ()
    assert len(matching(jobs, "  ")) == 3
