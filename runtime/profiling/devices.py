"""What computes on this machine: its processor, and every GPU that torch can use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from runtime.messages.control import DeviceDescription
from runtime.profiling.gpus import Card, Gpu, find_gpus, read_cards
from runtime.profiling.memory import Memory, held_bytes, machine_memory
from runtime.profiling.processor import computing_threads, processor_name

CPU_ID = "cpu"
_NO_ENGINES: Mapping[str, int] = MappingProxyType({})


class Devices:
    """The devices of this machine; found once, their free memory read whenever they are listed."""

    def __init__(self, gpus: tuple[Gpu, ...], threads: int | None, limit_bytes: int | None) -> None:
        """threads and limit_bytes are what a person allows; None: all that is usable."""
        self._gpus = gpus
        self._threads = threads or computing_threads()
        self._limit_bytes = limit_bytes

    def list(self, engines: Mapping[str, int] = _NO_ENGINES) -> tuple[DeviceDescription, ...]:
        """GPUs first, then the processor. Reads files and may run a program: for a thread.

        engines are the process ids of running engines by device: what one holds counts as free,
        since whatever it loads next takes the place of what it holds now.
        """
        memory = machine_memory()
        cards = read_cards() if any(gpu.uuid for gpu in self._gpus) else {}
        gpus = (
            self._gpu(gpu, memory, cards.get(gpu.uuid), engines.get(f"{gpu.kind}:{gpu.index}"))
            for gpu in self._gpus
        )
        return (*gpus, self._cpu(memory, engines.get(CPU_ID)))

    def _cpu(self, machine: Memory, engine: int | None) -> DeviceDescription:
        memory = machine.plus(held_bytes(engine) if engine else 0).limited(self._limit_bytes)
        return DeviceDescription(
            device_id=CPU_ID,
            kind="cpu",
            index=0,
            name=processor_name(),
            total_memory_bytes=memory.total_bytes,
            free_memory_bytes=memory.free_bytes,
            threads=self._threads,
        )

    def _gpu(
        self, gpu: Gpu, machine: Memory, card: Card | None, engine: int | None
    ) -> DeviceDescription:
        memory, name = Memory(gpu.total_memory_bytes, gpu.free_memory_bytes), gpu.name
        if card is not None:
            memory = Memory(gpu.total_memory_bytes, card.free_bytes)
            memory = memory.plus(card.used_bytes.get(engine or 0, 0))
        elif gpu.kind == "mps":
            # Its memory is the machine's.
            free = machine.plus(held_bytes(engine) if engine else 0).free_bytes
            memory = Memory(gpu.total_memory_bytes, min(gpu.free_memory_bytes, free))
            name = f"{processor_name()} GPU"
        memory = memory.limited(self._limit_bytes)
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
