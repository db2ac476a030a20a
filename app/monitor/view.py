"""Which stretch of time the Monitor page shows: live, stopped, or looking back. No Qt in here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.monitor.ring import Floats

INTERVALS = 120
SPANS = (15.0, 60.0, 300.0)
WHOLE = 0.0  # the whole reading of the job
FIT = -1.0  # at most the last minute while a job runs, and all of it once it is over


class Window(NamedTuple):
    """From one moment to another, in intervals of equal length."""

    start: float
    end: float

    @property
    def edges(self) -> Floats:
        edges: Floats = np.linspace(self.start, self.end, INTERVALS + 1)
        return edges


class TimeView:
    """Live it ends now; paused it stays where it was and can be moved."""

    def __init__(self) -> None:
        self.span_seconds = FIT
        self._end: float | None = None
        self._fitted = SPANS[0]

    @property
    def is_paused(self) -> bool:
        return self._end is not None

    def pause(self, now: float) -> None:
        if self._end is None:
            self._end = now

    def resume(self) -> None:
        self._end = None

    def look_at(self, end: float) -> None:
        """Stop, with the view ending at a moment."""
        self._end = end

    def window(
        self, now: float, began: float, whole_end: float, *, is_over: bool = False
    ) -> Window:
        """began and whole_end bound the job's reading, for showing all of it.

        is_over: the job ended now, and nothing moves any more.
        """
        if self.span_seconds == WHOLE:
            end = whole_end if self._end is None else max(self._end, began + 0.1)
            return Window(began, max(end, began + 0.1))
        span = self.span_seconds
        if span == FIT:
            if self._end is None:
                self._fitted = fitted(now - began, is_over)
            span = self._fitted
        end = now if self._end is None else self._end
        if self._end is None and not is_over:
            # Whole intervals, so that a bar keeps its height while it travels to the left.
            width = span / INTERVALS
            end = np.ceil(end / width) * width
        return Window(float(end - span), float(end))


def fitted(lasted: float, is_over: bool) -> float:
    """The seconds to show of a job that has lasted so long."""
    if is_over:
        return min(max(lasted, 0.1), SPANS[-1])
    return SPANS[0] if lasted < SPANS[0] else SPANS[1]
