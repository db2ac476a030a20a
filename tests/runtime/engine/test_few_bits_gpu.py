"""Weights in few bits on an NVIDIA GPU: the same numbers as on a CPU, and no more memory."""

import gc
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from transformers import LlamaConfig

from runtime.engine.few_bits import FewBitsLinear
from runtime.engine.few_bits_kernels import few_bits_kernels
from runtime.engine.few_rows import FEW_ROWS
from runtime.engine.measure import measure
from runtime.engine.quickening import quicken
from runtime.engine.random_weights import random_stage
from runtime.engine.split import Extent
from runtime.messages.stage import MeasureDevice
from runtime.models.shape import model_shape
from runtime.planner.values import EMBEDDING, HEAD
from runtime.planner.weights import stored_bits
from tests.runtime.engine.processes import Chain, EngineProcess, connected
from tests.runtime.engine.test_gpu import load, logits
from tests.runtime.engine.tiny import some_ids, whole_logits

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
PROMPT = some_ids(50)
SIZES = {"hidden_size": 64, "intermediate_size": 96}
# Whole blocks of outputs and pieces of inputs, and parts of them.
SHAPES = [(48, 96), (217, 736), (4096, 1024), (1024, 4096)]


def pair(shape, bits, *, bias):
    """A layer on the GPU, and on a CPU."""
    torch.manual_seed(shape[0])
    plain = nn.Linear(shape[1], shape[0], bias=bias).to(torch.bfloat16).requires_grad_(False)
    return [FewBitsLinear.of(plain, bits, device) for device in (GPU, CPU)]


def test_the_kernels_are_right():
    """They are tried when they are compiled: none may be found wrong, or be missing."""
    assert few_bits_kernels(GPU) is not None


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("bits", "shape"), [*product([4, 8], SHAPES), (8, (64, 40))])
@torch.inference_mode()
def test_a_layer(bits, shape, bias):
    """One row, a few, a chunk; the weights of a CPU, but for what falls between two steps."""
    layer, on_cpu = pair(shape, bits, bias=bias)
    weight = layer.weight
    assert (weight.cpu() == on_cpu.weight).float().mean() > 0.999
    for rows in (1, 3, FEW_ROWS, FEW_ROWS + 1, 512):
        given = torch.randn(1, rows, 2 * shape[1]).to(GPU, torch.bfloat16)[..., ::2]
        wanted = nn.functional.linear(given.float(), weight.float())
        wanted += 0 if layer.bias is None else layer.bias.float()
        assert layer(given[:, :0]).shape == (1, 0, shape[0])  # an expert that nothing goes to
        error = (layer(given).float() - wanted).abs().max()
        assert error < 0.01 * wanted.abs().max()


@pytest.mark.parametrize("bits", [4, 8])
@torch.inference_mode()
def test_a_row_does_not_depend_on_the_others(bits):
    """A guess that is checked gets the numbers of a token that was not guessed."""
    layer, _ = pair((217, 736), bits, bias=True)
    given = torch.randn(1, FEW_ROWS, 736).to(GPU, torch.bfloat16)
    together = layer(given)
    alone = torch.cat([layer(given[:, row : row + 1]) for row in range(FEW_ROWS)], 1)
    assert torch.equal(together, alone)


def both(tiny, architecture, bits, dtype):
    """A stage on the GPU and on a CPU, both with weights of few bits."""
    model, manifest = tiny.model(architecture, **SIZES)
    gpu, cpu = (load(tiny, manifest, (0, 4), device, dtype, bits) for device in (GPU, CPU))
    cpu.quantise(bits)
    cpu.give_up_spare()
    return model, gpu, cpu


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "phi3", "qwen3_moe"])
@pytest.mark.parametrize("bits", [4, 8])
def test_a_stage_equals_that_of_a_cpu(tiny, architecture, bits):
    """In float32, where a CPU rounds no rows: chunks of more than a few."""
    _, gpu, cpu = both(tiny, architecture, bits, torch.float32)
    assert gpu.is_packed
    (found, _), (wanted, _) = (logits([stage], PROMPT, 21) for stage in (gpu, cpu))
    assert np.abs(found[:42] - wanted[:42]).mean() < 5e-3 * np.abs(wanted[:42]).mean()


