"""Which machine gets which parts from whom, and what happens when one cannot have them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from runtime.coordinator.distribution import Distribution
from runtime.errors import HPipeError, ModelError, NetworkError
from runtime.messages.stage import Peer
from runtime.models.manifest import ModelManifest, TensorEntry
from runtime.planner.values import StagePlan

ALL = ("embedding", "layer-00000", "layer-00001", "head")
MANIFEST = ModelManifest(
    model_id="f" * 64,
    name="Tiny",
    architecture="LlamaForCausalLM",
    config={},
    parts={part: (TensorEntry(name=part, dtype="F32", shape=(1,), nbytes=4),) for part in ALL},
    layer_count=2,
    hidden_size=8,
    vocabulary_size=300,
    context_tokens=4096,
    tied=False,
)
STAGES = tuple(
    StagePlan(
        machine_id=machine,
        device_id="cpu",
        first_layer=first,
        last_layer=first + 1,
        memory_bytes=1,
        memory_limit_bytes=1,
    )
    for first, machine in enumerate(("desk", "laptop"))
)


class Member:
    """A machine that has some parts, and fetches others as a test says."""

    def __init__(self, name: str, *parts: str) -> None:
        self.name = name
        self.parts = parts
        self.control_peers = (f"{name}:1", f"{name}:2")
        self.lost: HPipeError | None = None
        self.listing: HPipeError | None = None
        self.fetched: list[tuple[tuple[str, ...], tuple[Peer, ...]]] = []
        self.fetching: Callable[[], Any] | None = None
        self.cancelled = 0

    async def installed_parts(self) -> dict[str, tuple[str, ...]]:
        if self.listing is not None:
            raise self.listing
        return {MANIFEST.model_id: self.parts}

    async def fetch_parts(
        self, _manifest: Any, parts: Sequence[str], sources: Sequence[Peer], tell: Any
    ) -> None:
        self.fetched.append((tuple(parts), tuple(sources)))
        if self.fetching is not None:
            await self.fetching()
        tell(4, 4)

    async def cancel_fetch(self, _model_id: str) -> None:
        self.cancelled += 1


class Machines:
    """What a distribution asks of a pool."""

    def __init__(self, *members: Member) -> None:
        self.members = {member.name: member for member in members}
        self.introduced: list[frozenset[str]] = []

    def member(self, machine_id: str) -> Member:
        return self.members[machine_id]

    async def introduce(self, machine_ids: Sequence[str]) -> None:
        self.introduced.append(frozenset(machine_ids))

    def distribute(self) -> list[tuple[str, int, int]]:
        told: list[tuple[str, int, int]] = []
        pool: Any = self
        work = Distribution(pool, MANIFEST, STAGES, lambda *progress: told.append(progress))
        asyncio.run(work.run())
        return told


def test_each_machine_gets_what_it_lacks_from_one_that_has_all_of_it() -> None:
    """Defect: parts are sent again, or asked of a machine that has not got them."""
    desk, laptop, tower = Member("desk", *ALL), Member("laptop", "head"), Member("tower", "head")
    machines = Machines(desk, laptop, tower)
    assert machines.distribute() == [("laptop", 4, 4)]
    assert desk.fetched == []
    ((parts, sources),) = laptop.fetched
    assert parts == ("layer-00001",)
    assert [source.address for source in sources] == ["desk:1", "desk:2"]
    assert frozenset(("desk", "laptop")) in machines.introduced


def test_a_machine_that_is_not_needed_may_be_away() -> None:
    """Defect: a sleeping machine that has no part in the plan fails the job."""
    tower = Member("tower")
    tower.listing = NetworkError("It is asleep.")
    machines = Machines(Member("desk", *ALL), Member("laptop", *ALL), tower)
    assert machines.distribute() == []
    machines.members["laptop"].listing = NetworkError("It is asleep.")
    with pytest.raises(NetworkError):
        machines.distribute()


def test_what_nobody_has_is_said() -> None:
    machines = Machines(Member("desk", "embedding"), Member("laptop", "head"))
    with pytest.raises(ModelError, match="No machine of the pool holds all the layers"):
        machines.distribute()


def test_one_machine_that_cannot_fetch_stops_the_others() -> None:
    """Defect: the job has failed, and a model goes on filling disk and network."""
    tower, desk, laptop = Member("tower", *ALL), Member("desk"), Member("laptop")
    started = asyncio.Event()

    async def fail() -> None:
        await started.wait()
        raise NetworkError("The cable was pulled.")

    async def go_on_for_ever() -> None:
        started.set()
        await asyncio.Event().wait()

    desk.fetching, laptop.fetching = fail, go_on_for_ever
    with pytest.raises(NetworkError, match="cable"):
        Machines(tower, desk, laptop).distribute()
    assert (desk.cancelled, laptop.cancelled) == (0, 1)
