"""Chunks through weights in 8 bits: near the plain product, the same however they are cut."""

import pytest
import torch

from runtime.engine import whole_chunks
from runtime.engine.gelu import gelu_tanh
from runtime.engine.whole_chunks import WholeWeights, has_whole_chunks

DTYPES = [torch.float32, torch.bfloat16]


@pytest.fixture(autouse=True)
def no_tiles(monkeypatch):
    """Beside them the products are right too, but not used."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)


@pytest.fixture(params=DTYPES)
def dtype(request):
    if not has_whole_chunks.__wrapped__(request.param):
        pytest.skip("this processor or build of torch has no such kernel")
    return request.param


def case(dtype, rows=70, inputs=96, outputs=130):
    generator = torch.Generator().manual_seed(inputs)
    weight = torch.randn(outputs, inputs, generator=generator) * 0.05
    given = torch.randn(rows, inputs, generator=generator)
    # As in real models: one input is large, in some rows more than in others, its weights small.
    given[:, 3] *= 50
    given[::7, 3] *= 4
    weight[:, 3] /= 50
    given[5] = 0
    return weight.to(dtype), given.to(dtype)


@torch.inference_mode()
def test_products_are_near(dtype):
    """Defect: a large input alone says how large a row's steps are, and the others are lost."""
    weight, given = case(dtype)
    kept = given.clone()
    wanted = given.float() @ weight.float().t()
    found = WholeWeights(weight).times(given)
    assert torch.equal(given, kept)
    assert found.dtype == dtype
    assert torch.equal(found[5], torch.zeros_like(found[5]))
    error = (found.float() - wanted).abs().mean() / wanted.abs().mean()
    assert float(error) < 0.03


@torch.inference_mode()
def test_a_row_does_not_depend_on_its_chunk(dtype):
    weight, given = case(dtype)
    narrow = WholeWeights(weight)
    whole = narrow.times(given)
    parts = [narrow.times(part) for part in torch.split(given, [9, 31, 30])]
    assert torch.equal(torch.cat(parts), whole)


@torch.inference_mode()
def test_rounding_leans_neither_up_nor_down():
    """Defect: halves, which bfloat16 meets often, all go up, and sums of many inputs drift."""
    if not has_whole_chunks.__wrapped__(torch.bfloat16):
        pytest.skip("this processor or build of torch has no such kernel")
    weight = torch.ones(16, 1024, dtype=torch.bfloat16)
    given = torch.randn(200, 1024, generator=torch.Generator().manual_seed(2)).bfloat16()
    error = WholeWeights(weight).times(given).float() - given.float().sum(1, keepdim=True)
    assert abs(float(error.mean())) < 0.1


def test_a_processor_that_adds_up_in_16_bits_is_found_out(monkeypatch):
    """Without VNNI two products overflow, and only the largest values show it."""

    class Overflowing(WholeWeights):
        def times(self, rows):
            found = super().times(rows)
            found[0, 0] /= 2
            return found

    monkeypatch.setattr(whole_chunks, "WholeWeights", Overflowing)
    assert not has_whole_chunks.__wrapped__(torch.float32)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gelu_is_what_torch_says(dtype):
    """More values and fewer are computed in two ways; great and small ones must survive both."""
    given = torch.linspace(-30, 30, 1 << 16).to(dtype)
    given[:4] = torch.tensor([1e4, -1e4, 0.0, -0.0])
    for some in (given, given[::7]):
        wanted = torch.nn.functional.gelu(some, approximate="tanh")
        torch.testing.assert_close(gelu_tanh(some), wanted, rtol=2e-2, atol=2e-6)


def test_beside_tiles_for_16_bits_no_clock_decides(monkeypatch):
    """Defect: two engines of a machine keep other weights, and take other memory than foreseen."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    monkeypatch.setattr(whole_chunks, "_seconds", None)  # nothing is timed
    assert not has_whole_chunks.__wrapped__(torch.bfloat16)
