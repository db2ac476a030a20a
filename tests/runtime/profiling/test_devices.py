"""What is in this machine, and what of it may be used."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runtime.profiling import devices, gpus, machine, memory, processor
from runtime.profiling.devices import Devices, list_devices
from runtime.profiling.gpus import Card, Gpu, find_gpus
from runtime.profiling.machine import describe_machine, system_name
from runtime.profiling.memory import Memory

GIB = 1024**3
CARD = Gpu(
    kind="cuda",
    index=1,
    name="NVIDIA Example",
    total_memory_bytes=24 * GIB,
    free_memory_bytes=20 * GIB,
    uuid="abc",
)
APPLE = Gpu(
    kind="mps",
    index=0,
    name="Apple GPU",
    total_memory_bytes=12 * GIB,
    free_memory_bytes=12 * GIB,
)


def test_the_processor_is_always_a_device(tmp_path: Path) -> None:
    """Defect: a machine without a GPU, or with a broken torch, cannot take part."""
    found = list_devices(tmp_path / "gpus.json", threads=3, limit_bytes=GIB)
    cpu = found[-1]
    assert (cpu.device_id, cpu.kind, cpu.index, cpu.threads) == ("cpu", "cpu", 0, 3)
    assert cpu.total_memory_bytes == GIB
    assert 0 < cpu.free_memory_bytes <= GIB
    assert cpu.name


def test_gpus_are_told_with_what_is_free_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: a plan counts on memory that other programs have taken since."""
    monkeypatch.setattr(devices, "machine_memory", lambda: Memory(16 * GIB, 9 * GIB))
    monkeypatch.setattr(devices, "read_cards", lambda: {"abc": Card(5 * GIB, {77: 3 * GIB})})
    cuda, mps, cpu = Devices((CARD, APPLE), None, None).list()
    assert (cuda.device_id, cuda.total_memory_bytes, cuda.free_memory_bytes) == (
        "cuda:1",
        24 * GIB,
        5 * GIB,
    )
    # An Apple GPU has no memory of its own.
    assert (mps.device_id, mps.free_memory_bytes) == ("mps:0", 9 * GIB)
    assert cpu.free_memory_bytes == 9 * GIB
    monkeypatch.setattr(devices, "read_cards", dict)
    limited, *_ = Devices((CARD,), None, 8 * GIB).list()
    assert (limited.total_memory_bytes, limited.free_memory_bytes) == (8 * GIB, 8 * GIB)


