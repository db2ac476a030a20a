"""Layers that are given the same tensor are computed as one, and others are not."""

import pytest
import torch
from torch import nn

from runtime.engine import packed
from runtime.engine.joined import JoinedLinear, Joint, joined, shared_inputs
from tests.runtime.engine.test_split import PROMPT, Extent, load, run
from tests.runtime.engine.tiny import whole_logits


class Attention(nn.Module):
    """Two layers share their input; a third of the same shape has another."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.out = (nn.Linear(16, size) for size in (16, 8, 16))

    def forward(self, given):
        return self.out(self.query(given) + self.key(given).repeat(1, 2))


def test_only_layers_of_one_input_are_found():
    module = nn.Sequential(Attention(), Attention())
    groups = shared_inputs(module, lambda: module(torch.randn(3, 16)))
    assert groups == [(module[0], ("query", "key")), (module[1], ("query", "key"))]
    assert not module[0].query._forward_pre_hooks


@torch.inference_mode()
def test_each_part_gets_its_own_outputs_and_each_input_is_computed_once():
    linears = [nn.Linear(16, size) for size in (16, 8, 4)]
    layer = joined(linears)
    calls = []
    layer.register_forward_pre_hook(lambda *_: calls.append(1))
    joint = Joint(layer, [16, 8, 4])
    parts = [JoinedLinear(joint, number) for number in range(3)]
    for _ in range(2):
        given = torch.randn(5, 16)
        for part, linear in zip(parts, linears, strict=True):
            torch.testing.assert_close(part(given), linear(given))
    assert len(calls) == 2
    # Out of turn, twice, or with other inputs: slower, and still right.
    one, other = torch.randn(5, 16), torch.randn(5, 16)
    for number, given in ((2, one), (2, one), (0, other), (1, one), (1, other), (0, one)):
        torch.testing.assert_close(parts[number](given), linears[number](given))


def test_the_weights_of_a_joint_are_counted_once():
    linears = [nn.Linear(16, 8), nn.Linear(16, 8)]
    joint = Joint(joined(linears), [8, 8])
    module = nn.ModuleList(JoinedLinear(joint, number) for number in range(2))
    assert sum(p.numel() for p in module.parameters()) == 2 * (16 * 8 + 8)


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "phi3", "gpt_neox", "qwen3_moe"])
def test_the_way_of_a_gpu_is_exact_too(tiny, monkeypatch, architecture):
    """Joined layers and fused norms without packing, as on devices that have none."""
    monkeypatch.setattr(packed, "can_pack", lambda device, dtype: False)
    model, manifest = tiny.model(architecture)
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    assert stage.is_packed
    kinds = {type(module).__name__ for module in stage._base.layers.modules()}
    assert "PackedLinear" not in kinds
    if architecture in ("llama", "gemma3_text", "phi3"):
        assert "JoinedFeedForward" in kinds
    if architecture in ("llama", "gemma3_text", "qwen3_moe"):
        assert "JoinedLinear" in kinds
    error = abs(run([stage], PROMPT, 6) - whole_logits(model, PROMPT)).max()
    assert error < 1e-4
