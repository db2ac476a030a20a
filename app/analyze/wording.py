"""What the page says of a document and of a job, in words and figures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.analyze.lengths import Length
from app.analyze.open_document import OpenDocument, Turn
from app.format import duration, memory, number, percent, token_rate
from runtime.snapshots import JobSnapshot, JobState

translate = QCoreApplication.translate

ICONS = {
    JobState.WAITING: ("waiting", "text_muted"),
    JobState.PLANNING: ("plan", "accent"),
    JobState.LOADING: ("download", "accent"),
    JobState.READING: ("reading", "accent"),
    JobState.ANSWERING: ("answering", "accent"),
    JobState.DONE: ("ready", "good"),
    JobState.CANCELLED: ("cancelled", "text_muted"),
    JobState.FAILED: ("error", "danger"),
}


def tokens(count: int) -> str:
    return translate("Analyze", "{n} tokens").format(n=number(count))


def icon_of(turn: Turn) -> tuple[str, str]:
    """Icon and colour role of where a question stands."""
    if turn.error is not None:
        return ICONS[JobState.FAILED]
    return ICONS[turn.job.state if turn.job is not None else JobState.WAITING]


def step(turn: Turn, measured_share: float | None = None) -> str:
    """What is being done for a question right now; measured_share says how far measuring is."""
    if turn.is_cancelling:
        return translate("Analyze", "Stopping …")
    job = turn.job
    if job is not None and job.state is JobState.READING and job.prompt_tokens:
        return translate("Analyze", "Reading: {read} of {all} tokens").format(
            read=number(job.tokens_read), all=number(job.prompt_tokens)
        )
    if job is not None and job.state is JobState.LOADING and job.bytes_loaded < job.bytes_to_load:
        return translate("Analyze", "Loading the model: {done} of {all}").format(
            done=memory(job.bytes_loaded), all=memory(job.bytes_to_load)
        )
    if job is not None and job.state is JobState.PLANNING and measured_share is not None:
        return translate("Analyze", "Measuring the machines on this model, once")
    names = {
        JobState.WAITING: translate("Analyze", "Waiting for its turn"),
        JobState.PLANNING: translate("Analyze", "Choosing which machine does what"),
        JobState.LOADING: translate("Analyze", "Getting the model ready on the machines"),
        JobState.READING: translate("Analyze", "Reading"),
    }
    state = job.state if job is not None else JobState.WAITING
    return names.get(state, translate("Analyze", "Answering"))


def fraction(turn: Turn, measured_share: float | None = None) -> float:
    """How far the step that is being done is, 0 to 1."""
    job = turn.job
    if job is None:
        return 0.0
    if job.state is JobState.PLANNING:
        return measured_share or 0.0
    if job.state is JobState.LOADING and job.bytes_to_load:
        return min(1.0, job.bytes_loaded / job.bytes_to_load)
    if job.state in (JobState.READING, JobState.ANSWERING) and job.prompt_tokens:
        return min(1.0, job.tokens_read / job.prompt_tokens)
    return 0.0


def pace(turn: Turn) -> str:
    """Speed and time left of a running question, "" while they are not known."""
    job = turn.job
    if job is None or turn.is_cancelling:
        return ""
    parts = []
    if job.state is JobState.READING:
        if job.tokens_per_second > 0:
            parts.append(token_rate(job.tokens_per_second))
        if job.seconds_left is not None:
            parts.append(
                translate("Analyze", "{time} left").format(
                    time=duration(max(1.0, job.seconds_left))
                )
            )
    elif job.state is JobState.ANSWERING and job.decode_tokens_per_second:
        parts.append(token_rate(job.decode_tokens_per_second))
    return "  ·  ".join(parts)


def ending(turn: Turn) -> str:
    """A word on how a question stands, for lists."""
    job = turn.job
    names = {
        JobState.WAITING: translate("Analyze", "Waiting"),
        JobState.ANSWERING: translate("Analyze", "Answering"),
        JobState.DONE: translate("Analyze", "Answered"),
        JobState.CANCELLED: translate("Analyze", "Stopped"),
        JobState.FAILED: translate("Analyze", "Failed"),
    }
    if turn.error is not None:
        return names[JobState.FAILED]
    if turn.is_running and turn.is_cancelling:
        return translate("Analyze", "Stopping …")
    if job is not None and job.state is JobState.READING and job.prompt_tokens:
        return percent(job.tokens_read / job.prompt_tokens)
    state = job.state if job is not None else JobState.WAITING
    return names.get(state, translate("Analyze", "Preparing"))


def standing(opened: OpenDocument, length: Length | None) -> str:
    """How a document stands, for the list of open documents."""
    if opened.error is not None:
        return translate("Analyze", "Cannot be read")
    if opened.is_loading:
        return translate("Analyze", "Opening …")
    if opened.current is not None:
        return ending(opened.current)
    if length is not None and length.is_too_long:
        return translate("Analyze", "Too long")
    return tokens(opened.tokens) if opened.tokens is not None else ""


def progress(opened: OpenDocument) -> float | None:
    """How far the loading or reading that is under way is, None if nothing is."""
    turn = opened.current
    if turn is None or turn.job is None or not turn.is_running or turn.is_cancelling:
        return None
    is_moving = turn.job.state in (JobState.LOADING, JobState.READING)
    return fraction(turn) if is_moving else None


def reused(job: JobSnapshot) -> str:
    """That a follow-up question did not read the document again; "" where it did."""
    if not job.tokens_reused:
        return ""
    return translate(
        "Analyze", "Reused {n} of {all} tokens: what was read before is not read again."
    ).format(n=number(job.tokens_reused), all=number(job.prompt_tokens))


def figures(job: JobSnapshot) -> str:
    """What an answer took."""
    parts = []
    fresh = job.prompt_tokens - job.tokens_reused
    if job.ttft_seconds is not None:
        parts.append(
            translate("Analyze", "{n} tokens read in {time}").format(
                n=number(fresh), time=duration(job.ttft_seconds)
            )
        )
    if job.decode_tokens_per_second:
        parts.append(
            translate("Analyze", "written at {rate}").format(
                rate=token_rate(job.decode_tokens_per_second)
            )
        )
    if len(job.stages) > 1:
        parts.append(
            translate("Analyze", "on {machines}").format(machines=", ".join(machine_names(job)))
        )
    return "  ·  ".join(parts)


def machine_names(job: JobSnapshot) -> tuple[str, ...]:
    """Who took part, in the order of the stages."""
    return tuple(dict.fromkeys(share.machine for share in job.stages))


def too_long(length: Length, title: str, model_name: str) -> str:
    return translate(
        "Analyze", "“{title}” has {n} tokens, {model} can take {room} beside the answer."
    ).format(
        title=title,
        n=number(length.document_tokens),
        model=model_name,
        room=number(length.room_tokens),
    )


def date(seconds: float) -> str:
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
