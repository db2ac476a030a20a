"""What this machine is and how it is at the moment, in words and figures for people."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import psutil

from runtime.messages.control import DeviceDescription, MachineDescription
from runtime.models.disk import free_bytes
from runtime.profiling.memory import machine_memory
from runtime.version import PROTOCOL_VERSION, VERSION

_FIRST_BUILD_OF_WINDOWS_11 = 22_000
_PROCESSOR_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "acpitz")


def describe_machine(
    *,
    public_key: str,
    name: str,
    addresses: tuple[str, ...],
    control_port: int,
    devices: tuple[DeviceDescription, ...],
    store_directory: Path,
    limit_bytes: int | None = None,
    busy_for: str = "",
) -> MachineDescription:
    """The machine now. cpu_percent is the average since the last call."""
    memory = machine_memory().limited(limit_bytes)
    return MachineDescription(
        public_key=public_key,
        name=name,
        system=system_name(),
        version=VERSION,
        protocol=PROTOCOL_VERSION,
        addresses=addresses,
        control_port=control_port,
        devices=devices,
        total_memory_bytes=memory.total_bytes,
        free_memory_bytes=memory.free_bytes,
        free_disk_bytes=free_bytes(store_directory),
        cpu_percent=float(psutil.cpu_percent(interval=None)),
        temperature_celsius=temperature_celsius(),
        busy_for=busy_for,
    )


def system_name() -> str:
    """The operating system as people say it: "Windows 11", "Ubuntu 24.04", "macOS 15"."""
    if sys.platform == "win32":
        build = sys.getwindowsversion().build
        return "Windows 11" if build >= _FIRST_BUILD_OF_WINDOWS_11 else "Windows 10"
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0].partition('.')[0]}".strip()
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system() or "Unknown system"
    return f"{release.get('NAME', 'Linux')} {release.get('VERSION_ID', '')}".strip()


def temperature_celsius() -> float | None:
    """The hottest reading of the processor; None where psutil reads no sensors."""
    read = getattr(psutil, "sensors_temperatures", None)
    if read is None:
        return None
    try:
        sensors = read()
    except (OSError, RuntimeError):
        return None
    for chip in _PROCESSOR_SENSORS:
        readings = [reading.current for reading in sensors.get(chip, ()) if reading.current]
        if readings:
            return float(max(readings))
    return None