def test_what_an_engine_holds_counts_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: once a model is loaded, no plan finds room for it any more."""
    monkeypatch.setattr(devices, "machine_memory", lambda: Memory(16 * GIB, 9 * GIB))
    monkeypatch.setattr(devices, "read_cards", lambda: {"abc": Card(5 * GIB, {77: 3 * GIB})})
    monkeypatch.setattr(devices, "held_bytes", lambda process_id: {78: 2 * GIB}[process_id])
    cuda, cpu = Devices((CARD,), None, None).list({"cuda:1": 77, "cpu": 78})
    assert cuda.free_memory_bytes == 8 * GIB
    assert cpu.free_memory_bytes == 11 * GIB
    resident = psutil.Process().memory_info().rss
    assert 10 * 1024**2 < memory.held_bytes(os.getpid()) < 1.2 * resident
    assert memory.held_bytes(2**22 + 1) == 0


def test_torch_is_asked_once_for_each_version_and_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: every start waits for torch, or a new torch's GPUs are never found."""
    asked: list[str] = []

    def ask() -> tuple[Gpu, ...]:
        asked.append(gpus.torch_version())
        return (CARD,)

    monkeypatch.setattr(gpus, "_ask_torch", ask)
    monkeypatch.setattr(gpus, "torch_version", lambda: "2.13.0")
    file = tmp_path / "gpus.json"
    assert find_gpus(file) == find_gpus(file) == (CARD,)
    assert asked == ["2.13.0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    find_gpus(file)
    monkeypatch.setattr(gpus, "torch_version", lambda: "2.14.0")
    find_gpus(file)
    assert asked == ["2.13.0", "2.13.0", "2.14.0"]
    file.write_text("{broken")
    assert find_gpus(file) == (CARD,)
    assert len(asked) == 4
    for without in ("", "2.13.0+cpu"):
        monkeypatch.setattr(gpus, "torch_version", lambda version=without: version)
        assert find_gpus(file) == ()
    assert len(asked) == 4


def test_a_torch_that_cannot_be_asked_leaves_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Defect: a broken driver keeps the worker from starting."""
    monkeypatch.setattr(gpus, "torch_version", lambda: "2.13.0")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert find_gpus(tmp_path / "gpus.json") == ()
    assert "could not be asked" in caplog.text
    assert not (tmp_path / "gpus.json").exists(), "the failure must not be remembered"


def test_the_program_that_asks_torch_answers_in_one_line() -> None:
    """Defect: a library's greeting on standard output makes the answer unreadable."""
    pytest.importorskip("torch")
    importlib.metadata.version("torch")
    found = gpus._ask_torch()
    assert found is not None
    assert all(gpu.kind in ("cuda", "xpu", "mps") for gpu in found)


def test_nothing_of_it_imports_torch() -> None:
    """Defect: a worker takes seconds and half a gigabyte just to say what is in the machine."""
    program = (
        "import sys; from pathlib import Path; from runtime.profiling.devices import list_devices;"
        "from runtime.profiling.machine import describe_machine;"
        "list_devices(Path('nowhere/gpus.json')); print('torch' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "False"


def test_threads_stay_within_what_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: in a container of one CPU an engine starts a thread for each of 64."""
    if hasattr(os, "sched_getaffinity"):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 16 if logical else 8)
    monkeypatch.setattr(processor.cgroups, "cpu_limit", lambda: None)
    assert processor.computing_threads() == 8
    monkeypatch.setattr(processor.cgroups, "cpu_limit", lambda: 2.5)
    assert processor.computing_threads() == 3
    monkeypatch.setattr(processor.cgroups, "cpu_limit", lambda: 0.2)
    assert processor.computing_threads() == 1


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Intel(R) Xeon(R) Gold 6254 CPU @ 3.10GHz", "Intel Xeon Gold 6254"),
        ("AMD Ryzen 9 7950X 16-Core Processor", "AMD Ryzen 9 7950X"),
        ("Apple M2 Pro", "Apple M2 Pro"),
    ],
)
def test_processors_are_named_as_people_name_them(
    raw: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: trademarks and clock rates crowd out the name in every list."""
    monkeypatch.setattr(processor, "_raw_name", lambda: raw)
    assert processor.processor_name.__wrapped__() == name


def test_a_machine_is_described_in_words_and_figures(tmp_path: Path) -> None:
    """Defect: free disk or memory of the wrong place, or a system no person recognises."""
    described = describe_machine(
        public_key="k" * 40,
        name="Desk",
        addresses=("192.168.1.20",),
        control_port=47650,
        devices=list_devices(tmp_path / "gpus.json"),
        store_directory=tmp_path / "not" / "there" / "yet",
        limit_bytes=GIB,
    )
    assert described.total_memory_bytes == GIB
    assert described.free_disk_bytes > 0
    assert 0.0 <= described.cpu_percent <= 100.0
    assert described.system == system_name()
    assert described.system[0].isupper()


def test_systems_are_named_by_their_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: every Linux is "Linux 6.8.0-45-generic"."""
    if sys.platform in ("win32", "darwin"):
        pytest.skip("reads what Linux writes")
    release = {"NAME": "Ubuntu", "VERSION_ID": "24.04"}
    monkeypatch.setattr(machine.platform, "freedesktop_os_release", lambda: release)
    assert system_name() == "Ubuntu 24.04"
