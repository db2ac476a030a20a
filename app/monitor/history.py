"""What every stage did when, from its chunk records. No Qt in here.

A stage computes, sends, waits for input or idles. Its records come one after another, so between
two computations the time is divided: first what the sending took, then what is left of the
waiting, and what nobody accounts for is idle. Times are seconds on one monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from app.monitor.ring import Floats, Ring
from runtime.messages.stage import ChunkRecord
from runtime.snapshots import ChunkFinished

# Enough for an hour of long chunks or ten minutes of an answer being written.
POINTS_KEPT = 24_000
PIECES_KEPT = 12_000
RECORDS_KEPT = 20_000

COMPUTING, SENDING, WAITING = range(3)
KINDS = ("computing", "sending", "waiting")
RATE_SECONDS = 5.0


class Piece(NamedTuple):
    """A stretch of a stage's time; kind is one of KINDS."""

    start: float
    end: float
    kind: str
    chunk: int


class Shares(Struct, frozen=True):
    """How a stage spent each interval: four shares, each an array over the intervals.

    They add up to 1 where everything is known; less where a stage has not reported yet.
    """

    computing: Floats
    sending: Floats
    waiting: Floats
    idle: Floats


class StageHistory:
    """One machine's stage. Kept over jobs, as long as the machine has the same place."""

    def __init__(self, machine_id: str, stage: int) -> None:
        self.machine_id = machine_id
        self.stage = stage
        self.latest: ChunkRecord | None = None
        # Moments, and the seconds computed, sent and waited up to each: piecewise linear, so that
        # the share of any interval is the difference of two interpolations.
        self._points = Ring(POINTS_KEPT, 4)
        self._totals = [0.0, 0.0, 0.0]
        self._pieces = Ring(PIECES_KEPT, 4)  # start, end, kind, chunk
        self._tokens = Ring(2000, 3)  # moment, tokens, bytes
        self._first_seconds = 0.0
        self._job_began = -np.inf
        self._end = -np.inf
        self._sending_until = -np.inf
        self._sent_chunk = 0

    @property
    def known_until(self) -> float:
        """The end of the last thing reported."""
        return max(self._end, self._sending_until)

    def add(self, record: ChunkRecord, job_began: float) -> None:
        """Take a record in; waiting before the job began is idling."""
        self._job_began = job_began
        start = max(record.started_at, self._end)
        end = max(start, record.started_at + record.compute_seconds)
        if self._end == -np.inf:
            self._end = min(start, max(job_began, start - record.wait_seconds))
            self._mark(self._end)
            self._first_seconds = record.compute_seconds
        self._fill_gap(start, max(job_began, start - record.wait_seconds))
        self._go_on(end, COMPUTING, record.sequence)
        self._sending_until = end + record.send_seconds if record.bytes_sent else end
        self._sent_chunk = record.sequence
        self._tokens.append(end, record.tokens, record.bytes_sent)
        self.latest = record

    def _fill_gap(self, start: float, waiting_from: float) -> None:
        sent = min(self._sending_until, start)
        if sent > self._end:
            self._go_on(sent, SENDING, self._sent_chunk)
        if min(waiting_from, start) > self._end:
            self._end = min(waiting_from, start)
            self._mark(self._end)
        if start > self._end:
            self._go_on(start, WAITING, self._sent_chunk + 1)

    def _go_on(self, until: float, kind: int, chunk: int) -> None:
        self._totals[kind] += until - self._end
        self._pieces.append(self._end, until, kind, chunk)
        self._end = until
        self._mark(until)

    def _mark(self, moment: float) -> None:
        self._points.append(moment, *self._totals)

    def shares(self, edges: Floats, is_working: bool) -> Shares:
        """The shares between each two neighbouring edges.

        is_working: what comes after the last report is not known yet; else it is idling.
        """
        widths = np.diff(edges)
        kept = self._points.rows
        if not len(kept):
            none = np.zeros(len(widths))
            return Shares(none, none, none, none if is_working else none + 1.0)
        # Only the points around the edges matter: one before the first, one after the last.
        low = max(0, int(np.searchsorted(kept[:, 0], edges[0])) - 1)
        high = int(np.searchsorted(kept[:, 0], edges[-1])) + 1
        moments, totals = kept[low:high, 0], kept[low:high, 1:]
        is_at_end = high >= len(kept)
        if is_at_end and self._sending_until > self._end:
            tail = totals[-1].copy()
            tail[SENDING] += self._sending_until - self._end
            moments = np.append(moments, self._sending_until)
            totals = np.vstack((totals, tail))
        spent = [np.diff(np.interp(edges, moments, totals[:, kind])) / widths for kind in range(3)]
        known = np.ones(len(widths))
        if is_working:
            known = np.clip((self.known_until - edges[:-1]) / widths, 0.0, 1.0)
        idle = np.clip(known - sum(spent), 0.0, 1.0)
        return Shares(spent[COMPUTING], spent[SENDING], spent[WAITING], idle)

    def pieces(self, start: float, end: float) -> list[Piece]:
        """What it did between two moments, oldest first."""
        rows = self._window(start, end)
        found = [Piece(r[0], r[1], KINDS[int(r[2])], int(r[3])) for r in rows.tolist()]
        if self._sending_until > self._end and self._sending_until > start and self._end < end:
            found.append(Piece(self._end, self._sending_until, "sending", self._sent_chunk))
        return found

    def chunk_starts(self, start: float, end: float, at_least: float) -> Floats:
        """When the chunks of a window began, of those that took at least so many seconds."""
        rows = self._window(start, end)
        is_long = (rows[:, 2] == COMPUTING) & (rows[:, 1] - rows[:, 0] >= at_least)
        starts: Floats = rows[is_long, 0]
        return starts

    def _window(self, start: float, end: float) -> Floats:
        rows = self._pieces.rows
        low = int(np.searchsorted(rows[:, 1], start))
        high = int(np.searchsorted(rows[:, 0], end, side="right"))
        return rows[low:high]

    def rates(self, now: float) -> tuple[float, float]:
        """Tokens and bytes per second over the last few seconds and a chunk; 0 once it stopped."""
        rows = self._tokens.rows
        if not len(rows):
            return 0.0, 0.0
        moments = rows[:, 0]
        last = float(moments[-1])
        first = int(np.searchsorted(moments, last - RATE_SECONDS, side="right"))
        begun = float(moments[first - 1]) if first else float(moments[0] - self._first_seconds)
        begun = max(begun, min(self._job_began, last - 1e-6))
        seconds = max(last - begun, 1e-6)
        chunk_seconds = seconds / (len(rows) - first)
        if now - last > max(RATE_SECONDS, 2 * chunk_seconds):
            return 0.0, 0.0
        return float(rows[first:, 1].sum()) / seconds, float(rows[first:, 2].sum()) / seconds


