"""Every architecture cut anywhere computes the same, without processes between the stages."""

import numpy as np
import pytest
import torch

from runtime.engine.loading import renamed, stage_names
from runtime.engine.random_weights import random_stage
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.errors import ModelError
from tests.runtime.engine.tiny import ARCHITECTURES, some_ids, tiny_config, whole_logits

CPU = torch.device("cpu")
PROMPT = some_ids(29)


def load(tiny, manifest, extent, dtype=torch.float32):
    return Stage(tiny.cut(manifest, extent, dtype=dtype), extent, CPU)


def run(stages, ids, chunk):
    caches = [stage.new_cache(len(ids)) for stage in stages]
    rows = []
    for start in range(0, len(ids), chunk):
        hidden = torch.tensor(ids[start : start + chunk])
        for stage, cache in zip(stages, caches, strict=True):
            hidden = stage.advance(hidden, start, cache)
        rows.append(stages[-1].logits(hidden))
    return torch.cat(rows).numpy()


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_two_stages_equal_the_whole(tiny, architecture):
    model, manifest = tiny.model(architecture)
    stages = [load(tiny, manifest, Extent.of_range(*part, 4)) for part in ((0, 3), (3, 4))]
    assert {stage.attention for stage in stages} == {"made for chunks"}
    assert all(stage.is_packed for stage in stages)
    for chunk in (1, 6):
        np.testing.assert_allclose(
            run(stages, PROMPT, chunk), whole_logits(model, PROMPT), rtol=0, atol=1e-4
        )


def test_a_layer_can_be_taken_several_times():
    """As the measurement does: copies of one layer, each with a cache of its own."""
    extent = Extent(layers=(0, 0, 3), has_embedding=False, has_head=False)
    stage = random_stage(tiny_config("gemma3_text"), extent, CPU, torch.float32)
    cache = stage.new_cache(12)
    for position in (0, 6):
        hidden = stage.advance(torch.randn(6, stage.hidden_size), position, cache)
    assert hidden.shape == (6, stage.hidden_size)
    # Copies are computed as the layer itself is, or the measurement tells of another program.
    assert stage.attention == "made for chunks"
    assert [layer.get_seq_length() for layer in cache.layers] == [12] * 3
    assert [layer.window_tokens is None for layer in cache.layers] == [False, False, True]


@pytest.mark.parametrize("bounds", [(0, 0), (3, 2), (-1, 2), (0, 5)])
def test_no_such_layers(bounds):
    with pytest.raises(ModelError):
        Extent.of_range(*bounds, 4)


def test_a_stage_takes_its_own_tensors_alone(tiny):
    _, manifest = tiny.model("qwen3")  # tied
    middle = stage_names(manifest, Extent.of_range(1, 2, 4), tied=True)
    assert middle
    assert all(name.startswith("model.layers.1.") for name in middle)
    last = stage_names(manifest, Extent.of_range(3, 4, 4), tied=True)
    assert "model.embed_tokens.weight" in last
    assert not any(name.startswith("model.layers.2.") for name in last)


@pytest.mark.parametrize(
    ("name", "container", "prefix", "known_as"),
    [
        ("model.layers.7.mlp.up.weight", "model.layers", "model", "model.layers.2.mlp.up.weight"),
        ("model.norm.weight", "model.layers", "model", "model.norm.weight"),
        ("lm_head.weight", "model.layers", "model", "lm_head.weight"),
        (
            "gpt_neox.layers.5.attention.bias",
            "gpt_neox.layers",
            "gpt_neox",
            "gpt_neox.layers.0.attention.bias",
        ),
        (
            "language_model.model.layers.6.norm.weight",
            "language_model.model.layers",
            "model",
            "model.layers.1.norm.weight",
        ),
        ("language_model.lm_head.weight", "language_model.model.layers", "model", "lm_head.weight"),
    ],
)
def test_names_are_counted_from_the_stages_first_layer(name, container, prefix, known_as):
    assert renamed(name, container, prefix, 5) == known_as
