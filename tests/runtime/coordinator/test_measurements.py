"""What is measured, how often, and what a disk that fails costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.coordinator.measurements import Measurements
from runtime.errors import HPipeError, MachineLost, Refused, SetupError
from runtime.messages.control import LinkMeasured
from runtime.models.manifest import ModelManifest
from runtime.planner.values import DeviceMeasurement
from tests.runtime.coordinator.devices import CPU

MANIFEST = ModelManifest(
    model_id="f" * 64,
    name="Tiny",
    architecture="LlamaForCausalLM",
    config={"model_type": "llama"},
    parts={},
    layer_count=2,
    hidden_size=8,
    vocabulary_size=300,
    context_tokens=4096,
    tied=False,
)
LINK = LinkMeasured(
    address="192.168.1.2:47650",
    latency_seconds=0.001,
    forward_bytes_per_second=1e8,
    backward_bytes_per_second=2e8,
)


class Machines:
    """A pool whose machines all have one processor."""

    threads = None

    def __init__(self) -> None:
        self.measured_links: list[tuple[str, ...]] = []

    def member(self, _machine_id: str) -> Any:
        return type("Link", (), {"description": type("Machine", (), {"devices": (CPU,)})})

    async def measure_links(
        self, machine_ids: list[str], keep: Callable[[str, str, LinkMeasured], None]
    ) -> None:
        self.measured_links.append(tuple(machine_ids))
        await asyncio.sleep(0.01)
        keep(machine_ids[0], machine_ids[1], LINK)


class Measured(Measurements):
    """Engines are asked in name only."""

    def __init__(self, path: Path, **refuses: HPipeError) -> None:
        self.machines = Machines()
        super().__init__(self.machines, path)  # type: ignore[arg-type]
        self.asked: list[str] = []
        self._refuses = refuses

    async def _measure(self, machine_id: str, *_: Any) -> DeviceMeasurement:
        self.asked.append(machine_id)
        await asyncio.sleep(0.01)
        if machine_id in self._refuses:
            raise self._refuses[machine_id]
        return DeviceMeasurement(samples=(), free_memory_bytes=4)


def test_each_device_and_link_is_measured_once_and_remembered(tmp_path: Path) -> None:
    """Defect: two pages that plan at the same time measure everything twice, side by side."""
    path = tmp_path / "cache" / "measurements.json"

    async def scenario() -> None:
        measured = Measured(path)
        both = ("desk", "laptop")
        await asyncio.gather(*(measured.devices(MANIFEST, both) for _ in range(3)))
        assert sorted(measured.asked) == ["desk", "laptop"]
        links = await asyncio.gather(*(measured.links(both) for _ in range(3)))
        assert measured.machines.measured_links == [both]
        assert links[0] == links[1] == links[2]
        assert {link.bytes_per_second for link in links[0]} == {1e8, 2e8}

        later = Measured(path)
        await later.devices(MANIFEST, both)
        assert await later.links(both) == links[0]
        assert later.asked == later.machines.measured_links == []
        await later.devices(MANIFEST, both, again=True)
        assert sorted(later.asked) == ["desk", "laptop"]
        await later.devices(MANIFEST, both, weight_bits=4)
        assert len(later.asked) == 4, "weights in 4 bits are as fast as they are"
        await later.devices(MANIFEST, both, weight_bits=4)
        assert len(later.asked) == 4

    asyncio.run(scenario())


def test_a_full_disk_costs_the_memory_of_it_and_not_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Defect: after minutes of measuring the question fails, because a cache was not written."""

    def full(*_: object) -> None:
        raise SetupError("The disk is full.")

    monkeypatch.setattr("runtime.coordinator.measurements.write_atomically", full)

    async def scenario() -> None:
        measured = Measured(tmp_path / "measurements.json")
        (device,) = await measured.devices(MANIFEST, ("desk",))
        assert device.machine_id == "desk"
        assert await measured.devices(MANIFEST, ("desk",)) == (device,)
        assert measured.asked == ["desk"], "what was measured still counts"
        assert len(await measured.links(("desk", "laptop"))) == 2

    asyncio.run(scenario())
    assert "The disk is full" in caplog.text


@pytest.mark.parametrize("content", [b"{", b'{"devices": 3}', None])
def test_a_file_that_cannot_be_read_is_measured_anew(tmp_path: Path, content: bytes | None) -> None:
    """Defect: a cut-off or unreadable cache keeps the program from starting."""
    path = tmp_path / "measurements.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    measured = Measured(path)
    asyncio.run(measured.devices(MANIFEST, ("desk",)))
    assert measured.asked == ["desk"]


def test_a_machine_that_refuses_is_left_out_and_told_when_it_is_the_only_one(
    tmp_path: Path,
) -> None:
    """Defect: one machine that works for somebody else keeps all others from being used."""

    async def scenario() -> None:
        measured = Measured(tmp_path / "m.json", laptop=Refused("It works for Desk now."))
        devices = await measured.devices(MANIFEST, ("desk", "laptop"))
        assert [device.machine_id for device in devices] == ["desk"]
        with pytest.raises(Refused, match="works for Desk"):
            await measured.devices(MANIFEST, ("laptop",))

    asyncio.run(scenario())


def test_a_mistake_of_ours_is_no_machine_left_out(tmp_path: Path) -> None:
    """Defect: a bug in measuring looks like a machine that is away."""
    broken: Any = ZeroDivisionError()
    measured = Measured(tmp_path / "m.json", laptop=broken, tower=MachineLost("It left."))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(measured.devices(MANIFEST, ("desk", "tower", "laptop")))