@pytest.mark.parametrize("architecture", ["llama", "gemma3_text", "phi3"])
@pytest.mark.parametrize("bits", [4, 8])
def test_a_recorded_stage_in_bfloat16_is_as_near_as_rounding_allows(tiny, architecture, bits):
    """With kernels and recordings of chunks and tokens; twice, as recordings are used again."""
    model, gpu, cpu = both(tiny, architecture, bits, torch.bfloat16)
    exact = whole_logits(model, PROMPT)
    plain = load(tiny, tiny.model(architecture, **SIZES)[1], (0, 4), CPU, torch.bfloat16)
    rounding = np.abs(logits([plain], PROMPT, 21)[0] - exact).mean()
    wanted, _ = logits([cpu], PROMPT, 21)
    for chunk in (21, 21, 6, 6):
        found, (cache,) = logits([gpu], PROMPT, chunk)
        assert np.abs(found - wanted).mean() < 4 * rounding
    if architecture != "gemma3_text":
        assert cache.token_graph
        assert {6, 21} <= set(gpu._chunk_graphs._graphs)


@pytest.mark.parametrize("bits", [4, 8])
def test_loading_takes_no_more_memory_than_what_is_kept(bits):
    """Layer by layer, and as much as a plan counts with."""
    layers, hidden, inner = 16, 2_048, 8_192
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=16,
        num_key_value_heads=4,
    )
    weights = layers * (hidden * (2 * hidden + 2 * hidden // 4) + 3 * hidden * inner)
    expected = weights * stored_bits(bits) / 8
    unpacked = weights * 2

    def made(count):
        extent = Extent(layers=tuple(range(count)), has_embedding=False, has_head=False)
        return random_stage(config, extent, GPU, torch.bfloat16, bits)

    made(1)  # what libraries take with their first use
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated(GPU)
    torch.cuda.reset_peak_memory_stats(GPU)
    stage = made(layers)
    peak = torch.cuda.max_memory_allocated(GPU) - before
    held = torch.cuda.memory_allocated(GPU) - before
    assert stage.weight_bytes == pytest.approx(expected, rel=0.02)
    assert held == pytest.approx(expected, rel=0.05)
    assert peak < 1.1 * expected

    def spare_in(room):
        quicken(stage, bits, room, 2 * layers)
        return torch.cuda.memory_allocated(GPU) - before - held

    # As much for the rest of the model, and for what it reads.
    assert spare_in(3.9 * (expected + unpacked)) == 0
    assert spare_in(4.1 * (expected + unpacked)) == pytest.approx(unpacked, rel=0.02)
    stage.give_up_spare()
    assert torch.cuda.memory_allocated(GPU) - before == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_gpu_is_measured_with_the_weights_that_jobs_use(tiny, bits):
    _, manifest = tiny.model("llama", hidden_size=256, intermediate_size=512)
    command = MeasureDevice(
        config=manifest.config,
        layer_indices={"full": 0},
        chunk_lengths=(1, 32, 128),
        prefix_lengths=(0, 100, 200),
        weight_bits=bits,
    )
    measured = measure(command, GPU, 0, lambda _: None)
    assert {sample.kind for sample in measured.samples} == {"full", EMBEDDING, HEAD}
    # A plan counts with what chunks find unpacked, where there is as much room.
    (layer,) = (each.kept_bytes for each in measured.spare if each.kind == "full")
    assert layer == pytest.approx(model_shape(manifest, 16).layers[0].weight_bytes, rel=0.02)


@pytest.mark.parametrize("bits", [4, 8])
def test_an_engine_of_a_gpu_answers_in_few_bits_and_says_what_they_take(tiny, coordinator, bits):
    _, manifest = tiny.model("llama", hidden_size=256, intermediate_size=512)
    engine = EngineProcess(tiny.store.root, coordinator, device_id="cuda:0", device_kind="cuda")
    with connected([engine]) as engines:
        chain = Chain(engines)
        taken = {}
        for each in (16, bits):
            (loaded,) = chain.load(manifest, [0, 4], weight_bits=each, activation_format="bfloat16")
            taken[each] = loaded.weight_bytes
            chain.open("document", 64)
            assert len(chain.answer("document", PROMPT, [25, 25], count=8)) == 8
    # There is room for the weights in 16 bits too.
    matrices = sum(layer.weight_bytes for layer in model_shape(manifest, 16).layers)
    few = matrices * stored_bits(bits) / 16
    assert taken[bits] - taken[16] == pytest.approx(few, rel=0.03)
