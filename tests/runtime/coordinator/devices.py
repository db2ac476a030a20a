"""A device that workers describe, where only its being one matters."""

from __future__ import annotations

from runtime.messages.control import DeviceDescription

CPU = DeviceDescription(
    device_id="cpu",
    kind="cpu",
    index=0,
    name="A processor",
    total_memory_bytes=8,
    free_memory_bytes=4,
)
