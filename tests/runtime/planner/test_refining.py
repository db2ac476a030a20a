"""Profiles corrected by what stages really took."""

from __future__ import annotations

import random
import statistics

import msgspec
import pytest

from runtime.messages.stage import ChunkRecord
from runtime.planner.cost import chunk_seconds, decode_seconds
from runtime.planner.refining import refine, slowdown
from runtime.planner.values import DeviceProfile, LayerCost
from tests.runtime.planner.problems import device, model

SHAPE = model(12)
MEASURED = device("laptop")


def really(profile: DeviceProfile, *, fixed: float, token: float, pair: float) -> DeviceProfile:
    """The machine as it is, which is not as it was measured."""

    def scaled(cost: LayerCost) -> LayerCost:
        return msgspec.structs.replace(
            cost,
            fixed_seconds=cost.fixed_seconds * fixed,
            per_token_seconds=cost.per_token_seconds * token,
            per_pair_seconds=cost.per_pair_seconds * pair,
            decode_fixed_seconds=cost.decode_fixed_seconds * token,
            decode_per_context_token_seconds=cost.decode_per_context_token_seconds * token,
        )

    costs = {kind: scaled(cost) for kind, cost in profile.layer_costs.items()}
    return msgspec.structs.replace(profile, layer_costs=costs, chunk_overhead_seconds=4e-3)


def records(
    truth: DeviceProfile, chunks: tuple[int, ...], *, steps: int = 0, noise: float = 0.0
) -> list[ChunkRecord]:
    source = random.Random(1)
    found, position = [], 0
    for number, tokens in enumerate((*chunks, *(1,) * steps)):
        if tokens == 1:
            seconds = decode_seconds(truth, SHAPE, 0, 7, position + 1)
        else:
            seconds = chunk_seconds(truth, SHAPE, 0, 7, tokens, position)
        found.append(
            ChunkRecord(
                session="s", sequence=number, stage=0, first_layer=0, last_layer=7,
                position=position, tokens=tokens, started_at=0.0, wait_seconds=0.0,
                compute_seconds=seconds * (1 + noise * source.uniform(-1, 1)),
                send_seconds=0.0, bytes_sent=0,
            )
        )  # fmt: skip
        position += tokens
    return found


CHUNKS = (512, 512, 384, 384, 256, 256, 256, 128, 128, 64)


def error(profile: DeviceProfile, truth: DeviceProfile, tokens: int, position: int) -> float:
    real = chunk_seconds(truth, SHAPE, 3, 11, tokens, position)
    return abs(chunk_seconds(profile, SHAPE, 3, 11, tokens, position) - real) / real


@pytest.mark.parametrize("factors", [(1, 1.5, 1), (2, 0.7, 3), (1, 2, 2), (0.5, 1, 0.5)])
def test_the_second_job_is_predicted_better_than_the_first(factors: tuple[float, ...]) -> None:
    """Other layers, lengths and prefixes than those seen must come out better as well."""
    fixed, token, pair = factors
    truth = really(MEASURED, fixed=fixed, token=token, pair=pair)
    better = refine(MEASURED, SHAPE, records(truth, CHUNKS, noise=0.03))
    for tokens, position in ((128, 0), (256, 2048), (512, 8192)):
        before = error(MEASURED, truth, tokens, position)
        assert error(better, truth, tokens, position) < max(0.3 * before, 0.09)


def test_a_right_profile_stays_as_it_is() -> None:
    """A refit that drifts on noise would make every job's plan another one."""
    better = refine(MEASURED, SHAPE, records(MEASURED, CHUNKS, steps=8, noise=0.02))
    for tokens, position in ((128, 0), (512, 8192)):
        assert error(better, MEASURED, tokens, position) < 0.03


def test_few_records_move_little() -> None:
    """Two chunks say nothing yet; a hiccup in one must not triple a machine's cost."""
    truth = really(MEASURED, fixed=1, token=3, pair=1)
    assert refine(MEASURED, SHAPE, records(truth, (256, 256))) == MEASURED
    hiccup = records(MEASURED, CHUNKS)
    hiccup[4] = msgspec.structs.replace(hiccup[4], compute_seconds=20 * hiccup[4].compute_seconds)
    assert error(refine(MEASURED, SHAPE, hiccup), MEASURED, 256, 1024) < 0.05


def test_decoding_is_corrected_apart_from_reading() -> None:
    truth = really(MEASURED, fixed=1, token=2, pair=1)
    better = refine(MEASURED, SHAPE, records(truth, (), steps=12))
    real = decode_seconds(truth, SHAPE, 0, 12, 4000)
    before = abs(decode_seconds(MEASURED, SHAPE, 0, 12, 4000) - real)
    assert abs(decode_seconds(better, SHAPE, 0, 12, 4000) - real) < 0.3 * before
    assert better.chunk_overhead_seconds == MEASURED.chunk_overhead_seconds


def test_a_hot_machine_is_noticed_and_records_of_other_models_are_not_used() -> None:
    truth = really(MEASURED, fixed=1.6, token=1.6, pair=1.6)
    seen = records(truth, CHUNKS)
    assert 1.4 < slowdown(MEASURED, SHAPE, seen) < 1.8
    assert slowdown(MEASURED, SHAPE, ()) == 1.0
    deeper = [msgspec.structs.replace(record, last_layer=40) for record in seen]
    assert refine(MEASURED, SHAPE, deeper) == MEASURED


@pytest.mark.parametrize(("fixed", "rest"), [(1.08, 1.08), (6.0, 1.0)])
def test_scatter_in_short_chunks_says_little_of_a_long_one(fixed: float, rest: float) -> None:
    """Whether all is slower, or being called at all: a long chunk of all layers comes out right.

    Typically: single jobs may still mislead.
    """
    truth = really(MEASURED, fixed=fixed, token=rest, pair=rest)
    steady = records(truth, (64, 128, 128, 128, 128, 192, 192, 192, 256, 256, 320))
    layers = (0, len(SHAPE.layers))
    real = chunk_seconds(truth, SHAPE, *layers, 1024, 0)
    errors = []
    for seed in range(20):
        source = random.Random(seed)
        noisy = [
            msgspec.structs.replace(
                record, compute_seconds=record.compute_seconds * (1 + source.gauss(0, 0.05))
            )
            for record in steady
        ]
        after = chunk_seconds(refine(MEASURED, SHAPE, noisy), SHAPE, *layers, 1024, 0)
        errors.append(after / real - 1)
    assert statistics.mean(map(abs, errors)) < 0.07
    assert abs(statistics.mean(errors)) < 0.06
