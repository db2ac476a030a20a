"""What a draft would cost, from the planner's pure functions: quick enough to follow a mouse.

No Qt in here.
"""

from __future__ import annotations

import math
from itertools import pairwise

from msgspec import Struct

from app.plan.draft import Draft
from runtime.planner.chunks import best_uniform, grid_tokens, uniform_chunks
from runtime.planner.cost import Network
from runtime.planner.judge import Candidate, Judge
from runtime.planner.memory import stage_bytes
from runtime.planner.outcome import to_prediction, to_stages
from runtime.planner.tables import Tables
from runtime.planner.values import Plan, PlanningProblem, StagePlan

# How many chunks are drawn when nothing fits, so that there is a picture to mend.
CHUNKS_WITHOUT_ROOM = 16


class Forecast(Struct, frozen=True, kw_only=True):
    """A draft with its cost. plan None: two neighbours have no link, so no time can be told."""

    draft: Draft
    stages: tuple[StagePlan, ...]
    plan: Plan | None
    # Indices of the stages that need more memory than their device has.
    excesses: tuple[int, ...] = ()
    # The neighbours between which no link was measured.
    missing_link: tuple[int, int] | None = None

    @property
    def can_run(self) -> bool:
        return self.plan is not None and not self.excesses


class Forecaster:
    """Weighs drafts of one problem; keeps the tables of it, so that a weighing is quick."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self._judge = Judge(Tables(problem))
        self._devices = self._judge.tables.devices
        self._indices = {device.key: i for i, device in enumerate(self._devices)}
        self._network = Network(problem)
        self._grid = grid_tokens(self._judge.tables.tokens, problem.sequences)

    @property
    def keys(self) -> tuple[str, ...]:
        """The devices that can be planned with."""
        return tuple(self._indices)

    @property
    def layer_count(self) -> int:
        return len(self.problem.model.layers)

    def knows(self, draft: Draft) -> bool:
        """Whether a draft is about this model and these devices."""
        return draft.layer_count == self.layer_count and set(draft.keys) <= set(self._indices)

    def forecast(self, draft: Draft, like: Plan | None = None) -> Forecast:
        """What a draft costs: with the chunks of another plan, or the best of one length."""
        missing = self._missing_link(draft)
        order = tuple(self._indices[key] for key in draft.keys)
        candidate = None
        if like is not None:
            candidate = Candidate(order, draft.cuts, like.chunk_lengths, like.activation_bits)
        elif missing is None:
            candidate = best_uniform(self._judge, order, draft.cuts, 16, self._grid)
        if candidate is None:
            length = max(self._grid, -(-self._judge.tables.tokens // CHUNKS_WITHOUT_ROOM))
            chunks = uniform_chunks(self._judge.tables.tokens, length)
            candidate = Candidate(order, draft.cuts, chunks)
        stages = to_stages(self._judge, candidate)
        plan = None
        if missing is None:
            plan = Plan(
                stages=stages,
                chunk_lengths=candidate.chunks,
                prediction=to_prediction(self._judge, candidate),
                activation_bits=candidate.bits,
                weight_bits=self.problem.weight_bits,
            )
        return Forecast(
            draft=draft,
            stages=stages,
            plan=plan,
            excesses=tuple(
                i for i, stage in enumerate(stages) if stage.memory_bytes > stage.memory_limit_bytes
            ),
            missing_link=missing,
        )

    def layers_that_fit(self, stage: StagePlan) -> int:
        """How many of a stage's layers its device has room for, from its first one on."""
        device = self._devices[self._indices[stage.key]]
        for last in range(stage.last_layer, stage.first_layer, -1):
            needed = stage_bytes(self.problem, device, stage.first_layer, last, self._grid)
            if needed <= device.memory_limit_bytes:
                return last - stage.first_layer
        return 0

    def _missing_link(self, draft: Draft) -> tuple[int, int] | None:
        machines = [self._devices[self._indices[key]].machine_id for key in draft.keys]
        for index, (sender, receiver) in enumerate(pairwise(machines)):
            link = self._network.between(sender, receiver)
            if not (link.bytes_per_second > 0 and link.latency_seconds < math.inf):
                return index, index + 1
        return None
