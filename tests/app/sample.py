"""The document and the answers of the scripted runtime."""

from __future__ import annotations

from pathlib import Path

from runtime.snapshots import Citation, DocumentSnapshot, JobSnapshot, JobState, PageAnchor

TOPICS = (
    "the condition of the harbour wall", "traffic on the eastern quay", "the pumping station",
    "costs of the spring dredging", "the new crane", "complaints about noise",
    "the ferry timetable", "salt damage to the sluice gates", "staff and training",
    "the budget for next year", "open questions", "dates of the next inspections",
)  # fmt: skip
SENTENCES = (
    "The commission walked the whole length of the site and noted what it saw.",
    "Measurements were taken at low water and compared with those of the year before.",
    "Two of the three contractors answered in time; the third asked for another week.",
    "No immediate danger was found, but the work should not wait until the autumn.",
    "A drawing of the section is kept in the archive of the harbour office.",
)

ANSWER = """The report describes the **state of the harbour** and what it will cost.

- The sluice gates show salt damage and must be repaired before the autumn (Page 8).
- Dredging in spring cost more than planned (Page 4).
- The budget for next year sets money aside for both (Page 10).

### Next steps
1. Ask the third contractor for an answer.
2. Fix the date of the next inspection (Page 12)."""

FOLLOW_UP_ANSWER = "The **third contractor** asked for another week (Page 2)."


def sample_document(path: Path) -> DocumentSnapshot:
    """Twelve pages of about 600 tokens each."""
    text, anchors = "", []
    for number, topic in enumerate(TOPICS, start=1):
        start = len(text)
        text += f"{number}. About {topic}\n\n"
        for paragraph in range(7):
            text += " ".join(SENTENCES[(paragraph + i) % 5] for i in range(5)) + "\n\n"
        anchors.append(PageAnchor(label=f"Page {number}", start=start, end=len(text)))
    return DocumentSnapshot(path=str(path), title=path.stem, text=text, anchors=tuple(anchors))


def past_jobs() -> tuple[JobSnapshot, ...]:
    return (
        JobSnapshot(
            job_id="past-1", title="Annual report 2025", question="Summarise the document.",
            state=JobState.DONE, model_name="Gemma 3 270M", prompt_tokens=48210,
            tokens_read=48210, tokens_per_second=1840.0, answer=ANSWER, started_at=1.79e9,
            ttft_seconds=26.2, decode_tokens_per_second=31.0,
            citations=(Citation(label="Page 8", start=0, end=0, quote="Salt damage"),),
        ),
        JobSnapshot(
            job_id="past-2", title="Tenancy agreement with all its annexes and amendments",
            question="Which notice periods apply?", state=JobState.DONE,
            model_name="Qwen2.5 7B Instruct", prompt_tokens=21007, tokens_read=21007,
            answer="Three months for the tenant (Page 3).", started_at=1.78e9,
            ttft_seconds=14.0, decode_tokens_per_second=22.0,
        ),
    )  # fmt: skip
