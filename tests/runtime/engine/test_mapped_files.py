"""Weights are read from their files one layer at a time, and what was read is let go of again."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from runtime.engine.mapped_files import MappedFiles
from runtime.engine.packed import PackedLinear
from runtime.engine.packing import packed_parts
from runtime.engine.quickening import few_bits
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from tests.runtime.engine.tiny import tiny_config, tiny_model

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
MIB = 1024 * 1024


def from_file(folder: Path) -> torch.nn.Module:
    """A module whose weight is mapped from a file of 8 MB."""
    weight = torch.arange(2 * MIB, dtype=torch.float32).view(-1, 1024)
    save_file({"weight": weight}, folder / "weights.safetensors")
    with safe_open(folder / "weights.safetensors", framework="pt", backend="mmap") as opened:
        linear = torch.nn.Linear(1, 1, bias=False, device="meta")
        linear.weight = torch.nn.Parameter(opened.get_tensor("weight"), requires_grad=False)
    return linear


def mapped_bytes() -> int:
    """Of files, what is in this process's memory."""
    status = Path("/proc/self/status").read_text()
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssFile")
    )


def test_what_was_read_is_let_go_of_and_can_be_read_again(tmp_path):
    linear = from_file(tmp_path)
    files = MappedFiles(linear)
    total = linear.weight.double().sum()
    before = mapped_bytes()
    files.let_go()
    assert before - mapped_bytes() > 6 * MIB
    assert linear.weight.double().sum() == total


def test_what_was_written_to_is_kept(tmp_path):
    """Its pages would come back from the file as they were before."""
    linear = from_file(tmp_path)
    linear.weight[0, 0] = 5.0
    MappedFiles(linear).let_go()
    assert linear.weight[0, 0] == 5.0


def test_other_memory_is_left_alone():
    linear = torch.nn.Linear(1024, 2048)
    weight = linear.weight.clone()
    MappedFiles(linear).let_go()
    assert torch.equal(linear.weight, weight)


@pytest.mark.parametrize("has_room", [True, False])
def test_no_more_than_one_layer_is_wide_at_a_time(monkeypatch, has_room):
    """Defect: a stage in few bits takes the memory of one in 16 until it is loaded."""
    model = tiny_model(tiny_config("llama", num_hidden_layers=6)).requires_grad_(False)
    extent = Extent.of_range(0, 6, 6)
    layers = model.model.layers
    wide = []
    quantise = PackedLinear.quantise

    def counted(part: PackedLinear, bits: int) -> None:
        parts = [part for layer in layers for part in packed_parts(layer)]
        is_wide = [not part.has_few or (part.spare_bytes and not has_room) for part in parts]
        wide.append(sum(map(bool, is_wide)))
        quantise(part, bits)

    monkeypatch.setattr(PackedLinear, "quantise", counted)
    room = 1 << 30 if has_room else 1000
    stage = Stage(model, extent, torch.device("cpu"), few_bits(8, room))
    count = len(packed_parts(layers)) // 6
    assert all(part.has_few for part in packed_parts(layers))
    assert (stage.spare_bytes > 0) == has_room
    assert max(wide) == count
