"""The pipeline played event by event, with slots instead of formulas: what the makespan must equal.

A stage takes a slot of its outgoing queue when it starts on a chunk, and gives it back when the
link takes the chunk up. A link takes a slot of the receiver's queue when it starts to send, and the
receiver gives it back when it starts on the chunk.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence


class Simulation:
    def __init__(
        self,
        stage_seconds: Sequence[Sequence[float]],
        link_seconds: Sequence[Sequence[float]],
        latencies: Sequence[float],
        depth: int,
    ) -> None:
        self.stage_seconds, self.link_seconds = stage_seconds, link_seconds
        self.latencies = latencies
        self.stages, self.chunks = len(stage_seconds), len(stage_seconds[0])
        self.now, self.finished_at = 0.0, 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = itertools.count()
        self.arrived = [list(range(self.chunks)), *([] for _ in range(self.stages - 1))]
        self.to_send: list[list[int]] = [[] for _ in range(self.stages)]
        self.stage_free = [True] * self.stages
        self.link_free = [True] * self.stages
        self.outgoing_slots = [depth] * self.stages
        self.incoming_slots = [depth] * self.stages

    def run(self) -> float:
        self.try_all()
        while self.events:
            self.now, _, happens = heapq.heappop(self.events)
            happens()
            self.try_all()
        return self.finished_at

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.numbers), happens))

    def try_all(self) -> None:
        """Start whatever can start, until nothing can."""
        while sum(self.try_stage(s) + self.try_link(s) for s in range(self.stages)):
            pass

    def try_stage(self, stage: int) -> bool:
        is_last = stage == self.stages - 1
        if not self.stage_free[stage] or not self.arrived[stage]:
            return False
        if not is_last and not self.outgoing_slots[stage]:
            return False
        chunk = self.arrived[stage].pop(0)
        self.stage_free[stage] = False
        if stage:
            self.incoming_slots[stage] += 1
        if not is_last:
            self.outgoing_slots[stage] -= 1
        self.after(self.stage_seconds[stage][chunk], lambda: self.computed(stage, chunk))
        return True

    def computed(self, stage: int, chunk: int) -> None:
        self.stage_free[stage] = True
        if stage == self.stages - 1:
            self.finished_at = self.now
        else:
            self.to_send[stage].append(chunk)

    def try_link(self, link: int) -> bool:
        if link == self.stages - 1 or not self.link_free[link] or not self.to_send[link]:
            return False
        if not self.incoming_slots[link + 1]:
            return False
        chunk = self.to_send[link].pop(0)
        self.link_free[link] = False
        self.outgoing_slots[link] += 1
        self.incoming_slots[link + 1] -= 1
        self.after(self.link_seconds[link][chunk], lambda: self.sent(link, chunk))
        return True

    def sent(self, link: int, chunk: int) -> None:
        self.link_free[link] = True
        self.after(self.latencies[link], lambda: self.arrived[link + 1].append(chunk))
