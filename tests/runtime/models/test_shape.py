"""What the planner is told of a model equals what transformers makes of it."""

import pytest
import torch
from transformers import CONFIG_MAPPING
from transformers.cache_utils import get_layer_types_and_kwargs

from runtime.engine import attention
from runtime.engine.cache import TOKENS_BEFORE_WINDOW, LastKept, StageCache
from runtime.engine.device import compute_dtype
from runtime.engine.packing import packed_parts
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART
from runtime.models.shape import model_shape, representative_layers, window_tokens
from tests.runtime.engine.tiny import ARCHITECTURES, tiny_config, tiny_model

FLOAT32_BYTES = 4


@pytest.fixture(scope="module", autouse=True)
def registered():
    attention.register()


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_caches_and_windows_are_those_of_the_engine(tiny, architecture):
    """A wrong window or KV size would let a plan run out of memory, or refuse one that fits."""
    _, manifest = tiny.model(architecture)
    shape = model_shape(manifest)
    extent = Extent.of_range(0, manifest.layer_count, manifest.layer_count)
    # A model of its own: a stage takes it apart.
    costs = Stage(tiny_model(tiny_config(architecture)), extent, torch.device("cpu")).kv_costs()
    assert [layer.kv_bytes_per_token * FLOAT32_BYTES // 2 for layer in shape.layers] == [
        cost.bytes_per_token for cost in costs
    ]
    kept = [
        layer.window_tokens and layer.window_tokens - 1 + TOKENS_BEFORE_WINDOW
        for layer in shape.layers
    ]
    assert kept == [cost.window_tokens for cost in costs]


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_parameter_is_in_one_part(tiny, architecture):
    """A tensor in no part would be missing on some machine; one in two would be sent twice."""
    model, manifest = tiny.model(architecture)
    shape = model_shape(manifest)
    tensors = {tensor.data_ptr(): tensor.numel() for tensor in model.state_dict().values()}
    total = sum(layer.weight_bytes for layer in shape.layers)
    assert total + shape.embedding_bytes + shape.head_bytes == 2 * sum(tensors.values())
    names = [tensor.name for tensors in manifest.parts.values() for tensor in tensors]
    assert len(names) == len(set(names))
    assert manifest.parts[EMBEDDING_PART]
    assert manifest.parts[HEAD_PART]
    assert shape.tied == bool(model.config.tie_word_embeddings)
    assert set(representative_layers(shape)) == {layer.kind for layer in shape.layers}


def test_kinds_follow_attention_and_experts(tiny):
    """Layers of different cost under one kind would be predicted alike."""
    gemma = model_shape(tiny.model("gemma3_text")[1])
    assert [layer.kind for layer in gemma.layers] == ["sliding"] * 3 + ["full"]
    assert representative_layers(gemma) == {"sliding": 0, "full": 3}
    mixed = model_shape(tiny.model("qwen3_moe")[1])
    assert [layer.kind for layer in mixed.layers] == [
        "full+experts",
        "full",
        "full+experts",
        "full+experts",
    ]
    with_experts, plain = mixed.layers[0], mixed.layers[1]
    # Two of four experts compute a token: half of their weights stay untouched.
    assert with_experts.parameters_per_token < with_experts.weight_bytes // 2
    assert plain.parameters_per_token == plain.weight_bytes // 2
    assert model_shape(tiny.model("gpt_oss")[1]).layers[0].kind == "sliding+experts"


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_the_last_layers_share_is_what_runs_up_to_its_keys_and_values(tiny, architecture):
    """A share that is wrong would give the last machine a layer too many or too few."""
    _, manifest = tiny.model(architecture)
    shape = model_shape(manifest)
    model = tiny_model(tiny_config(architecture))
    ran = []
    for part in model.base_model.layers[-1].modules():
        values = sum(tensor.numel() for tensor in part.parameters(recurse=False))
        if values:
            part.register_forward_hook(lambda *_, values=values: ran.append(values))
    cache = StageCache(model.base_model.config, 12)
    cache.ends_early = True
    with pytest.raises(LastKept):
        model.base_model(torch.arange(12)[None], past_key_values=cache, use_cache=True)
    share = sum(ran) / shape.layers[-1].parameters_per_token
    assert shape.last_layer_share == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("architecture", ["llama", "qwen3_moe"])
@pytest.mark.parametrize("bits", [16, 8, 4])
def test_weights_in_few_bits_are_counted_as_an_engine_keeps_them(tiny, architecture, bits):
    """A plan that counts on less than the engine takes would be refused when it is loaded."""
    _, manifest = tiny.model(architecture, hidden_size=128, intermediate_size=256)
    config = tiny_config(architecture, hidden_size=128, intermediate_size=256)
    extent = Extent(layers=tuple(range(manifest.layer_count)), has_embedding=False, has_head=False)
    cpu = torch.device("cpu")
    stage = Stage(tiny_model(config).to(compute_dtype(cpu, bits)), extent, cpu)
    stage.quantise(bits)
    stage.give_up_spare()
    layers = stage._base.layers
    kept = sum(part.nbytes for part in packed_parts(layers))
    kept += sum(weight.nbytes for weight in layers.parameters())
    counted = sum(layer.weight_bytes for layer in model_shape(manifest, bits).layers)
    if stage.dtype == torch.float32:
        # The one thing that a processor without 16-bit numbers keeps wider than a plan counts on.
        kept -= sum(weight.nbytes for weight in layers.parameters() if weight.dim() == 3) // 2
    assert counted == pytest.approx(kept, rel=0.06)


# As older configurations on the hub are written: without a list of each layer's kind.
UNLISTED = {
    "gemma2": {"sliding_window": 7, "num_hidden_layers": 6},
    "gemma3_text": {"sliding_window": 7, "sliding_window_pattern": 3, "num_hidden_layers": 7},
    "cohere2": {"sliding_window": 7, "num_hidden_layers": 6},
    "mistral": {"sliding_window": 7, "num_hidden_layers": 4},
    "phi3": {"sliding_window": 7, "num_hidden_layers": 4},
    "starcoder2": {"sliding_window": 7, "num_hidden_layers": 4},
    "llama": {"num_hidden_layers": 4},
    "qwen2": {
        "sliding_window": 7,
        "use_sliding_window": True,
        "max_window_layers": 2,
        "num_hidden_layers": 4,
    },
    "qwen3": {"sliding_window": 7, "use_sliding_window": False, "num_hidden_layers": 4},
    "gpt_oss": {"sliding_window": 7, "num_hidden_layers": 4},
}


@pytest.mark.parametrize("architecture", sorted(UNLISTED))
def test_windows_of_configurations_without_layer_types(architecture):
    """Each family hides its pattern of windows elsewhere."""
    given = {"model_type": architecture, **UNLISTED[architecture]}
    kinds, options = get_layer_types_and_kwargs(CONFIG_MAPPING[architecture].from_dict(given))
    expected = [
        option["sliding_window"] if kind == "sliding_attention" else None
        for kind, option in zip(kinds, options, strict=True)
    ]
    assert [window_tokens(given, index) for index in range(len(kinds))] == expected
