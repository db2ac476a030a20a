"""Weights in few bits as GPUs keep them, here by torch's own operations: as near as a CPU's."""

from itertools import product

import pytest
import torch
from torch import nn

from runtime.engine import few_bits
from runtime.engine.feed_forward import JoinedFeedForward
from runtime.engine.few_bits import FewBitsLinear, keep_in_few_bits
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.joined import JoinedLinear, joined
from runtime.engine.quantised import quantised
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.models.shape import model_shape
from tests.runtime.engine.tiny import some_ids

CPU = torch.device("cpu")
SHAPES = [(64, 64), (48, 96), (2080, 32)]
PROMPT = some_ids(40)


def linear(outputs, inputs, dtype=torch.float32, bias=True):
    torch.manual_seed(outputs)
    return nn.Linear(inputs, outputs, bias=bias).to(dtype).requires_grad_(False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bits", [4, 8])
def test_the_weights_are_those_of_a_cpu(bits, shape, dtype):
    """To the last bit, so that stages on either give the same answers."""
    plain = linear(*shape, dtype)
    layer = FewBitsLinear.of(plain, bits, CPU)
    assert torch.equal(layer.weight, quantised(plain.weight, bits).unpacked().t())
    assert layer.weight.dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("bits", [4, 8])
def test_weights_that_are_all_the_same_or_too_small_to_scale(bits, dtype):
    plain = linear(48, 64, dtype)
    plain.weight[0], plain.weight[1] = 0.0, 1.5
    plain.weight[2] *= 1e-6
    found = FewBitsLinear.of(plain, bits, CPU).weight
    close = {"rtol": 0, "atol": 1e-2}
    torch.testing.assert_close(found[:3], plain.weight[:3], **close)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("bits", "shape"), [*product([4, 8], SHAPES), (8, (37, 23))])
@torch.inference_mode()
def test_few_rows_and_chunks(monkeypatch, bits, shape, bias, dtype):
    """Also of rows with gaps between them, and where a weight is unpacked in several parts."""
    monkeypatch.setattr(few_bits, "_UNPACKED_AT_ONCE", 512)
    monkeypatch.setattr(few_bits, "_LEAST_OUTPUTS", 16)
    layer = FewBitsLinear.of(linear(*shape, dtype, bias), bits, CPU)
    for rows in (0, 1, FEW_ROWS, FEW_ROWS + 1, 100):
        given = torch.randn(1, rows, 2 * shape[1]).to(dtype)[..., ::2]
        wanted = nn.functional.linear(given, layer.weight, layer.bias)
        close = {"rtol": 0, "atol": 1e-5 if dtype == torch.float32 else 2e-2}
        torch.testing.assert_close(layer(given), wanted, **close)


def test_bytes_are_few_and_counted():
    plain = linear(512, 1024, torch.bfloat16, bias=False)
    for bits, share in ((8, 0.51), (4, 0.32)):
        layer = FewBitsLinear.of(plain, bits, CPU)
        kept = [*layer.parameters(), *layer.buffers()]
        assert sum(tensor.nbytes for tensor in kept) < share * plain.weight.nbytes


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("bias", [True, False])
@torch.inference_mode()
def test_joined_layers_are_the_layers(bits, bias):
    layers = [FewBitsLinear.of(linear(size, 64, bias=bias), bits, CPU) for size in (32, 16, 48)]
    given = torch.randn(20, 64)
    wanted = torch.cat([layer(given) for layer in layers], -1)
    torch.testing.assert_close(joined(layers)(given), wanted)


def test_shapes_that_four_bits_cannot_have_stay_as_they_are():
    layers = nn.ModuleDict({"fits": linear(48, 64), "outputs": linear(47, 64)})
    layers["inputs"] = nn.ModuleList([linear(48, 40)])
    keep_in_few_bits(layers, 4, CPU)
    assert isinstance(layers["fits"], FewBitsLinear)
    assert type(layers["outputs"]) is type(layers["inputs"][0]) is nn.Linear
    keep_in_few_bits(layers, 8, CPU)
    assert isinstance(layers["inputs"][0], FewBitsLinear)


