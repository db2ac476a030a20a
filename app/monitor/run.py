"""The run the Monitor page shows: a job, its plan, and what its stages did. No Qt in here."""

from __future__ import annotations

import time

from app.monitor.history import History, JobTimes, StageHistory
from app.monitor.view import WHOLE, TimeView, Window
from runtime.planner.values import Plan, StagePlan
from runtime.snapshots import JobSnapshot, JobState

WORKING = {JobState.READING, JobState.ANSWERING}
OVER = {JobState.DONE, JobState.CANCELLED, JobState.FAILED}


class Run:
    """Which stages there are, and which stretch of time is looked at."""

    def __init__(self) -> None:
        self.history = History()
        self.view = TimeView()
        self.job: JobSnapshot | None = None
        self.stages: tuple[StageHistory, ...] = ()
        self._job_id = ""

    @property
    def job_id(self) -> str:
        return self._job_id

    @property
    def plan(self) -> Plan | None:
        return self.job.plan if self.job is not None else None

    @property
    def times(self) -> JobTimes | None:
        return self.history.jobs.get(self._job_id)

    @property
    def is_working(self) -> bool:
        return self.job is not None and self.job.state in WORKING

    @property
    def is_over(self) -> bool:
        """Time stands still at the end of the job, until another one begins."""
        return self.times is not None and (self.job is None or self.job.state in OVER)

    @property
    def now(self) -> float:
        if self.times is not None and self.is_over:
            return self.times.last
        return max(time.monotonic(), self.history.known_until if self.is_working else 0.0)

    def show_job(self, job_id: str, job: JobSnapshot | None) -> bool:
        """Look at a job as it is now. True: it has other stages than what was shown before."""
        self._job_id, self.job = job_id, job
        if self.plan is not None:
            stages = tuple(
                self.history.stage(planned.machine_id, place)
                for place, planned in enumerate(self.plan.stages)
            )
        else:
            stages = self.history.stages(job_id)
        is_other = stages != self.stages
        self.stages = stages
        return is_other

    def planned(self, place: int) -> StagePlan | None:
        """What the plan says of a stage."""
        if self.plan is not None and place < len(self.plan.stages):
            return self.plan.stages[place]
        return None

    def layers(self, place: int) -> str:
        """The layers of a stage as a person counts them."""
        stage: object = self.planned(place) or self.stages[place].latest
        if stage is None:
            return ""
        first, last = stage.first_layer + 1, stage.last_layer  # type: ignore[attr-defined]
        return f"{first}–{last}" if last > first else str(first)

    # Time

    @property
    def window(self) -> Window:
        now, times = self.now, self.times
        if times is None:
            return self.view.window(now, now - 1.0, now)
        planned = self.plan.prediction.ttft_seconds if self.plan is not None else 0.0
        is_reading = self.job is not None and self.job.state is JobState.READING
        end = max(times.began + planned, now if is_reading else times.ended)
        return self.view.window(now, times.began, end, is_over=self.is_over)

    @property
    def origin(self) -> float:
        """What the axis counts from: the start of the reading, or where the view ends."""
        if self.times is not None and (self.view.span_seconds == WHOLE or self.is_over):
            return self.times.began
        return self.window.end

    @property
    def past(self) -> tuple[float, float]:
        """The first and the last moment the view may end at."""
        began, now = self.history.began, self.now
        if began is None:
            return now, now
        window = self.window
        first = began + min(window.end - window.start, max(0.0, now - began))
        return first, max(now, first)

    def look_back(self, share: float) -> None:
        """To a part of the past: 0 is its first moment, 1 follows the present."""
        first, last = self.past
        if share >= 1.0:
            self.view.resume()
        else:
            self.view.look_at(first + (last - first) * share)

    def step(self, direction: int) -> None:
        """A quarter of what is shown earlier or later."""
        first, last = self.past
        window = self.window
        end = window.end + direction * (window.end - window.start) / 4
        if end >= last:
            self.view.resume()
        else:
            self.view.look_at(max(first, end))
