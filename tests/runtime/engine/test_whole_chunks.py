"""Chunks through weights in 8 bits: near the plain product, the same however they are cut."""

import platform

import pytest
import torch

from runtime.engine import whole_chunks
from runtime.engine.gelu import gelu_tanh
from runtime.engine.whole_chunks import CoarseWeights, FineWeights

DTYPES = [torch.float32, torch.bfloat16]
choose = whole_chunks.whole_chunks.__wrapped__


@pytest.fixture(autouse=True)
def no_tiles(monkeypatch):
    """Beside them the products are right too, but not used."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)


KINDS = [
    (FineWeights, torch.float32),
    (FineWeights, torch.bfloat16),
    (CoarseWeights, torch.float32),
]


@pytest.fixture(params=KINDS, ids=lambda param: f"{param[0].__name__}-{param[1]}")
def kind(request):
    kind, dtype = request.param
    if not whole_chunks._Case.of(dtype).is_right(kind):
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
def test_products_are_near(kind):
    """Defect: a large input alone says how large a row's steps are, and the others are lost."""
    weights, dtype = kind
    weight, given = case(dtype)
    kept = given.clone()
    wanted = given.float() @ weight.float().t()
    found = weights(weight).times(given)
    assert torch.equal(given, kept)
    assert found.dtype == dtype
    assert torch.equal(found[5], torch.zeros_like(found[5]))
    error = (found.float() - wanted).abs().mean() / wanted.abs().mean()
    assert float(error) < 0.03


@torch.inference_mode()
def test_a_row_does_not_depend_on_its_chunk(kind):
    weights, dtype = kind
    weight, given = case(dtype)
    narrow = weights(weight)
    whole = narrow.times(given)
    parts = [narrow.times(part) for part in torch.split(given, [9, 31, 30])]
    assert torch.equal(torch.cat(parts), whole)


@torch.inference_mode()
def test_rounding_leans_neither_up_nor_down():
    """Defect: halves, which bfloat16 meets often, all go up, and sums of many inputs drift."""
    if not whole_chunks._Case.of(torch.bfloat16).is_right(FineWeights):
        pytest.skip("this processor or build of torch has no such kernel")
    weight = torch.ones(16, 1024, dtype=torch.bfloat16)
    given = torch.randn(200, 1024, generator=torch.Generator().manual_seed(2)).bfloat16()
    error = FineWeights(weight).times(given).float() - given.float().sum(1, keepdim=True)
    assert abs(float(error.mean())) < 0.1


@pytest.mark.parametrize("kind", [FineWeights, CoarseWeights])
def test_a_processor_that_adds_up_in_16_bits_is_found_out(kind):
    """Products of two overflow there, and only the largest values show it."""

    class Overflowing(kind):
        def times(self, rows):
            found = super().times(rows)
            found[0, 0] /= 2
            return found

    case = whole_chunks._Case.of(torch.float32)
    if not case.is_right(kind):
        pytest.skip("this processor or build of torch has no such kernel")
    assert not case.is_right(Overflowing)


@pytest.mark.parametrize(
    ("right", "chosen"),
    [({FineWeights, CoarseWeights}, FineWeights), ({CoarseWeights}, CoarseWeights), (set(), None)],
)
def test_the_finest_that_are_right_are_chosen(monkeypatch, right, chosen):
    monkeypatch.setattr(whole_chunks._Case, "is_right", lambda _case, kind: kind in right)
    monkeypatch.setattr(whole_chunks._Case, "seconds", lambda _case, _kind: 1.0)
    monkeypatch.setattr(whole_chunks._Case, "plain_seconds", lambda _case: 2.0)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert choose(torch.float32) is chosen
    if chosen is CoarseWeights:
        assert choose(torch.bfloat16) is None
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert choose(torch.float32) is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_gelu_is_what_torch_says(dtype):
    """A few rows and more are computed in two ways; great and small values must survive both."""
    given = torch.linspace(-30, 30, 1 << 16).to(dtype).view(32, -1)
    given[0, :4] = torch.tensor([1e4, -1e4, 0.0, -0.0])
    for some in (given, given[::7]):
        wanted = torch.nn.functional.gelu(some, approximate="tanh")
        torch.testing.assert_close(gelu_tanh(some), wanted, rtol=2e-2, atol=2e-6)


def test_beside_tiles_for_16_bits_no_clock_decides(monkeypatch):
    """Defect: two engines of a machine keep other weights, and take other memory than foreseen."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    monkeypatch.setattr(whole_chunks, "_seconds", None)  # nothing is timed
    assert choose(torch.bfloat16) is None
