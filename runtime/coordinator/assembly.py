"""Keeps one pipeline loaded, and changes it only when a job needs another model or split."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from runtime.coordinator.pipeline import Pipeline, RecordListener
from runtime.coordinator.pool import Pool
from runtime.messages.stage import ActivationFormat
from runtime.models.manifest import ModelManifest
from runtime.planner.values import Plan

ByteListener = Callable[[int, int], None]


class _Loaded(Struct, frozen=True):
    """What decides whether a loaded pipeline serves another job; memory figures do not."""

    model_id: str
    stages: tuple[tuple[str, str, int, int], ...]
    weight_bits: int
    activation_format: ActivationFormat


class Assembly:
    """The loaded pipeline of a pool, if any."""

    def __init__(self, pool: Pool, on_record: RecordListener) -> None:
        self._pool = pool
        self._on_record = on_record
        self._pipeline: Pipeline | None = None
        self._loaded: _Loaded | None = None

    @property
    def model_id(self) -> str:
        """The model that is loaded, or ""."""
        return self._loaded.model_id if self._loaded is not None else ""

    @property
    def current(self) -> Pipeline | None:
        """The pipeline that is loaded and whole."""
        pipeline = self._pipeline
        if pipeline is None or self._loaded is None or pipeline.broken is not None:
            return None
        return pipeline

    async def assemble(
        self,
        manifest: ModelManifest,
        plan: Plan,
        *,
        on_transfer: ByteListener | None = None,
        on_load: ByteListener | None = None,
    ) -> Pipeline:
        """The pipeline of a plan, loaded: the one at hand, or a new one in its place.

        on_transfer and on_load get bytes done and in all, summed over the machines.
        """
        wanted = _Loaded(
            manifest.model_id,
            tuple(
                (stage.machine_id, stage.device_id, stage.first_layer, stage.last_layer)
                for stage in plan.stages
            ),
            plan.weight_bits,
            activation_format(plan),
        )
        if self.current is not None and self._loaded == wanted:
            return self.current
        await self.release()
        transfers = _Sum(on_transfer)
        await self._pool.distribute(manifest, plan.stages, transfers.tell)
        pipeline = await self._pool.build(plan.stages, self._on_record)
        # Kept from here on, so that a load which fails or is cancelled is cleaned up by release.
        self._pipeline = pipeline
        loads = _Sum(on_load)
        await pipeline.load(
            manifest,
            weight_bits=plan.weight_bits,
            activation_format=wanted.activation_format,
            on_progress=lambda stage, done, total: loads.tell(str(stage), done, total),
        )
        self._loaded = wanted
        return pipeline

    async def rest(self) -> None:
        """The job is over: leave the engines to others until the next one, which may find them
        still loaded. A pipeline that no job can use any more is left at once."""
        if self.current is None:
            await self.release()
        else:
            await self.current.rest()

    async def release(self) -> None:
        """Leave the engines of the loaded pipeline."""
        pipeline, self._pipeline, self._loaded = self._pipeline, None, None
        if pipeline is not None:
            await self._pool.release(pipeline)


def activation_format(plan: Plan) -> ActivationFormat:
    """Hidden states travel in the width the plan chose; float32 models stay exact."""
    if plan.activation_bits == 8:
        return "int8"
    return "float32" if plan.weight_bits == 32 else "bfloat16"


class _Sum:
    """Adds up the progress of several senders for one listener."""

    def __init__(self, listener: ByteListener | None) -> None:
        self._listener = listener
        self._done: dict[str, tuple[int, int]] = {}

    def tell(self, sender: str, done: int, total: int) -> None:
        self._done[sender] = (done, total)
        if self._listener is not None:
            self._listener(
                sum(part for part, _ in self._done.values()),
                sum(whole for _, whole in self._done.values()),
            )
