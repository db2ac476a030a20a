"""Costs fitted to timings: exact where they are exact, steady where they are not."""

from __future__ import annotations

import math
import random

import msgspec
import pytest

from runtime.errors import EngineError
from runtime.planner.cost import layer_seconds
from runtime.planner.fitting import fit_device
from runtime.planner.values import (
    EMBEDDING,
    HEAD,
    ComputeSample,
    DeviceMeasurement,
    DeviceProfile,
    LayerCost,
)
from tests.runtime.planner.problems import model

TRUE = LayerCost(
    fixed_seconds=4e-4,
    per_token_seconds=3e-5,
    per_pair_seconds=5e-9,
    decode_fixed_seconds=9e-4,
    decode_per_context_token_seconds=2e-8,
)
NUMBERS = tuple(field for field in LayerCost.__struct_fields__ if field != "by_length")
CHUNKS = (32, 64, 128, 256, 512, 1024)
PREFIXES = (0, 1024, 4096, 16384)


def samples(
    cost: LayerCost = TRUE, *, kind: str = "full", window: int | None = None, noise: float = 0.0
) -> list[ComputeSample]:
    source = random.Random(3)
    return [
        ComputeSample(
            kind=kind,
            layers=2,
            chunk_tokens=chunk,
            prefix_tokens=prefix,
            seconds=2
            * layer_seconds(cost, chunk, prefix, window)
            * (1 + noise * source.uniform(-1, 1)),
        )
        for chunk in (1, *CHUNKS)
        for prefix in PREFIXES
    ]


def fit(timings: list[ComputeSample], **changes: object) -> DeviceProfile:
    shape = model(4, **changes)  # type: ignore[arg-type]
    return fit_device(
        DeviceMeasurement(samples=tuple(timings), free_memory_bytes=10**9, floor_memory_bytes=7),
        shape,
        machine_id="one",
        device_id="cpu",
        name="Laptop",
        memory_limit_bytes=10**9,
    )


def test_exact_timings_give_back_the_cost() -> None:
    """A wrong term or a missed division by the layers would bend every plan."""
    found = fit(samples())
    for field in NUMBERS:
        assert math.isclose(
            getattr(found.layer_costs["full"], field), getattr(TRUE, field), rel_tol=1e-3
        )
    assert found.fit_error < 1e-3
    assert (found.key, found.floor_memory_bytes) == ("one/cpu", 7)


def test_a_window_bounds_what_a_chunk_sees() -> None:
    """Fitting a sliding layer as a full one would make long prompts look dear."""
    timings = samples() + samples(kind="sliding", window=512)
    found = fit(timings, window=512, sliding_every=2)
    assert math.isclose(
        found.layer_costs["sliding"].per_pair_seconds, TRUE.per_pair_seconds, rel_tol=1e-3
    )


def test_one_disturbed_sample_does_not_bend_the_fit() -> None:
    """Another program that took the processor for a moment must not count as slowness."""
    timings = samples(noise=0.02)
    worst = timings[-3]
    timings[-3] = ComputeSample(
        kind=worst.kind,
        layers=worst.layers,
        chunk_tokens=worst.chunk_tokens,
        prefix_tokens=worst.prefix_tokens,
        seconds=4 * worst.seconds,
    )
    cost = fit(timings).layer_costs["full"]
    for chunk in (64, 256, 1024):
        for prefix in (0, 4096):
            real = layer_seconds(TRUE, chunk, prefix)
            assert abs(layer_seconds(cost, chunk, prefix) - real) < 0.06 * real


def test_costs_are_never_negative_and_longer_is_never_cheaper() -> None:
    """A negative term would let the search cut the prompt into chunks that cost nothing."""
    for seed in range(20):
        source = random.Random(seed)
        timings = [
            ComputeSample(
                kind="full", layers=1, chunk_tokens=chunk, prefix_tokens=prefix,
                seconds=source.uniform(1e-4, 1e-1),
            )
            for chunk in (1, 32, 256) for prefix in (0, 1024)
        ]  # fmt: skip
        cost = fit(timings).layer_costs["full"]
        assert min(getattr(cost, field) for field in NUMBERS) >= 0
        assert layer_seconds(cost, 64, 0) <= layer_seconds(cost, 128, 0)
        assert layer_seconds(cost, 64, 0) <= layer_seconds(cost, 64, 512)


def test_a_length_that_does_not_lie_on_the_line_is_kept() -> None:
    """Short chunks on a card wait for launches; a line through all lengths misses them by half."""
    slow = [
        msgspec.structs.replace(sample, seconds=1.8 * sample.seconds)
        if sample.chunk_tokens == 128
        else sample
        for sample in samples(noise=0.01)
    ]
    cost = fit(slow).layer_costs["full"]
    for chunk in (32, 64, 128, 256, 512, 1024):
        real = layer_seconds(TRUE, chunk, 1024) * (1.8 if chunk == 128 else 1.0)
        assert layer_seconds(cost, chunk, 1024) == pytest.approx(real, rel=0.12)


def test_ends_are_fitted_or_guessed() -> None:
    """Without the head's cost the last stage would be planned too full."""
    ends = [
        ComputeSample(kind=EMBEDDING, layers=1, chunk_tokens=n, prefix_tokens=0, seconds=1e-6 * n)
        for n in CHUNKS
    ]
    head = ComputeSample(kind=HEAD, layers=1, chunk_tokens=1, prefix_tokens=0, seconds=0.05)
    found = fit([*samples(), *ends, head])
    assert math.isclose(found.embedding.per_token_seconds, 1e-6, rel_tol=1e-3)
    assert found.head.decode_fixed_seconds == 0.05
    assert fit(samples()).head.decode_fixed_seconds > 0


def test_nonsense_is_refused_in_words() -> None:
    """A plan on no timings, or on a clock that went backwards, would be a guess."""
    wrong = [
        ComputeSample(kind="full", layers=1, chunk_tokens=64, prefix_tokens=0, seconds=seconds)
        for seconds in (-1.0, 0.0, math.nan, math.inf)
    ]
    with pytest.raises(EngineError, match="Laptop gave no usable timing"):
        fit(wrong)
    with pytest.raises(EngineError, match="sliding"):
        fit(samples(), sliding_every=2)


def test_scattered_timings_are_told_by_the_error() -> None:
    """Whoever plans must know that a machine was busy while it was measured."""
    source = random.Random(2)
    scattered = [
        msgspec.structs.replace(sample, seconds=sample.seconds * 10 ** source.uniform(-2, 2))
        for sample in samples()
    ]
    assert fit(scattered).fit_error > 1
    assert fit(samples(noise=0.05)).fit_error < 0.1
