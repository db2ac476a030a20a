"""A document that lies open on the page, and what was asked about it. No Qt in here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import HPipeError
from runtime.snapshots import DocumentSnapshot, JobRequest, JobSnapshot, JobState

ENDED = {JobState.DONE, JobState.CANCELLED, JobState.FAILED}


@dataclass(eq=False)
class Turn:
    """One question and what has become of it so far."""

    question: str
    request: JobRequest | None = None  # None: it was asked when the window was open before
    job_id: str = ""  # "": not queued yet
    job: JobSnapshot | None = None
    error: HPipeError | None = None  # it could not be queued
    is_cancelling: bool = False

    @property
    def is_running(self) -> bool:
        if self.error is not None:
            return False
        return self.job is None or self.job.state not in ENDED

    @property
    def has_read(self) -> bool:
        """Whether the machines may still hold what they read of the document for it."""
        return (
            self.job is not None
            and self.job.state in (JobState.DONE, JobState.CANCELLED)
            and self.job.tokens_read > 0
        )

    @property
    def is_answered(self) -> bool:
        return self.job is not None and self.job.state is JobState.DONE


@dataclass(eq=False)
class OpenDocument:
    """path is where it was read from; a part or a combination of documents has a title as well."""

    path: Path
    title: str
    document: DocumentSnapshot | None = None
    error: HPipeError | None = None
    tokens: int | None = None  # with model_id's tokenizer; None while it is counted
    model_id: str = ""
    turns: list[Turn] = field(default_factory=list)
    # Asked as soon as the text is there and a model is chosen.
    waiting_question: str = ""

    @property
    def is_loading(self) -> bool:
        return self.document is None and self.error is None

    @property
    def current(self) -> Turn | None:
        """The turn that runs, or the latest one."""
        running = (turn for turn in self.turns if turn.is_running)
        return next(running, self.turns[-1] if self.turns else None)

    @property
    def answered_jobs(self) -> list[JobSnapshot]:
        return [turn.job for turn in self.turns if turn.is_answered and turn.job is not None]

    def follows(self, model_id: str) -> str:
        """The job whose session a further question can reuse, "" for none."""
        for turn in reversed(self.turns):
            if turn.request is None or turn.request.model_id != model_id:
                continue
            if turn.job_id and (turn.is_running or turn.has_read):
                return turn.job_id
        return ""

    def turn_of(self, job_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.job_id == job_id), None)
