"""An answer, or a whole conversation, as a Markdown file. No Qt in here."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from runtime.files import write_atomically
from runtime.snapshots import Citation, JobSnapshot

_KNOWN_ENDING = re.compile(r"\.(pdf|docx|md|markdown|txt|html?)$", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def as_markdown(jobs: Sequence[JobSnapshot]) -> str:
    """The questions and answers about one document, with the places they rest on."""
    lines = [f"# {_one_line(jobs[0].title)}", ""]
    for job in jobs:
        lines += [f"## {_one_line(job.question)}", "", job.answer.strip(), ""]
        sources = distinct(job.citations)
        if sources:
            lines += [f"- {_source(citation)}" for citation in sources]
            lines.append("")
        lines += [f"*{_figures(job)}*", ""]
    return "\n".join(lines)


def file_name(job: JobSnapshot) -> str:
    """A name any system takes, from the document's title; never the document's own."""
    name = _UNSAFE.sub(" ", job.title).strip(" .")
    stem = " ".join(_KNOWN_ENDING.sub("", name).split())[:80]
    return f"{stem} - answer.md" if stem else "answer.md"


def write_answer(path: Path, jobs: Sequence[JobSnapshot]) -> None:
    """What the file held before is kept until all is written. Raises SetupError if it cannot be."""
    write_atomically(path, as_markdown(jobs).encode())


def distinct(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Each place once, in the order of the answer."""
    return tuple({(c.label, c.start, c.end): c for c in citations}.values())


def _source(citation: Citation) -> str:
    quote = _one_line(citation.quote)
    return f"{citation.label}: “{quote}”" if quote else citation.label


def _figures(job: JobSnapshot) -> str:
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.started_at))
    return f"{job.model_name}, {job.prompt_tokens} tokens, {day}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