def load(tiny, manifest, dtype, bits, *, as_on_a_gpu):
    extent = Extent.of_range(0, 4, 4)
    model = tiny.cut(manifest, extent, dtype=dtype)
    if as_on_a_gpu:
        keep_in_few_bits(model.base_model.layers, bits, CPU)
    stage = Stage(model, extent, CPU)
    if not as_on_a_gpu:
        stage.quantise(bits)
        stage.give_up_spare()
    return stage


def logits(stage, chunk):
    cache, found = stage.new_cache(len(PROMPT)), []
    for start in range(0, len(PROMPT), chunk):
        ids = torch.tensor(PROMPT[start : start + chunk])
        found.append(stage.logits(stage.advance(ids, start, cache)))
    return torch.cat(found)


# What joins their layers.
FUSED = {
    "llama": (JoinedLinear, JoinedFeedForward),
    "gemma3_text": (JoinedLinear, JoinedFeedForward),
    "phi3": (JoinedFeedForward,),
    "qwen2": (JoinedLinear, JoinedFeedForward),
    "mixtral": (JoinedLinear,),
    "qwen3_moe": (JoinedLinear, JoinedFeedForward),
}


@pytest.mark.parametrize("architecture", sorted(FUSED))
@pytest.mark.parametrize("bits", [4, 8])
def test_a_stage_is_packed_all_the_same_and_agrees_with_a_cpu(tiny, architecture, bits):
    sizes = {"hidden_size": 64, "intermediate_size": 96}
    _, manifest = tiny.model(architecture, **sizes)
    gpu, cpu = (
        load(tiny, manifest, torch.float32, bits, as_on_a_gpu=value) for value in (True, False)
    )
    assert gpu.is_packed
    parts = {type(part) for part in gpu._base.layers.modules()}
    assert parts >= {FewBitsLinear, *FUSED[architecture]}
    assert nn.Linear not in parts
    # More rows than a CPU rounds.
    found, wanted = logits(gpu, 20), logits(cpu, 20)
    assert (found - wanted).abs().mean() < 1e-3 * wanted.abs().mean()


@pytest.mark.parametrize("bits", [4, 8])
def test_a_stage_takes_what_a_plan_counts_with(tiny, bits):
    _, manifest = tiny.model("llama", hidden_size=128, intermediate_size=256)
    stage = load(tiny, manifest, torch.bfloat16, bits, as_on_a_gpu=True)
    shape = model_shape(manifest, bits)
    counted = sum(layer.weight_bytes for layer in shape.layers)
    ends = shape.embedding_bytes + shape.head_bytes
    assert stage.weight_bytes == pytest.approx(counted + ends, rel=0.06)


@pytest.mark.parametrize("bits", [4, 8])
@torch.inference_mode()
def test_what_is_unpacked_ahead_changes_no_number_and_is_given_back(tiny, bits):
    _, manifest = tiny.model("llama", hidden_size=64, intermediate_size=96)
    stage = load(tiny, manifest, torch.float32, bits, as_on_a_gpu=True)
    lean, wanted = stage.weight_bytes, logits(stage, 20)
    assert stage.spare_bytes == 0
    stage.unpack_ahead()
    assert stage.weight_bytes - lean == stage.spare_bytes == stage.unpacked_bytes > 0
    matrices = [part for part in stage._base.layers.modules() if isinstance(part, FewBitsLinear)]
    assert all(part.weight is part.weight for part in matrices)
    assert torch.equal(logits(stage, 20), wanted)
    stage.give_up_spare()
    assert stage.weight_bytes == lean
    assert stage.spare_bytes == 0
    assert torch.equal(logits(stage, 20), wanted)
