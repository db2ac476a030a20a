"""The machines of a pool as the coordinator uses them: connected, measured, set up for a plan."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence

import zmq.asyncio

from runtime.coordinator.distribution import Distribution, TransferListener
from runtime.coordinator.engine_link import EngineAddress
from runtime.coordinator.pipeline import Pipeline, RecordListener, StagePlacement
from runtime.coordinator.worker_link import WorkerLink
from runtime.errors import HPipeError, MachineLost
from runtime.messages.control import EngineDied, LinkMeasured, MachineDescription
from runtime.models.manifest import ModelManifest
from runtime.planner.values import StagePlan
from runtime.transport.curve import KeyPair

log = logging.getLogger(__name__)

MemberLostListener = Callable[[str, HPipeError], None]


class Pool:
    """Open connections to the paired machines that are here, by machine id."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        keys: KeyPair,
        own_name: str,
        on_member_lost: MemberLostListener,
    ) -> None:
        self.context = context
        self.keys = keys
        self.threads: int | None = None
        self.members: dict[str, WorkerLink] = {}
        self._own_name = own_name
        self._on_member_lost = on_member_lost
        self._pipelines: set[Pipeline] = set()
        self._introduced: dict[str, frozenset[str]] = {}
        self._hosts: dict[tuple[str, str], str] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def join(self, address: str, machine_id: str) -> MachineDescription:
        """Connect to a paired machine's worker at "host:port" and make it a member."""
        link = WorkerLink(
            self.context,
            address,
            machine_id,
            self.keys,
            own_name=self._own_name,
            on_engine_died=self._on_engine_died,
            on_lost=self._on_lost,
        )
        description = await link.open()
        if link.lost is not None:  # between its answer and now, when it was no member yet
            await link.close()
            raise link.lost
        earlier = self.members.get(machine_id)
        self._forget_introductions(machine_id)
        self.members[machine_id] = link
        if earlier is not None:
            await earlier.close()
        return description

    async def leave(self, machine_id: str) -> None:
        """Drop a machine; whatever runs on it fails with MachineLost."""
        link = self.members.pop(machine_id, None)
        self._forget_introductions(machine_id)
        if link is not None:
            self._break_pipelines(machine_id, MachineLost(f"{link.name} left the pool."))
            await link.close()

    async def close(self) -> None:
        for pipeline in tuple(self._pipelines):
            await self.release(pipeline)
        links = tuple(self.members.values())
        self.members.clear()
        await asyncio.gather(*(link.close() for link in links), *self._closing)

    def member(self, machine_id: str) -> WorkerLink:
        link = self.members.get(machine_id)
        if link is None:
            raise MachineLost("A machine of this plan is not here any more.", "Plan again.")
        return link

    def is_connected(self, machine_id: str) -> bool:
        link = self.members.get(machine_id)
        return link is not None and link.lost is None

    async def introduce(self, machine_ids: Sequence[str]) -> None:
        """Let these machines talk to each other directly for as long as we are connected."""
        together = frozenset(machine_ids)
        pending = []
        for machine_id in together:
            known = self._introduced.get(machine_id, frozenset())
            others = together - known - {machine_id}
            if others:
                pending.append(self._admit(machine_id, others))
        await asyncio.gather(*pending)

    async def _admit(self, machine_id: str, others: frozenset[str]) -> None:
        await self.member(machine_id).admit(sorted(others))
        # Only now: an admission that failed or was cancelled has to be tried again.
        known = self._introduced.get(machine_id, frozenset())
        self._introduced[machine_id] = known | others

    async def start_engine(self, machine_id: str, device_id: str) -> EngineAddress:
        return await self.member(machine_id).start_engine(device_id, self.threads)

    async def measure_links(
        self, machine_ids: Sequence[str], on_measured: Callable[[str, str, LinkMeasured], None]
    ) -> None:
        """Measure each pair once, both directions, with no machine in two pairs at a time.

        Two that do not reach each other are passed over: a plan may do without their link.
        """
        await self.introduce(machine_ids)
        for together in disjoint_pairs(machine_ids):
            await asyncio.gather(*(self._measure_pair(*pair, on_measured) for pair in together))

    async def _measure_pair(
        self, one: str, other: str, on_measured: Callable[[str, str, LinkMeasured], None]
    ) -> None:
        try:
            measured = await self.member(one).measure_link(self.member(other))
        except HPipeError as problem:
            log.warning("the link from %s to %s was not measured: %s", one, other, problem)
            return
        self._hosts[one, other] = measured.address.rpartition(":")[0]
        on_measured(one, other, measured)

    async def distribute(
        self, manifest: ModelManifest, stages: Sequence[StagePlan], on_progress: TransferListener
    ) -> None:
        """Bring every stage's parts to its machine. on_progress(machine id, bytes done, total)."""
        await Distribution(self, manifest, stages, on_progress).run()

    async def build(self, stages: Sequence[StagePlan], on_record: RecordListener) -> Pipeline:
        """Start (or find) the engines of a plan's stages and connect to them in a chain."""
        await self.introduce(tuple(dict.fromkeys(stage.machine_id for stage in stages)))
        engines = await asyncio.gather(
            *(self.start_engine(stage.machine_id, stage.device_id) for stage in stages)
        )
        placements = [StagePlacement(stage=stages[0], engine=engines[0])]
        for (before, _), (stage, engine) in itertools.pairwise(zip(stages, engines, strict=True)):
            host = await self._host_between(before.machine_id, stage.machine_id)
            placements.append(StagePlacement(stage=stage, engine=engine, host_from_previous=host))
        pipeline = Pipeline(self.context, placements, self.keys, on_record, self._own_name)
        await pipeline.open()
        self._pipelines.add(pipeline)
        return pipeline

    async def release(self, pipeline: Pipeline) -> None:
        """Leave a pipeline's engines; they keep their weights until they are needed otherwise."""
        self._pipelines.discard(pipeline)
        await pipeline.close()

    async def _host_between(self, sender: str, receiver: str) -> str | None:
        """The receiver as the sender reaches it; we may reach it otherwise (loopback, two nets)."""
        if sender == receiver:
            return None
        if (sender, receiver) not in self._hosts:
            found = await self.member(sender).measure_link(self.member(receiver), quick=True)
            self._hosts[sender, receiver] = found.address.rpartition(":")[0]
        return self._hosts[sender, receiver]

    def _on_engine_died(self, link: WorkerLink, died: EngineDied) -> None:
        problem = MachineLost(f"The engine on {link.name} ended: {died.reason}", died.hint)
        self._break_pipelines(link.machine_id, problem, died.device_id)

    def _on_lost(self, link: WorkerLink, problem: HPipeError) -> None:
        if self.members.get(link.machine_id) is not link:
            return
        del self.members[link.machine_id]
        self._forget_introductions(link.machine_id)
        closing = asyncio.create_task(link.close(), name=f"close {link.name}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        lost = MachineLost(
            f"{link.name} stopped answering.",
            f"{problem.message} Check that it is on and connected, then ask again.",
        )
        self._break_pipelines(link.machine_id, lost)
        self._on_member_lost(link.machine_id, lost)

    def _forget_introductions(self, machine_id: str) -> None:
        """Another connection, perhaps at another address: what was vouched for ended with it."""
        self._introduced.pop(machine_id, None)
        self._hosts = {pair: host for pair, host in self._hosts.items() if machine_id not in pair}

    def _break_pipelines(
        self, machine_id: str, problem: HPipeError, device_id: str | None = None
    ) -> None:
        for pipeline in self._pipelines:
            for placement in pipeline.placements:
                engine = placement.engine
                if engine.machine_id == machine_id and device_id in (None, engine.device_id):
                    pipeline.break_off(problem)


def disjoint_pairs(machine_ids: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Rounds of pairs (circle method): every pair once, no machine twice in a round."""
    circle: list[str | None] = list(machine_ids)
    if len(circle) % 2:
        circle.append(None)
    rounds = []
    for _ in range(len(circle) - 1):
        half = len(circle) // 2
        pairs = zip(circle[:half], reversed(circle[half:]), strict=True)
        rounds.append([(one, other) for one, other in pairs if one and other])
        circle = [circle[0], circle[-1], *circle[1:-1]]
    return rounds
