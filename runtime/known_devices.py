"""The devices that come with HPipe for what-if questions, by name."""

from __future__ import annotations

from pathlib import Path

from runtime.planner.figures import KnownDevices, parse_known_devices

_FILE = Path(__file__).resolve().parents[1] / "assets" / "devices.json"


def known_devices() -> KnownDevices:
    """Read assets/devices.json."""
    return parse_known_devices(_FILE.read_bytes())
