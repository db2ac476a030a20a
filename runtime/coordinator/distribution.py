"""Bringing a plan's layers to the machines that lack them, from those that have them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from runtime.errors import HPipeError, ModelError
from runtime.messages.stage import Peer
from runtime.models.manifest import ModelManifest
from runtime.planner.values import StagePlan

if TYPE_CHECKING:
    from runtime.coordinator.pool import Pool

TransferListener = Callable[[str, int, int], None]


class Distribution:
    """One plan's parts on their way. on_progress(machine id, bytes done, bytes in all)."""

    def __init__(
        self,
        pool: Pool,
        manifest: ModelManifest,
        stages: Sequence[StagePlan],
        on_progress: TransferListener,
    ) -> None:
        self._pool = pool
        self._manifest = manifest
        self._stages = stages
        self._on_progress = on_progress
        self._held: dict[str, frozenset[str]] = {}

    async def run(self) -> None:
        """Ends when every machine has the parts of its stages, checked. Raises why it has not.

        When one machine cannot have its parts, nothing more is sent to the others either.
        """
        machine_ids = sorted({stage.machine_id for stage in self._stages})
        await self._pool.introduce(machine_ids)
        self._held = await self._held_parts(machine_ids)
        fetches = [asyncio.create_task(self._complete(machine_id)) for machine_id in machine_ids]
        try:
            await asyncio.gather(*fetches)
        except BaseException:
            for fetch in fetches:
                fetch.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)
            raise

    async def _held_parts(self, needed: Sequence[str]) -> dict[str, frozenset[str]]:
        """Which parts each member has; one that is not needed may be lost meanwhile."""
        members = tuple(self._pool.members)
        listed = await asyncio.gather(
            *(self._pool.member(machine_id).installed_parts() for machine_id in members),
            return_exceptions=True,
        )
        held = {}
        for machine_id, parts in zip(members, listed, strict=True):
            if isinstance(parts, dict):
                held[machine_id] = frozenset(parts.get(self._manifest.model_id, ()))
            elif machine_id in needed:
                raise parts
        return held

    async def _complete(self, machine_id: str) -> None:
        here = self._held.get(machine_id, frozenset())
        missing = [part for part in self._needed_parts(machine_id) if part not in here]
        if not missing:
            return
        sources = self._sources(machine_id, missing)
        if not sources:
            raise ModelError(
                f"No machine of the pool holds all the layers of {self._manifest.name} that "
                f"{self._pool.member(machine_id).name} needs.",
                "Add the model on this machine first.",
            )
        senders = dict.fromkeys(peer.public_key for peer in sources)
        await self._pool.introduce((machine_id, *senders))
        member = self._pool.member(machine_id)
        try:
            await member.fetch_parts(
                self._manifest,
                missing,
                sources,
                lambda done, total: self._on_progress(machine_id, done, total),
            )
        except asyncio.CancelledError:
            # Nobody waits for the parts any more; what has come is kept and resumed from.
            if member.lost is None:
                with contextlib.suppress(HPipeError):
                    await member.cancel_fetch(self._manifest.model_id)
            raise

    def _needed_parts(self, machine_id: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                part
                for stage in self._stages
                if stage.machine_id == machine_id
                for part in self._manifest.stage_parts(stage.first_layer, stage.last_layer)
            )
        )

    def _sources(self, machine_id: str, missing: Sequence[str]) -> list[Peer]:
        """Every address of every other member that has all of the missing parts."""
        return [
            Peer(address=address, public_key=other)
            for other, parts in self._held.items()
            if other != machine_id and parts.issuperset(missing) and other in self._pool.members
            for address in self._pool.member(other).control_peers
        ]
