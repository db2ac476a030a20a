"""Weights in few bits: how near they stay, and that rows and chunks use the same ones."""

import platform

import pytest
import torch
from torch import nn

from runtime.engine import four_bits, packed
from runtime.engine.eight_bits import WholeProducts, WideProducts, has_whole_products
from runtime.engine.four_bits import FourBits
from runtime.engine.packed import FEW_ROWS, RELU, PackedLinear
from runtime.engine.quantised import quantised
from runtime.engine.whole_chunks import whole_chunks, whole_weights

SHAPES = [(64, 64), (48, 96), (2080, 32)]


def weights(outputs, inputs, dtype=torch.float32):
    generator = torch.Generator().manual_seed(outputs)
    return (torch.randn(outputs, inputs, generator=generator) * 0.05).to(dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bits", [4, 8])
@torch.inference_mode()
def test_no_weight_errs_by_much(shape, bits):
    weight = weights(*shape)
    kept = weight.clone()
    found = quantised(weight, bits).unpacked().t()
    assert torch.equal(weight, kept)
    if bits == 8:
        step = weight.abs().amax(1, keepdim=True) / 127
        error = (found - weight).abs() / step
    else:
        groups = weight.view(shape[0], -1, 32)
        step = (groups.amax(-1, keepdim=True) - groups.amin(-1, keepdim=True)) / 15
        error = (found.reshape(groups.shape) - groups).abs() / step
    # A group's outermost weights may be cut off by a step, for the good of all the others.
    assert float(error.max()) < (0.51 if bits == 8 else 1.0)
    if bits == 4:
        plainly = (groups / step - torch.round(groups / step)).square().mean()
        assert float(error.square().mean()) < 0.95 * float(plainly)


KERNELS = {
    "4 bits": FourBits,
    "4 bits, rough": lambda weight: FourBits(weight, is_rough=True),
    "8 bits, rows as they are": WideProducts,
    "8 bits, rows rounded": WholeProducts,
}


@pytest.fixture(params=KERNELS)
def kernel(request):
    if "rounded" in request.param and not has_whole_products():
        pytest.skip("this processor or build of torch has no such kernel")
    return KERNELS[request.param]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("can_read_back", [True, False])
@torch.inference_mode()
def test_what_is_unpacked_is_what_rows_are_multiplied_with(
    monkeypatch, kernel, dtype, shape, can_read_back
):
    """Also where torch lays the packed weights out in another way than supposed."""
    if not can_read_back:
        monkeypatch.setattr(four_bits, "_can_read_back", lambda outputs: False)
    found = kernel(weights(*shape, dtype))
    rows = torch.randn(3, shape[1], generator=torch.Generator().manual_seed(3)).to(dtype)
    rows[1] *= 1_000.0
    together, wanted = found.times(rows), rows @ found.unpacked()
    assert together.dtype == wanted.dtype == dtype
    # In 32 bits alone, and without rounding, products are as good as exact.
    is_rough = dtype == torch.bfloat16 or not isinstance(found, WideProducts)
    tolerance = 3e-2 if is_rough else 1e-5
    error = (together - wanted).abs().amax(1) / wanted.abs().amax(1)
    assert float(error.max()) < tolerance
    # So that a guess at the next token changes nothing about this one.
    assert torch.equal(together, torch.cat([found.times(row) for row in rows.split(1)]))


@torch.inference_mode()
def test_rows_of_zeros_give_zeros(kernel):
    assert not kernel(weights(64, 64)).times(torch.zeros(2, 64)).any()


def test_products_of_whole_numbers_are_used_where_there_are_any(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    has_whole_products.cache_clear()
    try:
        assert not has_whole_products()
        assert isinstance(quantised(weights(64, 64), 8), WideProducts)
    finally:
        has_whole_products.cache_clear()


@torch.inference_mode()
def test_weights_that_were_in_four_bits_before_are_met_exactly():
    """Their groups use fewer than all steps: taking the extremes for the ends would miss them."""
    generator = torch.Generator().manual_seed(0)
    whole = torch.randint(1, 15, (64, 4, 32), generator=generator)
    whole[..., 0], whole[..., 1] = 1, 14
    whole[:, 1, 0], whole[:, 2, 1] = 0, 15
    # Scales are kept in 16 bits.
    scale = (torch.rand(64, 4, 1, generator=generator) + 0.5).bfloat16().float()
    weight = (whole * scale - 7.0 * scale).view(64, 128)
    torch.testing.assert_close(FourBits(weight).unpacked().t(), weight, rtol=0, atol=1e-5)


def test_bytes_are_few():
    weight = weights(2048, 640, torch.bfloat16)
    assert quantised(weight, 8).nbytes < 0.51 * weight.nbytes
    assert FourBits(weight).nbytes < 0.33 * weight.nbytes


@pytest.mark.parametrize("shape", [(47, 64), (48, 40)])
def test_shapes_that_four_bits_cannot_have(shape):
    assert quantised(weights(*shape, torch.bfloat16), 4) is None
    assert not isinstance(quantised(weights(*shape), 4), FourBits)
    assert quantised(weights(*shape), 8) is not None


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("chunks", ["wide", "whole", "unpacked"])
@torch.inference_mode()
def test_a_packed_layer_in_few_bits(monkeypatch, bits, chunks):
    """A few rows use them; a chunk uses what is kept for chunks while there is any."""
    torch.manual_seed(bits)
    if chunks == "whole" and whole_chunks(torch.float32) is None:
        pytest.skip("this processor or build of torch has no such kernel")
    if chunks != "whole":
        monkeypatch.setattr(packed, "whole_weights", lambda _weight: None)
    linear = nn.Linear(64, 48)
    layer = PackedLinear.of(linear)
    assert layer.nbytes == linear.weight.nbytes + linear.bias.nbytes
    layer.quantise(bits)
    few = quantised(linear.weight, bits)
    for_chunks = linear.weight.nbytes
    if chunks == "whole":
        for_chunks = whole_weights(linear.weight).nbytes
    assert layer.spare_bytes == for_chunks
    assert layer.nbytes == few.nbytes + linear.bias.nbytes + for_chunks
    if chunks == "unpacked":
        layer.give_up_spare()
        assert layer.nbytes == few.nbytes + linear.bias.nbytes
        assert layer.spare_bytes == 0
    rounded = nn.Linear(64, 48)
    rounded.weight.copy_(few.unpacked().t())
    rounded.bias.copy_(linear.bias)
    of_chunks = rounded if chunks == "unpacked" else linear
    for rows, wanted in ((1, rounded), (FEW_ROWS, rounded), (9, of_chunks), (200, of_chunks)):
        # Rows are rounded as well by some kernels.
        is_exact = rows > FEW_ROWS and chunks != "whole"
        close = {"rtol": 0, "atol": 1e-5 if is_exact else 0.1}
        given, factor = torch.randn(1, rows, 64), torch.randn(1, rows, 48)
        torch.testing.assert_close(layer(given), wanted(given), **close)
        torch.testing.assert_close(layer.times(given, factor), wanted(given) * factor, **close)
        torch.testing.assert_close(layer.activated(given, RELU), wanted(given).relu(), **close)


def test_what_cannot_be_quantised_stays_wide():
    layer = PackedLinear.of(nn.Linear(40, 5))
    layer.quantise(4)
    layer.give_up_spare()
    assert layer(torch.randn(2, 40)).shape == (2, 5)
