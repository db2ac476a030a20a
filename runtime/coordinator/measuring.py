"""Asking an engine how fast its device is, beside or apart from others on the same computer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import msgspec

from runtime.coordinator.engine_link import EngineLink
from runtime.coordinator.pool import Pool
from runtime.messages.control import DeviceDescription
from runtime.messages.stage import DeviceMeasured, MeasureDevice
from runtime.models.manifest import ModelManifest
from runtime.models.shape import model_shape, representative_layers
from runtime.planner.values import DeviceMeasurement

CHUNK_LENGTHS = (32, 64, 128, 256, 512, 1024)
PREFIX_LENGTHS = (0, 1024, 4096, 16384)
MEASURE_SECONDS = 600.0


class DeviceMeasuring:
    """Measures devices as jobs will use them.

    Workers of one computer share its memory and power. They read chunks at the same time, so that
    is how chunks are timed; but only one stage at a time computes an answer's next token.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._here = _Turns()

    async def measure(
        self,
        machine_id: str,
        device: DeviceDescription,
        command: MeasureDevice,
        on_progress: Callable[[float], None],
    ) -> DeviceMeasurement:
        if not _is_here(self._pool.member(machine_id).host):
            return await self._ask(machine_id, device, command, on_progress)
        longer = tuple(length for length in command.chunk_lengths if length > 1)
        chunks = msgspec.structs.replace(command, chunk_lengths=longer)
        step = msgspec.structs.replace(command, chunk_lengths=(1,))
        async with self._here.together():
            of_chunks = await self._ask(
                machine_id, device, chunks, lambda done: on_progress(0.8 * done)
            )
        async with self._here.alone():
            of_steps = await self._ask(
                machine_id, device, step, lambda done: on_progress(0.8 + 0.2 * done)
            )
        return msgspec.structs.replace(of_chunks, samples=of_chunks.samples + of_steps.samples)

    async def _ask(
        self,
        machine_id: str,
        device: DeviceDescription,
        command: MeasureDevice,
        on_progress: Callable[[float], None],
    ) -> DeviceMeasurement:
        address = await self._pool.start_engine(machine_id, device.device_id)
        link = EngineLink(
            self._pool.context, address, self._pool.keys, lambda *_: None, lambda *_: None
        )
        try:
            await link.open()
            measured = await link.ask(
                command,
                DeviceMeasured,
                MEASURE_SECONDS,
                lambda body, _: on_progress(body.fraction),
            )
        finally:
            await link.close()
        return measured.measurement


def measure_command(manifest: ModelManifest, weight_bits: int) -> MeasureDevice:
    """All there is to time of a model. A chunk of one token is a step of an answer."""
    shape = model_shape(manifest)
    longest = shape.context_tokens
    return MeasureDevice(
        config=manifest.config,
        layer_indices=representative_layers(shape),
        chunk_lengths=(1, *(length for length in CHUNK_LENGTHS if length <= longest)),
        prefix_lengths=tuple(length for length in PREFIX_LENGTHS if length < longest),
        weight_bits=weight_bits,  # type: ignore[arg-type]
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class _Turns:
    """Many together, or one alone."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._together = 0
        self._alone = False

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._together += 1
        try:
            yield
        finally:
            async with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone and not self._together)
            self._alone = True
        try:
            yield
        finally:
            async with self._changed:
                self._alone = False
                self._changed.notify_all()
