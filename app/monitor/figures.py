"""The run in a row of figures: speed, first token, waiting, network; measured beside predicted."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.format import bandwidth, duration, number, percent
from app.monitor.history import JobTimes
from app.theme import GAP_LARGE
from app.widgets.figure import Figure
from runtime.planner.values import Prediction
from runtime.snapshots import JobSnapshot, JobState


class RunFigures(QWidget):
    """Says what was predicted under everything that was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.speed = Figure(self.tr("Speed"))
        self.first_token = Figure(self.tr("First token"))
        self.waiting = Figure(self.tr("Machines wait"))
        self.network = Figure(self.tr("Between machines"))
        self.left = Figure(self.tr("Time left"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_LARGE)
        for figure in (self.speed, self.first_token, self.waiting, self.network, self.left):
            layout.addWidget(figure, 1)

    def show_run(
        self,
        job: JobSnapshot | None,
        times: JobTimes | None,
        tokens_per_second: float,
        bytes_per_second: float,
        *,
        is_over: bool,
    ) -> None:
        """The rates are those of now, and of the whole reading once the job is over.

        tokens_per_second is what leaves the last stage.
        """
        prediction = _prediction(job)
        what = ""
        if job is not None and job.state is JobState.READING:
            what = self.tr("tokens/s read")
        elif job is not None and job.state is JobState.ANSWERING:
            what = self.tr("tokens/s written")
            tokens_per_second = job.decode_tokens_per_second or tokens_per_second
        elif job is not None and is_over:
            what = self.tr("tokens/s while reading")
            tokens_per_second = job.tokens_per_second or tokens_per_second
        decimals = 1 if tokens_per_second < 100 else 0
        speed = number(tokens_per_second, decimals) if tokens_per_second else "–"
        self.speed.show_value(speed, what or self.tr("tokens/s"))

        said = ""
        if prediction is not None:
            said = self.tr("{time} predicted").format(time=duration(prediction.ttft_seconds))
        done = job.ttft_seconds if job is not None else None
        self.first_token.show_value(duration(done) if done is not None else "–", said)

        said = ""
        if prediction is not None:
            said = self.tr("{part} predicted").format(part=percent(prediction.bubble_fraction))
        measured = None
        if job is not None and job.bubble_fraction is not None:
            measured = job.bubble_fraction
        elif times is not None and times.busy_seconds > 0:
            measured = times.bubble_fraction
        self.waiting.show_value(percent(measured) if measured is not None else "–", said)

        text = bandwidth(bytes_per_second) if bytes_per_second else "–"
        said = self.tr("while reading") if is_over else self.tr("all links together")
        self.network.show_value(text, said)

        self.left.rename(self.tr("Time taken") if is_over else self.tr("Time left"))
        if is_over and times is not None:
            self.left.show_value(
                duration(times.last - times.began), self.tr("reading and answering")
            )
        elif job is not None and job.state is JobState.READING and job.seconds_left is not None:
            part = job.tokens_read / max(1, job.prompt_tokens)
            self.left.show_value(
                duration(max(1.0, job.seconds_left)),
                self.tr("{part} read").format(part=percent(part)),
            )
        else:
            self.left.show_value("–", "")


def _prediction(job: JobSnapshot | None) -> Prediction | None:
    """What was predicted of this reading; nothing was of a document that is not read again."""
    if job is None or job.plan is None or job.tokens_reused:
        return None
    return job.plan.prediction
