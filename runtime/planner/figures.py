"""Devices in figures instead of timings: speed, bandwidth and memory, or a known device's name."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from runtime.errors import HPipeError
from runtime.planner.chunks import FLOOR_TOKENS
from runtime.planner.values import DeviceProfile, LayerCost, ModelShape

GIGABYTE = 1e9
# Attention over a prefix runs at this part of the speed of the matrix products, as measured.
ATTENTION_SPEED_SHARE = 0.5
LAUNCH_MS = 0.1
CHUNK_OVERHEAD_MS = 1.0
OVERRIDES = (
    "prefill_tflops",
    "memory_gb_per_second",
    "memory_gb",
    "launch_ms",
    "chunk_overhead_ms",
)


class DeviceFigures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of device; figures that are None are not known."""

    name: str = ""
    device: str = ""
    count: int = 1
    prefill_tflops: float | None = None
    memory_gb_per_second: float | None = None
    memory_gb: float | None = None
    launch_ms: float | None = None
    chunk_overhead_ms: float | None = None
    source: str = ""


class KnownDevicesFile(Struct, frozen=True):
    """assets/devices.json."""

    about: str
    devices: tuple[DeviceFigures, ...]


KnownDevices = dict[str, DeviceFigures]


def parse_known_devices(text: bytes) -> KnownDevices:
    """Figures by name."""
    listed = msgspec.json.decode(text, type=KnownDevicesFile)
    return {figures.name: figures for figures in listed.devices}


def complete(figures: DeviceFigures, known: KnownDevices) -> DeviceFigures:
    """The figures with what is known of the device they name."""
    if not figures.device:
        return figures
    base = find_known(figures.device, known)
    given = {field: value for field in OVERRIDES if (value := getattr(figures, field)) is not None}
    return msgspec.structs.replace(base, device=base.name, **given)


def find_known(name: str, known: KnownDevices) -> DeviceFigures:
    """A known device by its name, in any case and with or without its maker's."""
    wanted = name.casefold().replace("-", " ").split()
    for device, figures in known.items():
        if device.casefold().replace("-", " ").split() == wanted:
            return figures
    near = [
        figures
        for device, figures in known.items()
        if set(wanted) <= set(device.casefold().replace("-", " ").split())
    ]
    if len(near) == 1:
        return near[0]
    if near:
        names = ", ".join(figures.name for figures in near)
        raise HPipeError(f'"{name}" may be any of {names}.', "Say which.")
    raise HPipeError(
        f'No device "{name}" is known.',
        "Known are " + ", ".join(known) + "; or give its figures in a cluster file.",
    )


def profile_of(
    figures: DeviceFigures, model: ModelShape, *, machine_id: str, device_id: str, name: str
) -> DeviceProfile:
    """Costs from a device's speed and bandwidth: work / speed + a launch, weights / bandwidth.

    A chunk takes as long as its products or as reading the weights, whichever is longer; the line
    drawn through that is exact for the shortest chunk and a little high for longer ones.
    """
    if figures.prefill_tflops is None or figures.memory_gb is None:
        raise HPipeError(
            f"Nothing is known of the device of {name}.",
            "Give prefill_tflops and memory_gb, or the name of a device in assets/devices.json.",
        )
    speed = figures.prefill_tflops * 1e12
    # A device that says nothing of its memory's speed: a hundredth of its FLOP/s, as is usual.
    bandwidth = (figures.memory_gb_per_second or speed / 100 / GIGABYTE) * GIGABYTE
    launch = LAUNCH_MS if figures.launch_ms is None else figures.launch_ms
    overhead = CHUNK_OVERHEAD_MS if figures.chunk_overhead_ms is None else figures.chunk_overhead_ms
    costs = {}
    for layer in model.layers:
        if layer.kind not in costs:
            per_token = 2 * layer.parameters_per_token / speed
            waiting = layer.weight_bytes / bandwidth - FLOOR_TOKENS * per_token
            costs[layer.kind] = LayerCost(
                fixed_seconds=launch / 1e3 + max(waiting, 0.0),
                per_token_seconds=per_token,
                per_pair_seconds=4 * model.hidden_size / (speed * ATTENTION_SPEED_SHARE),
                decode_fixed_seconds=launch / 1e3 + layer.weight_bytes / bandwidth,
                decode_per_context_token_seconds=layer.kv_bytes_per_token / bandwidth,
            )
    row = 2 * model.hidden_size / bandwidth
    head = (model.head_bytes or model.embedding_bytes) / bandwidth
    return DeviceProfile(
        machine_id=machine_id,
        device_id=device_id,
        name=name,
        layer_costs=costs,
        embedding=_end(launch / 1e3, row, launch / 1e3 + row),
        head=_end(0.0, 0.0, launch / 1e3 + head),
        chunk_overhead_seconds=overhead / 1e3,
        memory_limit_bytes=int(figures.memory_gb * GIGABYTE),
    )


def _end(fixed: float, per_token: float, one: float) -> LayerCost:
    return LayerCost(
        fixed_seconds=fixed,
        per_token_seconds=per_token,
        per_pair_seconds=0.0,
        decode_fixed_seconds=one,
        decode_per_context_token_seconds=0.0,
    )
