"""Packed and fused layers compute what they stand for, or are not taken."""

import pytest
import torch
from torch import nn

from runtime.engine.feed_forward import GatedFeedForward, PlainFeedForward, fused_feed_forward
from runtime.engine.packed import GELU, GELU_TANH, RELU, SILU, PackedLinear, can_pack
from runtime.engine.packing import pack_layers, packed_parts

functional = nn.functional
STOCK = {
    GELU: functional.gelu,
    GELU_TANH: lambda given: functional.gelu(given, approximate="tanh"),
    SILU: functional.silu,
    RELU: functional.relu,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 48), (37, 5), (1, 7)])
@pytest.mark.parametrize("shape", [(1, 1), (1, 33), (1, 600), (9,)])
@torch.inference_mode()
def test_a_packed_layer_is_the_layer(dtype, inputs, outputs, shape):
    """For one row and for many, odd sizes and rows that do not lie side by side."""
    needs_packing(dtype)
    torch.manual_seed(0)
    linear = nn.Linear(inputs, outputs, bias=outputs != 48).to(dtype)
    packed = PackedLinear.of(linear)
    given = torch.randn(*shape, 2 * inputs).to(dtype)[..., ::2]
    factor = torch.randn(*shape, outputs).to(dtype)
    wanted = linear(given)
    close = {"rtol": 0, "atol": 1e-5 if dtype == torch.float32 else 0.05}
    torch.testing.assert_close(packed(given), wanted, **close)
    torch.testing.assert_close(packed.times(given, factor), wanted * factor, **close)
    for activation, stock in STOCK.items():
        torch.testing.assert_close(packed.activated(given, activation), stock(wanted), **close)


class Gated(nn.Module):
    def __init__(self, width=32, inner=48, activation=None, order=("gate", "up", "down")):
        super().__init__()
        for name in order:
            shape = (inner, width) if name == "down" else (width, inner)
            setattr(self, name, nn.Linear(*shape))
        self.act_fn = activation or nn.SiLU()

    def forward(self, given):
        return self.down(self.act_fn(self.gate(given)) * self.up(given))


class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_up, self.down, self.act = nn.Linear(32, 96), nn.Linear(48, 32), nn.SiLU()

    def forward(self, given):
        up, gate = self.gate_up(given).chunk(2, -1)
        return self.down(up * self.act(gate))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.act, self.narrow, self.widen = nn.GELU(), nn.Linear(48, 32), nn.Linear(32, 48)

    def forward(self, given):
        return self.dropout(self.narrow(self.act(self.widen(given))))


class Clamped(Gated):
    """As gpt-oss does, at a size that ordinary values do not reach."""

    def forward(self, given):
        return self.down(self.act_fn(self.gate(given)).clamp(max=7.0) * self.up(given))


class Residual(Plain):
    def forward(self, given):
        return given + super().forward(given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("block", "kind"),
    [
        (Gated(), GatedFeedForward),
        (Gated(activation=nn.GELU(approximate="tanh")), GatedFeedForward),
        (Gated(order=("down", "up", "gate")), GatedFeedForward),
        (Gated(inner=32), GatedFeedForward),
        (Joined(), GatedFeedForward),
        (Plain(), PlainFeedForward),
    ],
)
@torch.inference_mode()
def test_feed_forward_blocks_are_fused(block, kind, dtype):
    """Whatever their parts are called and in whatever order they were made."""
    needs_packing(dtype)
    block = block.to(dtype).eval()
    fused = fused_feed_forward(block)
    assert isinstance(fused, kind)
    given = torch.randn(1, 50, 32).to(dtype)
    close = {"rtol": 0, "atol": 1e-5 if dtype == torch.float32 else 0.05}
    torch.testing.assert_close(fused(given), block(given), **close)


@pytest.mark.parametrize("block", [Clamped(), Residual(), Gated(activation=nn.Sigmoid())])
def test_blocks_that_compute_something_else_are_left_alone(block):
    assert fused_feed_forward(block.eval()) is None


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.mlp = nn.Linear(32, 32, bias=False), Gated()

    def forward(self, given):
        return given + self.mlp(self.query(given))


class Reading(Layer):
    """A layer that looks at its weights itself, as a packed one cannot let it."""

    def forward(self, given):
        return given + self.query.weight.sum() + self.mlp(given)


def through(layers, given):
    """What carries something through the layers, one after the other."""

    def probe():
        hidden = given
        for layer in layers:
            hidden = layer(hidden)
        return hidden

    return probe


@torch.inference_mode()
def test_a_layer_that_does_not_go_on_working_is_put_back():
    layers = nn.ModuleList([Layer(), Reading(), Layer(), Reading()]).eval()
    given = torch.randn(4, 32)
    weights = sum(parameter.nbytes for parameter in layers[0].parameters())
    probe = through(layers, given)
    before = probe()
    assert not pack_layers(layers, probe, torch.float32)
    torch.testing.assert_close(probe(), before, rtol=0, atol=1e-4)
    assert [isinstance(layer.query, PackedLinear) for layer in layers] == [True, False] * 2
    assert sum(part.nbytes for part in packed_parts(layers)) == 2 * weights


class Exaggerating(nn.Module):
    """Small differences between two inputs are larger ones between its outputs."""

    def __init__(self):
        super().__init__()
        self.block = Gated()

    def forward(self, given):
        return functional.layer_norm(given + 8 * self.block(4 * given), given.shape[-1:])


def needs_packing(dtype):
    if not can_pack(torch.device("cpu"), dtype):
        pytest.skip("this processor or build of torch has no packed layers of that format")


@torch.inference_mode()
def test_rounding_that_grows_from_layer_to_layer_is_no_error():
    """A stage that begins in the middle of a model was left slow, since it has many layers."""
    needs_packing(torch.bfloat16)
    torch.manual_seed(0)
    layers = nn.ModuleList([Exaggerating() for _ in range(24)]).eval().to(torch.bfloat16)
    given = torch.randn(1, 6, 32).bfloat16()
    probe = through(layers, given)
    before = probe()
    assert pack_layers(layers, probe, torch.bfloat16)
    assert not torch.allclose(probe(), before, rtol=0, atol=0.1)  # or it shows nothing


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_a_layer_that_computes_something_else_is_put_back(dtype, monkeypatch):
    """A kernel that is a third off is taken, and every answer is wrong."""
    needs_packing(dtype)
    torch.manual_seed(0)
    rightly = PackedLinear.forward
    monkeypatch.setattr(PackedLinear, "forward", lambda self, given: 1.3 * rightly(self, given))
    layers = nn.ModuleList([Layer(), Layer()]).eval().to(dtype)
    given = torch.randn(1, 6, 32).to(dtype)
    probe = through(layers, given)
    before = probe()
    assert not pack_layers(layers, probe, dtype)
    assert packed_parts(layers) == []
    assert torch.equal(probe(), before)
