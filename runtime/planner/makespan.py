"""When every chunk leaves every stage and link: the judge of plans and the source of timelines.

Stages and links are a chain of resources, each working on one chunk at a time and in order. A link
carries a chunk for its bytes / bandwidth, and the chunk arrives a latency later, while the link
is already free for the next. Between a stage and its link, and between a link and its stage, at
most queue_depth chunks wait: a stage starts only with room for its result, a link only with room at
the receiver.

    start(i, r)  = max(arrival(i, r), end(i, r-1), link_start(i, r-depth))
    link_start(i, r) = max(end(i, r), link_end(i, r-1), start(i+1, r-depth))
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from runtime.planner.values import TimelineBar

Floats = NDArray[np.float64]


class Schedule(Struct, frozen=True):
    """Start and end of every chunk: [stage][chunk], and [link][chunk] for the links between."""

    starts: list[list[float]]
    ends: list[list[float]]
    link_starts: list[list[float]]
    link_ends: list[list[float]]

    @property
    def finish_seconds(self) -> float:
        return self.ends[-1][-1]

    def bars(self) -> tuple[TimelineBar, ...]:
        """The schedule as bars to draw, stage by stage, each followed by its link."""
        bars: list[TimelineBar] = []
        for stage, (starts, ends) in enumerate(zip(self.starts, self.ends, strict=True)):
            bars += map(TimelineBar, [stage] * len(starts), range(len(starts)), starts, ends)
            if stage < len(self.link_starts):
                bars += [
                    TimelineBar(stage, chunk, start, end, True)
                    for chunk, (start, end) in enumerate(
                        zip(self.link_starts[stage], self.link_ends[stage], strict=True)
                    )
                ]
        return tuple(bars)


def schedule(
    stage_seconds: Sequence[Sequence[float]],
    link_seconds: Sequence[Sequence[float]],
    latencies: Sequence[float],
    queue_depth: int,
) -> Schedule:
    """Play the pipeline through: stage_seconds [stage][chunk], link_seconds [link][chunk]."""
    depth = max(queue_depth, 1)
    stages = len(stage_seconds)
    chunks = len(stage_seconds[0])
    starts: list[list[float]] = [[] for _ in range(stages)]
    ends: list[list[float]] = [[] for _ in range(stages)]
    link_starts: list[list[float]] = [[] for _ in range(stages - 1)]
    link_ends: list[list[float]] = [[] for _ in range(stages - 1)]
    free = [0.0] * stages
    link_free = [0.0] * stages
    last = stages - 1
    for chunk in range(chunks):
        earlier = chunk - depth
        moment = 0.0
        for stage in range(stages):
            if free[stage] > moment:
                moment = free[stage]
            if stage == last:
                starts[stage].append(moment)
                moment += stage_seconds[stage][chunk]
                free[stage] = moment
                ends[stage].append(moment)
                break
            sending = link_starts[stage]
            if earlier >= 0 and sending[earlier] > moment:
                moment = sending[earlier]
            starts[stage].append(moment)
            moment += stage_seconds[stage][chunk]
            free[stage] = moment
            ends[stage].append(moment)
            if link_free[stage] > moment:
                moment = link_free[stage]
            if earlier >= 0 and starts[stage + 1][earlier] > moment:
                moment = starts[stage + 1][earlier]
            sending.append(moment)
            moment += link_seconds[stage][chunk]
            link_free[stage] = moment
            link_ends[stage].append(moment)
            moment += latencies[stage]
    return Schedule(starts, ends, link_starts, link_ends)


def finish_without_bounds(
    stage_seconds: Sequence[Floats], link_seconds: Sequence[Floats], latencies: Sequence[float]
) -> Floats:
    """Finish times of many pipelines at once, as if queues had no bound: never later than exact.

    Each element of stage_seconds and link_seconds has shape (candidates, chunks); the result has
    shape (candidates,). A chunk of zero seconds everywhere changes nothing, so lists of different
    lengths are padded with them.
    """
    arrivals: Floats | float = 0.0
    finish: Floats = stage_seconds[0]
    for stage, seconds in enumerate(stage_seconds):
        done = np.cumsum(seconds, axis=-1)
        finish = done + np.maximum.accumulate(arrivals - (done - seconds), axis=-1)
        if stage < len(link_seconds):
            sent = np.cumsum(link_seconds[stage], axis=-1)
            waits = np.maximum.accumulate(finish - (sent - link_seconds[stage]), axis=-1)
            arrivals = sent + waits + latencies[stage]
    last: Floats = finish[..., -1]
    return last
