"""A device's own timings: of every kind of layer, sensible, and soon done."""

import time

import pytest

from runtime.messages.stage import DeviceMeasured, MeasureDevice
from runtime.planner.values import EMBEDDING, HEAD


def ask(manifest, **changes):
    fields = {
        "config": manifest.config,
        "layer_indices": {"sliding": 0, "full": 3},
        "chunk_lengths": (1, 32, 128),
        "prefix_lengths": (0, 100, 200),
        "weight_bits": 16,
    }
    return MeasureDevice(**{**fields, **changes})


def test_every_kind_of_layer_and_both_ends(chain, tiny):
    _, manifest = tiny.model("gemma3_text", hidden_size=256, intermediate_size=1024)
    engine = chain.engines[0]
    started = time.monotonic()
    measured = engine.obey(ask(manifest))
    assert time.monotonic() - started < 20
    assert isinstance(measured, DeviceMeasured)
    found = {
        (sample.kind, sample.chunk_tokens, sample.prefix_tokens): sample.seconds / sample.layers
        for sample in measured.measurement.samples
    }
    full = {(kind, *rest) for kind, *rest in found if kind == "full"}
    assert full == {("full", chunk, prefix) for chunk in (1, 32, 128) for prefix in (0, 100, 200)}
    # Beyond a window of 7 tokens every prefix costs the same, so that one is enough.
    sliding = {(kind, *rest) for kind, *rest in found if kind == "sliding"}
    assert sliding == {("sliding", chunk, prefix) for chunk in (1, 32, 128) for prefix in (0, 100)}
    assert {kind for kind, *_ in found} == {"full", "sliding", EMBEDDING, HEAD}
    assert all(seconds > 0 for seconds in found.values())
    assert found["full", 128, 0] > found["full", 1, 0]
    assert measured.measurement.free_memory_bytes > 0
    assert measured.measurement.floor_memory_bytes == engine.ready.floor_memory_bytes
    # In 16 bits layers keep nothing to be faster, and so small a head neither.
    assert {(each.kind, each.kept_bytes) for each in measured.measurement.spare} == {
        ("sliding", 0),
        ("full", 0),
        (HEAD, 0),
    }
    fractions = [progress.fraction for progress in engine.progress]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1


def test_chunks_and_steps_apart(chain, tiny):
    """Workers of one computer are timed together over chunks, and one by one over steps."""
    _, manifest = tiny.model("gemma3_text")
    engine = chain.engines[0]
    for lengths, end in (((32, 64), EMBEDDING), ((1,), HEAD)):
        samples = engine.obey(ask(manifest, chunk_lengths=lengths)).measurement.samples
        assert {sample.chunk_tokens for sample in samples} == set(lengths)
        assert {sample.kind for sample in samples} == {"sliding", "full", end}


def test_what_is_kept_to_be_faster(chain, tiny):
    """A plan that does not know it tells less than the engine will take."""
    _, manifest = tiny.model("gemma3_text")
    command = ask(manifest, chunk_lengths=(1,), prefix_lengths=(0,), weight_bits=8)
    spare = chain.engines[0].obey(command).measurement.spare
    assert all(each.kept_bytes > 0 for each in spare if each.kind != HEAD)


@pytest.mark.parametrize("index", [-1, 4])
def test_a_layer_that_is_not_there(chain, tiny, index):
    _, manifest = tiny.model("gemma3_text")
    refused = chain.engines[0].refuse(ask(manifest, layer_indices={"full": index}))
    assert refused.kind == "ModelError"