class JobTimes(Struct):
    """When a job's reading began and ended, what was done in it, and when the last thing was.

    busy_seconds counts what the stages did for other jobs meanwhile too.
    """

    began: float
    ended: float
    last: float
    busy_seconds: float = 0.0
    tokens_read: dict[int, int] = {}  # by stage
    bytes_sent: dict[int, int] = {}

    @property
    def bubble_fraction(self) -> float:
        """The share of all stages' time of the reading spent not computing."""
        available = (self.ended - self.began) * len(self.tokens_read)
        return max(0.0, 1.0 - self.busy_seconds / available) if available > 0 else 0.0

    def average(self, stage: int) -> tuple[float, float]:
        """Tokens and bytes per second of a stage over the reading."""
        seconds = max(self.ended - self.began, 1e-6)
        return (
            self.tokens_read.get(stage, 0) / seconds,
            self.bytes_sent.get(stage, 0) / seconds,
        )

    def add(self, record: ChunkRecord) -> None:
        end = record.started_at + record.compute_seconds
        self.last = max(self.last, end + (record.send_seconds if record.bytes_sent else 0.0))
        if not record.is_step:
            stage = record.stage
            self.began = min(self.began, record.started_at)
            self.ended = max(self.ended, end)
            self.busy_seconds += record.compute_seconds
            self.tokens_read[stage] = self.tokens_read.get(stage, 0) + record.tokens
            self.bytes_sent[stage] = self.bytes_sent.get(stage, 0) + record.bytes_sent


class History:
    """All stages of all jobs. Records may come in any order between stages, in order within one."""

    def __init__(self) -> None:
        self.records: deque[ChunkFinished] = deque(maxlen=RECORDS_KEPT)
        self.jobs: dict[str, JobTimes] = {}
        self._being_read: set[str] = set()
        self._stages: dict[tuple[str, int], StageHistory] = {}
        self._of_job: dict[str, list[StageHistory]] = {}

    def add(self, finished: ChunkFinished) -> None:
        record = finished.record
        self.records.append(finished)
        times = self.jobs.get(finished.job_id)
        if times is None:
            times = JobTimes(*(record.started_at,) * 3)
            self.jobs[finished.job_id] = times
            self._being_read.add(finished.job_id)
        stage = self.stage(finished.machine_id, record.stage)
        stage.add(record, times.began)
        members = self._of_job.setdefault(finished.job_id, [])
        if stage not in members:
            members.append(stage)
            members.sort(key=lambda one: one.stage)
        times.add(record)
        if record.is_step:
            self._being_read.discard(finished.job_id)
        for job_id in self._being_read - {finished.job_id}:
            self.jobs[job_id].busy_seconds += record.compute_seconds

    def end(self, job_id: str) -> None:
        """A job is over, however it ended: what is done from now on is for others."""
        self._being_read.discard(job_id)

    def add_all(self, finished: Iterable[ChunkFinished]) -> None:
        for one in finished:
            self.add(one)

    @property
    def latest_job(self) -> str:
        """The job the last record belongs to; empty before the first."""
        return self.records[-1].job_id if self.records else ""

    @property
    def began(self) -> float | None:
        """The earliest moment that is kept."""
        return self.records[0].record.started_at if self.records else None

    @property
    def known_until(self) -> float:
        return max((s.known_until for s in self._stages.values()), default=0.0)

    def stage(self, machine_id: str, place: int) -> StageHistory:
        """A machine's history at a place of the pipeline; an empty one before its first record."""
        key = (machine_id, place)
        if key not in self._stages:
            self._stages[key] = StageHistory(*key)
        return self._stages[key]

    def stages(self, job_id: str) -> tuple[StageHistory, ...]:
        """The stages that worked on a job, in order."""
        return tuple(self._of_job.get(job_id, ()))
