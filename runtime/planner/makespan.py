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
Ints = NDArray[np.int64]


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
    # Comparisons instead of max(): this loop is what a dragged boundary waits for.
    for chunk in range(chunks):
        earlier = chunk - depth
        moment = 0.0
        for stage in range(stages):
            if free[stage] > moment:  # noqa: PLR1730
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
            if link_free[stage] > moment:  # noqa: PLR1730
                moment = link_free[stage]
            if earlier >= 0 and starts[stage + 1][earlier] > moment:
                moment = starts[stage + 1][earlier]
            sending.append(moment)
            moment += link_seconds[stage][chunk]
            link_free[stage] = moment
            link_ends[stage].append(moment)
            moment += latencies[stage]
    return Schedule(starts, ends, link_starts, link_ends)


def finish_of_many(
    stage_seconds: Floats, link_seconds: Floats, latencies: Floats, counts: Ints, queue_depth: int
) -> Floats:
    """Finish times of many pipelines, the same as schedule() gives.

    stage_seconds (plans, stages, chunks), link_seconds (plans, links, chunks), latencies (plans,
    links); counts (plans,) says how many of the chunks are real.
    """
    depth = max(queue_depth, 1)
    plans, stages, chunks = stage_seconds.shape
    starts: Floats = np.zeros((stages, depth, plans))
    sends: Floats = np.zeros((stages, depth, plans))
    free: Floats = np.zeros((stages, plans))
    link_free: Floats = np.zeros((stages, plans))
    finish: Floats = np.zeros(plans)
    last = stages - 1
    for chunk in range(chunks):
        slot = chunk % depth
        moment: Floats = np.zeros(plans)
        for stage in range(stages):
            moment = np.maximum(moment, free[stage])
            if stage < last and chunk >= depth:
                moment = np.maximum(moment, sends[stage, slot])
            begun = moment
            moment = moment + stage_seconds[:, stage, chunk]
            free[stage] = moment
            if stage < last:
                moment = np.maximum(moment, link_free[stage])
                if chunk >= depth:
                    moment = np.maximum(moment, starts[stage + 1, slot])
                sends[stage, slot] = moment
                moment = moment + link_seconds[:, stage, chunk]
                link_free[stage] = moment
                moment = moment + latencies[:, stage]
            starts[stage, slot] = begun
        finish = np.where(chunk < counts, moment, finish)
    return finish


def finish_without_bounds(stage_seconds: Floats, link_seconds: Floats, latencies: Floats) -> Floats:
    """Finish times of many pipelines as if queues had no bound: never later than exact.

    Shapes as for finish_of_many; the result has shape (plans,). A chunk of zero seconds everywhere
    changes nothing, so lists of different lengths are padded with them.
    """
    stages = stage_seconds.shape[1]
    finish: Floats = np.cumsum(stage_seconds[:, 0], axis=-1)
    for stage in range(1, stages):
        arrivals = _passed(finish, link_seconds[:, stage - 1]) + latencies[:, stage - 1, None]
        finish = _passed(arrivals, stage_seconds[:, stage])
    last: Floats = finish[:, -1]
    return last


def _passed(arrivals: Floats, seconds: Floats) -> Floats:
    """When a resource ends each chunk: in order, none before it arrives."""
    done = np.cumsum(seconds, axis=-1)
    ends: Floats = done + np.maximum.accumulate(arrivals - (done - seconds), axis=-1)
    return ends
