"""On an NVIDIA GPU, with all that makes it fast, every architecture computes what it should."""

import copy
import gc

import numpy as np
import pytest
import torch

from runtime.engine.gpu_kernels import gpu_kernels
from runtime.engine.measure import measure
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.messages.stage import MeasureDevice
from runtime.planner.values import EMBEDDING, HEAD
from tests.runtime.engine.processes import Chain, EngineProcess, connected
from tests.runtime.engine.tiny import ARCHITECTURES, some_ids, whole_logits

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
PROMPT = some_ids(50)


def load(tiny, manifest, part, device, dtype, bits=16):
    extent = Extent.of_range(*part, 4)
    model = tiny.cut(manifest, extent, device=device, dtype=dtype, weight_bits=bits)
    return Stage(model, extent, device)


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
def test_chunks_that_nobody_reads_leave_the_same_behind(tiny, architecture):
    """They end in the last layer, the second one of a length as a recording too."""
    model, manifest = tiny.model(architecture)
    stage = load(tiny, manifest, (0, 4), GPU, torch.float32)
    ends = []
    stage._base.layers[-1].register_forward_hook(lambda *_: ends.append(1))
    cache = stage.new_cache(len(PROMPT))
    ids = torch.tensor(PROMPT, device=GPU)
    for start in (0, 12, 24):
        stage.keep(ids[start : start + 12], start, cache)
        if not start:
            assert not ends
    found = stage.logits(stage.advance(ids[36:], 36, cache)).float().cpu().numpy()
    np.testing.assert_allclose(found, whole_logits(model, PROMPT)[36:], rtol=0, atol=1e-4)


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


def test_recordings_of_several_lengths_share_memory_and_no_values(tiny):
    """Chunks of different lengths in turn: what one leaves in memory the other must not read."""
    model, manifest = tiny.model("gemma3_text")
    wanted = whole_logits(model, PROMPT)
    stage = load(tiny, manifest, (0, 4), GPU, torch.float32)
    for chunk in (6, 9, 6, 9, 9, 6, 9):
        found, _ = logits([stage], PROMPT, chunk)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)
    assert {6, 9} <= set(stage._chunk_graphs._graphs)


def test_nothing_is_left_of_a_stage_and_its_sessions(tiny):
    """Recordings and caches that hold each other would keep a GPU's memory for good."""
    _, manifest = tiny.model("llama")
    held = []
    for _ in range(3):
        stage = load(tiny, manifest, (0, 4), GPU, torch.bfloat16)
        logits([stage], PROMPT, 6)
        del stage
        gc.collect()
        held.append(torch.cuda.memory_allocated(GPU))
    assert held[2] <= held[1]


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text"])
def test_a_gpu_is_measured(tiny, architecture):
    """Every kind of layer, both ends, chunks and steps; the windows of Gemma once failed here."""
    _, manifest = tiny.model(architecture, hidden_size=256, intermediate_size=512)
    kinds = {"sliding": 0, "full": 3} if architecture == "gemma3_text" else {"full": 0}
    command = MeasureDevice(
        config=manifest.config,
        layer_indices=kinds,
        chunk_lengths=(1, 32, 128),
        prefix_lengths=(0, 100, 200),
        weight_bits=16,
    )
    samples = measure(command, GPU, 0, lambda _: None).samples
    assert {sample.kind for sample in samples} == {*kinds, EMBEDDING, HEAD}
    assert {sample.chunk_tokens for sample in samples} == {1, 32, 128}


def test_engines_of_a_gpu_and_a_cpu_as_two_stages_equal_the_whole(tiny, coordinator):
    """Two processes, and hidden states from the memory of one device to that of the other."""
    model, manifest = tiny.model("gemma3_text")
    wanted = whole_logits(model, PROMPT)
    on_gpu = {"device_id": "cuda:0", "device_kind": "cuda"}
    started = [EngineProcess(tiny.store.root, coordinator, **one) for one in (on_gpu, {})]
    with connected(started) as engines:
        for order in (engines, engines[::-1]):
            chain = Chain(order)
            chain.load(manifest, [0, 2, 4])
            chain.open("document", len(PROMPT))
            found = chain.logits("document", PROMPT, 6)
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


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
