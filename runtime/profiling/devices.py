"""What computes on this machine: its processor, and every GPU that torch can use."""

from __future__ import annotations

from pathlib import Path

from runtime.messages.control import DeviceDescription
from runtime.profiling.gpus import Gpu, find_gpus, free_memory_by_uuid
from runtime.profiling.memory import Memory, machine_memory
from runtime.profiling.processor import computing_threads, processor_name

CPU_ID = "cpu"


class Devices:
    """The devices of this machine; found once, their free memory read whenever they are listed."""

    def __init__(self, gpus: tuple[Gpu, ...], threads: int | None, limit_bytes: int | None) -> None:
        """threads and limit_bytes are what a person allows; None: all that is usable."""
        self._gpus = gpus
        self._threads = threads or computing_threads()
        self._limit_bytes = limit_bytes

    def list(self) -> tuple[DeviceDescription, ...]:
        """GPUs first, then the processor. Reads files and may run a program: for a thread."""
        memory = machine_memory()
        cards = free_memory_by_uuid() if any(gpu.uuid for gpu in self._gpus) else {}
        gpus = (self._gpu(gpu, memory, cards.get(gpu.uuid)) for gpu in self._gpus)
        return (*gpus, self._cpu(memory.limited(self._limit_bytes)))

    def _cpu(self, memory: Memory) -> DeviceDescription:
        return DeviceDescription(
            device_id=CPU_ID,
            kind="cpu",
            index=0,
            name=processor_name(),
            total_memory_bytes=memory.total_bytes,
            free_memory_bytes=memory.free_bytes,
            threads=self._threads,
        )

    def _gpu(self, gpu: Gpu, machine: Memory, free_now: int | None) -> DeviceDescription:
        free = gpu.free_memory_bytes if free_now is None else free_now
        name = gpu.name
        if gpu.kind == "mps":
            free, name = min(free, machine.free_bytes), f"{processor_name()} GPU"
        memory = Memory(gpu.total_memory_bytes, free).limited(self._limit_bytes)
        return DeviceDescription(
            device_id=f"{gpu.kind}:{gpu.index}",
            kind=gpu.kind,
            index=gpu.index,
            name=name,
            total_memory_bytes=memory.total_bytes,
            free_memory_bytes=memory.free_bytes,
        )


def list_devices(
    cache_file: Path, *, threads: int | None = None, limit_bytes: int | None = None
) -> tuple[DeviceDescription, ...]:
    """Find and list in one step. The first time takes as long as importing torch."""
    return Devices(find_gpus(cache_file), threads, limit_bytes).list()
