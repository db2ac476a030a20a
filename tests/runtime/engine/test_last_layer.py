"""In the last layer, chunks whose outcome nobody reads end at their keys and values."""

import numpy as np
import pytest
import torch

from runtime.engine import attention
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from tests.runtime.engine.tiny import ARCHITECTURES, some_ids, tiny_config, tiny_model, whole_logits

CPU = torch.device("cpu")
PROMPT = some_ids(50)
CHUNK = 12  # more rows than a recorded step has


@pytest.fixture(scope="module", autouse=True)
def registered():
    attention.register()


def counted(stage, index):
    """Grows with every time that a layer is carried through to its end."""
    ends = []
    stage._base.layers[index].register_forward_hook(lambda *_: ends.append(index))
    return ends


@pytest.mark.parametrize("part", [(0, 4), (2, 4)])
@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_what_is_read_afterwards_is_the_same(tiny, architecture, part):
    """Keys that were not kept, or of another chunk, would change every token of an answer."""
    model, manifest = tiny.model(architecture)
    stages = []
    for bounds in ((0, part[0]), part) if part[0] else (part,):
        extent = Extent.of_range(*bounds, 4)
        stages.append(Stage(tiny.cut(manifest, extent, dtype=torch.float32), extent, CPU))
    last = stages[-1]
    caches = [stage.new_cache(len(PROMPT)) for stage in stages]
    ends, before = counted(last, -1), counted(last, -2)
    kept = CHUNK * 3
    for start in range(0, kept, CHUNK):
        hidden = torch.tensor(PROMPT[start : start + CHUNK])
        for stage, cache in zip(stages[:-1], caches, strict=False):
            hidden = stage.advance(hidden, start, cache)
        last.keep(hidden, start, caches[-1])
    assert (len(ends), len(before)) == (0, 3)
    hidden = torch.tensor(PROMPT[kept:])
    for stage, cache in zip(stages, caches, strict=True):
        hidden = stage.advance(hidden, kept, cache)
    assert len(ends) == 1
    np.testing.assert_allclose(
        last.logits(hidden).numpy(), whole_logits(model, PROMPT)[kept:], rtol=0, atol=1e-4
    )


def test_a_layer_that_keeps_more_than_keys_and_values_is_carried_through():
    """What it does behind its attention would be missing from what is read later."""
    model = tiny_model(tiny_config("llama"))

    def disturb_keys(_layer, _given, options, _output):
        cache = options["past_key_values"].layers[-1]
        cache._keys.narrow(2, 0, cache.length).add_(1.0)

    model.base_model.layers[-1].register_forward_hook(disturb_keys, with_kwargs=True)
    stage = Stage(model, Extent.of_range(0, 4, 4), CPU)
    ends = counted(stage, -1)
    stage.keep(torch.tensor(PROMPT), 0, stage.new_cache(len(PROMPT)))
    assert len(ends) == 1


def test_no_other_stage_leaves_anything_out(tiny):
    """What comes out of it goes on to the next one, whoever reads the tokens."""
    _, manifest = tiny.model("llama")
    extent = Extent.of_range(0, 2, 4)
    stage = Stage(tiny.cut(manifest, extent, dtype=torch.float32), extent, CPU)
    ends = counted(stage, -1)
    stage.keep(torch.tensor(PROMPT), 0, stage.new_cache(len(PROMPT)))
    assert len(ends) == 1
