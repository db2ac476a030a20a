"""On an NVIDIA GPU, with all that makes it fast, every architecture computes what it should."""

import copy

import numpy as np
import pytest
import torch

from runtime.engine.configuration import parse_config
from runtime.engine.gpu_kernels import gpu_kernels
from runtime.engine.loading import load_model
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from tests.runtime.engine.tiny import ARCHITECTURES, some_ids, whole_logits

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
PROMPT = some_ids(50)


def load(tiny, manifest, part, device, dtype):
    model = load_model(
        tiny.store.open(manifest.model_id),
        parse_config(manifest.config),
        Extent.of_range(*part, 4),
        device=device,
        dtype=dtype,
        on_progress=lambda done, total: None,
    )
    return Stage(model, Extent.of_range(*part, 4), device)


def logits(stages, ids, chunk):
    """Of chunks first, and of the last eight tokens one by one."""
    caches = [stage.new_cache(len(ids)) for stage in stages]
    rows, start = [], 0
    while start < len(ids):
        count = min(chunk, len(ids) - 8 - start) if start < len(ids) - 8 else 1
        hidden = torch.tensor(ids[start : start + count])
        for stage, cache in zip(stages, caches, strict=True):
            hidden = stage.advance(hidden.to(stage.device), start, cache)
        rows.append(stages[-1].logits(hidden).float().cpu())
        start += count
    return torch.cat(rows).numpy(), caches


def test_our_own_kernels_are_right():
    """They are tried when they are compiled: none may be found wrong, or be missing."""
    assert gpu_kernels(GPU) is not None


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_float32_equals_the_cpu(tiny, architecture):
    model, manifest = tiny.model(architecture)
    wanted = whole_logits(model, PROMPT)
    stage = load(tiny, manifest, (0, 4), GPU, torch.float32)
    # Recordings of the first session serve the second.
    for _ in range(2):
        found, _ = logits([stage], PROMPT, 6)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_bfloat16_is_as_near_as_the_stock_code(tiny, architecture):
    model, manifest = tiny.model(architecture)
    wanted = whole_logits(model, PROMPT)
    stock = copy.deepcopy(model).to(GPU, torch.bfloat16)
    ids = torch.tensor(PROMPT, device=GPU)[None]
    with torch.inference_mode():
        stock_error = np.abs(stock(input_ids=ids).logits[0].float().cpu().numpy() - wanted).mean()
    stage = load(tiny, manifest, (0, 4), GPU, torch.bfloat16)
    for _ in range(2):
        found, _ = logits([stage], PROMPT, 6)
        assert np.abs(found - wanted).mean() <= 1.5 * stock_error


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "phi3"])
def test_chunks_and_tokens_are_recorded(tiny, architecture):
    """Nothing else would show that they no longer are."""
    _, manifest = tiny.model(architecture)
    stage = load(tiny, manifest, (0, 4), GPU, torch.bfloat16)
    _, (cache,) = logits([stage], PROMPT, 6)
    assert cache.token_graph
    assert 6 in stage._chunk_graphs._graphs


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text"])
def test_a_gpu_and_a_cpu_as_two_stages_equal_the_whole(tiny, architecture):
    model, manifest = tiny.model(architecture)
    wanted = whole_logits(model, PROMPT)
    for devices in ((GPU, CPU), (CPU, GPU)):
        stages = [
            load(tiny, manifest, part, device, torch.float32)
            for part, device in zip(((0, 2), (2, 4)), devices, strict=True)
        ]
        found, _ = logits(stages, PROMPT, 6)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)
