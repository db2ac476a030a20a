"""A model kept in 16 bits and computed in 32: the same answers, half the memory, cut anywhere."""

import pytest
import torch
from torch import nn

from runtime.engine import widening
from runtime.engine.cache import KeptLayer
from runtime.engine.quickening import few_bits
from runtime.engine.sixteen_bits import has_sixteen_bits
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.engine.widening import WidenedLinear, kept_dtype, widened_while_used
from runtime.models.shape import model_shape
from tests.runtime.engine.test_split import PROMPT, run
from tests.runtime.engine.tiny import ARCHITECTURES

CPU = torch.device("cpu")
MANY_BYTES = 1 << 30
needs_kernel = pytest.mark.skipif(
    not has_sixteen_bits(), reason="this processor or build of torch has no such kernel"
)


def load(tiny, manifest, part, on_packed=None):
    """A stage as a processor has it that knows no 16-bit numbers."""
    extent = Extent.of_range(*part, manifest.layer_count)
    model = tiny.cut(manifest, extent, dtype=torch.bfloat16)
    packed = few_bits(16, MANY_BYTES)

    def pack(layer):
        packed(layer)
        if on_packed is not None:
            on_packed(model)

    return Stage(model, extent, CPU, pack, torch.float32)


def in_16_bits(advance):
    """Hidden states as they come out of a connection."""
    return lambda *given: advance(*given).bfloat16().float()


def in_32_bits(tiny, manifest):
    """The same numbers, all of them kept as wide as they are computed."""
    extent = Extent.of_range(0, manifest.layer_count, manifest.layer_count)
    return Stage(tiny.cut(manifest, extent, dtype=torch.bfloat16).float(), extent, CPU)


@needs_kernel
@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_it_computes_what_one_in_32_bits_does_however_it_is_cut(tiny, architecture):
    """All that is lost are digits of keys and values, and of what Gemma scales embeddings by."""
    _, manifest = tiny.model(architecture)
    whole = [load(tiny, manifest, (0, 4))]
    halves = [load(tiny, manifest, part) for part in ((0, 3), (3, 4))]
    assert {stage.attention for stage in (*whole, *halves)} == {"made for chunks"}
    assert all(stage.is_packed for stage in halves)
    wanted = run([in_32_bits(tiny, manifest)], PROMPT, 6)
    found = run(whole, PROMPT, 6)
    assert abs(found - wanted).mean() < 3e-2 * abs(wanted).mean()
    halves[0].advance = in_16_bits(halves[0].advance)
    assert (run(halves, PROMPT, 6) == found).all()
    whole[0]._kept_dtype = torch.float32
    found = run(whole, PROMPT, 6)
    assert abs(found - wanted).mean() < 1e-2 * abs(wanted).mean()


@needs_kernel
@pytest.mark.parametrize("architecture", ["llama", "gemma3_text"])
def test_it_takes_what_a_plan_counts_with(tiny, architecture):
    """Defect: twice of it, and every plan for such a machine is refused when it is loaded."""
    _, manifest = tiny.model(architecture, hidden_size=128, intermediate_size=256)
    shape = model_shape(manifest)
    layers = sum(layer.weight_bytes for layer in shape.layers)
    for part in ((0, 4), (0, 2), (2, 4)):
        stage = load(tiny, manifest, part)
        stage.advance(stage._some_rows(5), 0, stage.new_cache(64))
        ends = shape.embedding_bytes if part[0] == 0 or shape.tied else 0
        ends += shape.head_bytes if part[1] == 4 else 0
        counted = layers * (part[1] - part[0]) / 4 + ends
        assert stage.weight_bytes == pytest.approx(counted, rel=0.06)
        cost = sum(one.bytes_per_token for one in stage.kv_costs())
        assert cost == sum(layer.kv_bytes_per_token for layer in shape.layers[slice(*part)])


@needs_kernel
def test_one_layer_is_wide_at_a_time_while_it_is_loaded(tiny):
    """Defect: a model that fits takes twice the memory for a moment, and the machine stops."""
    _, manifest = tiny.model("llama")
    wide = []

    def count(model):
        weights = [weight for weight in model.parameters() if weight.dim() == 2]
        wide.append(sum(weight.dtype == torch.float32 for weight in weights))

    load(tiny, manifest, (0, 4), count)
    assert wide == [0] * 4


@needs_kernel
def test_a_stage_that_only_stock_attention_can_compute_keeps_all_digits(tiny, monkeypatch):
    """Stock attention takes keys in the format of queries alone."""
    _, manifest = tiny.model("llama")
    refused = "runtime.engine.attention.folded_attention"
    monkeypatch.setattr(refused, lambda *_: (_ for _ in ()).throw(ValueError("no")))
    stage = load(tiny, manifest, (0, 4))
    assert stage.attention == "stock scaled_dot_product_attention"
    cache = stage.new_cache(10)
    stage.advance(torch.arange(5), 0, cache)
    assert {layer.dtype for layer in cache.layers if isinstance(layer, KeptLayer)} == {
        torch.float32
    }


@pytest.mark.parametrize("bias", [True, False])
@torch.inference_mode()
def test_a_widened_head_is_the_head(monkeypatch, bias):
    monkeypatch.setattr(widening, "_OUTPUTS_AT_ONCE", 16)
    narrow = nn.Linear(24, 50, bias=bias).to(torch.bfloat16)
    if bias:
        narrow.bias.data = narrow.bias.data.float()
    given = torch.randn(1, 3, 24)
    wanted = nn.functional.linear(given, narrow.weight.float(), narrow.bias)
    torch.testing.assert_close(WidenedLinear(narrow)(given), wanted)


@torch.no_grad()
def test_weights_are_as_they_were_after_each_use_also_a_failed_one():
    class Layer(nn.Linear):
        def forward(self, given):
            used.append(self.weight.dtype)
            if given.shape[0] > 1:
                raise ValueError("too many")
            return super().forward(given)

    used = []
    layers = nn.ModuleList([Layer(4, 4), Layer(4, 4)]).to(torch.bfloat16)
    kept = [layer.weight.data_ptr() for layer in layers]
    with widened_while_used(layers, torch.float32):
        layers[0](torch.ones(1, 4))
        with pytest.raises(ValueError, match="too many"):
            layers[1](torch.ones(2, 4))
        assert [layer.weight.data_ptr() for layer in layers] == kept
    assert used == [torch.float32] * 2
    assert {layer.weight.dtype for layer in layers} == {torch.float32}


@pytest.mark.parametrize(
    ("dtype", "bits", "kept"),
    [
        (torch.float32, 32, torch.float32),
        (torch.bfloat16, 16, torch.bfloat16),
        (torch.float16, 4, torch.float16),
        (torch.float32, 16, torch.bfloat16 if has_sixteen_bits() else torch.float32),
        (torch.float32, 4, torch.bfloat16 if has_sixteen_bits() else torch.float32),
    ],
)
def test_what_is_kept_narrower_than_it_is_computed(dtype, bits, kept):
    assert kept_dtype(dtype, bits) == kept
