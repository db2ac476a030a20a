"""How fast the pool is on a model: measured once per model and device, kept on disk."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from runtime.coordinator.measuring import DeviceMeasuring, measure_command
from runtime.coordinator.pool import Pool
from runtime.errors import HPipeError, SetupError
from runtime.files import write_atomically
from runtime.messages.control import DeviceDescription, LinkMeasured
from runtime.models.manifest import ModelManifest
from runtime.planner.values import DeviceMeasurement, LinkProfile
from runtime.version import VERSION

log = logging.getLogger(__name__)

# Counts the ways in which devices were measured: figures of another are not compared with these.
_METHOD = 4

ProgressListener = Callable[[str, float], None]


class MeasuredDevice(Struct, frozen=True, kw_only=True):
    """A device of a machine with what was measured of it on one model."""

    machine_id: str
    device: DeviceDescription
    measurement: DeviceMeasurement


class _Kept(Struct, kw_only=True):
    devices: dict[str, DeviceMeasurement] = {}
    links: dict[str, LinkMeasured] = {}


class Measurements:
    """Measures what is not known yet, remembers it in one JSON file."""

    def __init__(self, pool: Pool, path: Path) -> None:
        self._pool = pool
        self._measuring = DeviceMeasuring(pool)
        self._path = path
        self._kept = _Kept()
        self._stable_names: dict[str, str] = {}
        # Two at once would slow each other down; the second finds what the first has measured.
        self._turns: dict[str, asyncio.Lock] = {}
        self._links_turn = asyncio.Lock()
        try:
            self._kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            self._kept = _Kept()  # none yet, of another version or cut off: measured again

    def name_machine(self, machine_id: str, stable_name: str) -> None:
        """Remember a machine under another name than its key, which is new at every start."""
        self._stable_names[machine_id] = stable_name

    async def devices(
        self,
        manifest: ModelManifest,
        machine_ids: tuple[str, ...],
        *,
        weight_bits: int = 16,
        again: bool = False,
        on_progress: ProgressListener | None = None,
    ) -> tuple[MeasuredDevice, ...]:
        """All devices of these machines, machines side by side, devices of one machine in turn.

        A device that cannot be measured is left out; when none can, the last error is raised.
        """
        results = await asyncio.gather(
            *(
                self._machine(machine_id, manifest, weight_bits, again, on_progress)
                for machine_id in machine_ids
            ),
            return_exceptions=True,
        )
        measured: list[MeasuredDevice] = []
        problem: BaseException | None = None
        for result in results:
            if isinstance(result, HPipeError):
                problem = result
            elif isinstance(result, BaseException):
                raise result
            else:
                measured.extend(result)
        if not measured and problem is not None:
            raise problem
        self._save()
        return tuple(measured)

    async def links(
        self, machine_ids: tuple[str, ...], *, again: bool = False
    ) -> tuple[LinkProfile, ...]:
        """Both directions between all pairs of these machines that reach each other."""
        async with self._links_turn:
            unknown = [
                machine_id
                for machine_id in machine_ids
                if again
                or any(
                    self._link_key(machine_id, other) not in self._kept.links
                    and self._link_key(other, machine_id) not in self._kept.links
                    for other in machine_ids
                    if other != machine_id
                )
            ]
            if len(unknown) > 1:
                await self._pool.measure_links(unknown, self._keep_link)
                self._save()
        return self.known_links(machine_ids)

    def known_links(self, machine_ids: tuple[str, ...]) -> tuple[LinkProfile, ...]:
        profiles: list[LinkProfile] = []
        for one in machine_ids:
            for other in machine_ids:
                measured = self._kept.links.get(self._link_key(one, other))
                if measured is not None:
                    profiles += both_directions(one, other, measured)
        return tuple(profiles)

    def _keep_link(self, one: str, other: str, measured: LinkMeasured) -> None:
        self._kept.links.pop(self._link_key(other, one), None)
        self._kept.links[self._link_key(one, other)] = measured

    async def _machine(
        self,
        machine_id: str,
        manifest: ModelManifest,
        weight_bits: int,
        again: bool,
        on_progress: ProgressListener | None,
    ) -> list[MeasuredDevice]:
        description = self._pool.member(machine_id).description
        devices = description.devices if description else ()
        measured = []
        for index, device in enumerate(devices):

            def tell(fraction: float, done: int = index, of: int = len(devices)) -> None:
                if on_progress is not None:
                    on_progress(machine_id, (done + fraction) / of)

            key = self._device_key(manifest, machine_id, device, weight_bits)
            async with self._turns.setdefault(machine_id, asyncio.Lock()):
                if again or key not in self._kept.devices:
                    self._kept.devices[key] = await self._measure(
                        machine_id, device, manifest, weight_bits, tell
                    )
            measured.append(
                MeasuredDevice(
                    machine_id=machine_id, device=device, measurement=self._kept.devices[key]
                )
            )
        return measured

    async def _measure(
        self,
        machine_id: str,
        device: DeviceDescription,
        manifest: ModelManifest,
        weight_bits: int,
        on_progress: Callable[[float], None],
    ) -> DeviceMeasurement:
        command = measure_command(manifest, weight_bits)
        return await self._measuring.measure(machine_id, device, command, on_progress)

    def _device_key(
        self,
        manifest: ModelManifest,
        machine_id: str,
        device: DeviceDescription,
        weight_bits: int,
    ) -> str:
        name = self._stable_names.get(machine_id, machine_id)
        threads = self._pool.threads or device.threads
        shape = config_fingerprint(manifest.config)
        of_what = f"{VERSION}.{_METHOD}|{shape}|{weight_bits}"
        return f"{of_what}|{name}|{device.device_id}|{device.name}|{threads}"

    def _link_key(self, one: str, other: str) -> str:
        return f"{self._stable_names.get(one, one)}|{self._stable_names.get(other, other)}"

    def _save(self) -> None:
        """What cannot be written is measured again next time; it serves this time all the same."""
        try:
            write_atomically(self._path, msgspec.json.encode(self._kept))
        except SetupError as problem:
            log.warning("the measurements were not kept: %s", problem)


def config_fingerprint(config: Mapping[str, Any]) -> str:
    """Models of one shape share their measurements: speed depends on sizes, not on weights."""
    return hashlib.sha256(msgspec.json.encode(config, order="sorted")).hexdigest()[:16]


def both_directions(one: str, other: str, measured: LinkMeasured) -> tuple[LinkProfile, ...]:
    return (
        LinkProfile(
            from_machine_id=one,
            to_machine_id=other,
            latency_seconds=measured.latency_seconds,
            bytes_per_second=measured.forward_bytes_per_second,
        ),
        LinkProfile(
            from_machine_id=other,
            to_machine_id=one,
            latency_seconds=measured.latency_seconds,
            bytes_per_second=measured.backward_bytes_per_second,
        ),
    )
