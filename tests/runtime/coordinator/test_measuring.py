"""What a device is asked to time, and beside whom."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from runtime.coordinator.measuring import DeviceMeasuring
from runtime.messages.stage import MeasureDevice
from runtime.planner.values import ComputeSample, DeviceMeasurement
from tests.runtime.coordinator.devices import CPU

LENGTHS = (1, 32, 256)
COMMAND = MeasureDevice(
    config={}, layer_indices={"full": 0}, chunk_lengths=LENGTHS, prefix_lengths=(0,)
)


class Watched(DeviceMeasuring):
    """Engines are asked in name only; who is at it at the same time is noted."""

    def __init__(self, hosts):
        members = {name: SimpleNamespace(host=host) for name, host in hosts.items()}
        super().__init__(SimpleNamespace(member=members.__getitem__))
        self.now = []
        self.beside = []

    async def _ask(self, machine_id, _device, command, on_progress):
        what = (machine_id, "step" if command.chunk_lengths == (1,) else "chunks")
        self.now.append(what)
        for _ in range(len(machine_id)):  # some take longer than others
            await asyncio.sleep(0)
        self.beside.append((what, tuple(self.now)))
        self.now.remove(what)
        on_progress(1.0)
        samples = tuple(
            ComputeSample(kind="full", layers=1, chunk_tokens=length, prefix_tokens=0, seconds=1.0)
            for length in command.chunk_lengths
        )
        return DeviceMeasurement(samples=samples, free_memory_bytes=1)


def measure(hosts):
    async def scenario():
        measuring = Watched(hosts)
        told = []
        found = await asyncio.gather(
            *(measuring.measure(name, CPU, COMMAND, told.append) for name in hosts)
        )
        return measuring.beside, found, told

    return asyncio.run(scenario())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_workers_of_this_computer_time_chunks_together_and_steps_alone(host):
    beside, found, told = measure({"one": host, "another": host})
    steps = [names for (_, kind), names in beside if kind == "step"]
    assert [len(names) for names in steps] == [1, 1]
    assert any(len(names) == 2 for (_, kind), names in beside if kind == "chunks")
    assert all({one.chunk_tokens for one in each.samples} == set(LENGTHS) for each in found)
    assert max(told) == pytest.approx(1.0)


def test_other_computers_time_everything_at_once():
    beside, _, _ = measure({"desk": "192.168.1.4", "attic": "fe80::1%eth0"})
    assert [kind for (_, kind), _ in beside] == ["chunks", "chunks"]
