"""Weights in 16 bits behind rows of 32: exact for what was stored so, and the same for any rows."""

import platform

import pytest
import torch
from torch import nn

from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.packed import SILU, PackedLinear
from runtime.engine.sixteen_bits import SixteenBits, has_sixteen_bits, sixteen_bits

needs_kernel = pytest.mark.skipif(
    not has_sixteen_bits(), reason="this processor or build of torch has no such kernel"
)


def stored(outputs, inputs):
    generator = torch.Generator().manual_seed(outputs)
    return (torch.randn(outputs, inputs, generator=generator) * 0.05).bfloat16().float()


@needs_kernel
@pytest.mark.parametrize("shape", [(64, 64), (37, 23), (1, 7), (2080, 640)])
@torch.inference_mode()
def test_products_are_those_of_the_stored_weights(shape):
    weight = stored(*shape)
    kept = SixteenBits(weight)
    # But for the smallest, of which float16 has fewer digits.
    torch.testing.assert_close(kept.unpacked().t(), weight, rtol=0, atol=2**-25)
    assert kept.nbytes == weight.nbytes // 2
    for count in (1, 2, FEW_ROWS, 70):
        rows = torch.randn(count, shape[1], generator=torch.Generator().manual_seed(count))
        torch.testing.assert_close(kept.times(rows), rows @ weight.t(), rtol=1e-4, atol=1e-5)


@needs_kernel
@torch.inference_mode()
def test_a_row_gets_the_same_bits_whichever_others_come_with_it():
    """Defect: an answer goes on in other words with guesses, or when a plan has other chunks."""
    kept = SixteenBits(stored(96, 640))
    rows = torch.randn(1_024, 640, generator=torch.Generator().manual_seed(1))
    wanted = kept.times(rows)
    for count in (*range(1, 130), 151, 256, 272, 320, 361, 511, 512, 999):
        assert torch.equal(kept.times(rows[:count]), wanted[:count]), count


@needs_kernel
@torch.inference_mode()
def test_a_packed_layer_keeps_them_alone():
    """Also for chunks, with an activation and a factor."""
    linear = nn.Linear(64, 48)
    linear.weight.copy_(stored(48, 64))
    layer = PackedLinear.of(linear)
    layer.quantise(16)
    assert layer.nbytes == linear.weight.nbytes // 2 + linear.bias.nbytes
    assert layer.spare_bytes == 0
    for rows in (1, FEW_ROWS, 200):
        given, factor = torch.randn(1, rows, 64), torch.randn(1, rows, 48)
        wanted = linear(given)
        torch.testing.assert_close(layer(given), wanted)
        torch.testing.assert_close(layer.times(given, factor), wanted * factor)
        torch.testing.assert_close(layer.activated(given, SILU), nn.functional.silu(wanted))
    layer.give_up_spare()
    torch.testing.assert_close(layer(given), wanted)


def test_weights_that_16_bits_cannot_hold_stay_wide():
    weight = stored(16, 32)
    weight[3, 4] = 1e5
    assert sixteen_bits(weight) is None
    assert sixteen_bits(weight.bfloat16()) is None


@needs_kernel
def test_a_kernel_whose_bits_depend_on_many_other_rows_is_refused(monkeypatch):
    """Few of them are seen to be added to; what is seen there holds for more, or nothing is."""
    rightly = SixteenBits.products

    def products(self, rows):
        return rightly(self, rows) * (1 + 1e-6 * (len(rows) > 240))

    monkeypatch.setattr(SixteenBits, "products", products)
    assert not has_sixteen_bits.__wrapped__()


def test_other_processors_have_none(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert not has_sixteen_bits.__wrapped__()
