"""Looks for words in past answers. No Qt in here."""

from __future__ import annotations

from collections.abc import Iterable

from runtime.snapshots import JobSnapshot


def matching(jobs: Iterable[JobSnapshot], words: str) -> tuple[JobSnapshot, ...]:
    """The jobs that hold every word in their title, question, answer or model, newest first."""
    wanted = words.casefold().split()
    found = [job for job in jobs if all(word in _text(job) for word in wanted)]
    return tuple(sorted(found, key=lambda job: job.started_at, reverse=True))


def _text(job: JobSnapshot) -> str:
    return "\n".join((job.title, job.question, job.answer, job.model_name)).casefold()
