"""From what stages really took to better costs: each job corrects the profiles for the next one.

A device's costs keep their shape over lengths and prefixes; what the layers cost for being called,
per token, per query-key pair and per token of an answer, and the overhead of a chunk, is each
scaled. Few records move them little: the measured profile counts as some records of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from runtime.messages.stage import ChunkRecord
from runtime.planner.by_length import scaled
from runtime.planner.cost import chunk_seconds, decode_seconds
from runtime.planner.fitting import FREE, OUTLIER, ROUNDS, non_negative
from runtime.planner.tables import Floats
from runtime.planner.values import DeviceProfile, LayerCost, ModelShape

PREFILL_FIELDS = ("fixed_seconds", "per_token_seconds", "per_pair_seconds")
# The measured profile weighs as much as this many records.
PRIOR_RECORDS = 2.0
FEWEST_RECORDS = 3
# How far the factors (of overhead, fixed, per token, per pair) may well lie from that of the whole,
# and the scatter of records that is always reckoned with. The more records scatter, the less they
# tell the factors apart: those of one split would else say nonsense about another. What layers cost
# for being called is a small part as measured, alone and in a loop: it may be many times that.
SPREAD = (1.0, 2.0, 0.15, 0.2)
LEAST_SCATTER = 0.01
# No correction goes further than this: beyond it something else is wrong.
MOST_CORRECTED = 20.0
# A device that takes this many times as long as measured is worth telling about.
SLOWDOWN_WORTH_TELLING = 1.3


def refine(
    profile: DeviceProfile, shape: ModelShape, records: Sequence[ChunkRecord]
) -> DeviceProfile:
    """The profile corrected by records of this device on this model, from any jobs and layers."""
    chunks = [record for record in records if record.tokens > 1 and _is_of(record, shape)]
    steps = [record for record in records if record.tokens == 1 and _is_of(record, shape)]
    if len(chunks) >= FEWEST_RECORDS:
        profile = _refine_chunks(profile, shape, chunks)
    if len(steps) >= FEWEST_RECORDS:
        profile = _refine_steps(profile, shape, steps)
    return profile


def slowdown(profile: DeviceProfile, shape: ModelShape, records: Sequence[ChunkRecord]) -> float:
    """How many times as long chunks took as the profile says, typically. 1 without records."""
    mine = [record for record in records if record.tokens > 1 and _is_of(record, shape)]
    if not mine:
        return 1.0
    expected = np.array([expected_seconds(profile, shape, record) for record in mine])
    real = np.array([record.compute_seconds for record in mine])
    return float(np.median(real / np.maximum(expected, 1e-9)))


def expected_seconds(profile: DeviceProfile, shape: ModelShape, record: ChunkRecord) -> float:
    """What the profile says a record should have taken; the last row's head is not in it."""
    layers = (record.first_layer, record.last_layer)
    if record.tokens == 1:
        return decode_seconds(profile, shape, *layers, record.position + 1)
    return chunk_seconds(profile, shape, *layers, record.tokens, record.position)


def _is_of(record: ChunkRecord, shape: ModelShape) -> bool:
    return (
        0 <= record.first_layer < record.last_layer <= len(shape.layers)
        and record.tokens > 0
        and record.position >= 0
        and record.compute_seconds > 0
    )


def _refine_chunks(
    profile: DeviceProfile, shape: ModelShape, records: Sequence[ChunkRecord]
) -> DeviceProfile:
    """Non-negative least squares on the relative error, drawn towards "as measured"."""
    parts = [_only(profile, field) for field in PREFILL_FIELDS]
    real = np.array([record.compute_seconds for record in records])
    terms = np.array(
        [
            [profile.chunk_overhead_seconds]
            + [expected_seconds(part, shape, record) for part in parts]
            for record in records
        ]
    )
    factors = _corrections(terms, real)
    return msgspec.structs.replace(
        profile,
        chunk_overhead_seconds=profile.chunk_overhead_seconds * factors[0],
        layer_costs={
            kind: scaled(cost, *factors[1:]) for kind, cost in profile.layer_costs.items()
        },
        embedding=scaled(profile.embedding, *factors[1:]),
    )


def _refine_steps(
    profile: DeviceProfile, shape: ModelShape, records: Sequence[ChunkRecord]
) -> DeviceProfile:
    """One factor for everything a token of an answer takes beside the overhead."""
    expected = np.array([expected_seconds(profile, shape, record) for record in records])
    real = np.array([record.compute_seconds for record in records])
    overhead = profile.chunk_overhead_seconds
    rest = np.maximum(expected - overhead, 1e-9)
    ratio = float(np.median(np.maximum(real - overhead, 0.1 * real) / rest))
    weight = len(records) / (len(records) + PRIOR_RECORDS)
    factor = _bounded(weight * ratio + (1 - weight))
    return msgspec.structs.replace(
        profile,
        layer_costs={
            kind: _scaled_steps(cost, factor) for kind, cost in profile.layer_costs.items()
        },
        embedding=_scaled_steps(profile.embedding, factor),
        head=_scaled_steps(profile.head, factor),
    )


def _corrections(terms: Floats, real: Floats) -> list[float]:
    """A factor for each column of terms so that their sum comes to real.

    Where the records do not tell the columns apart, all share the factor of the whole.
    """
    relative = terms / real[:, None]
    weight = len(real) / (len(real) + PRIOR_RECORDS)
    whole = weight / max(float(np.median(relative.sum(axis=1))), 1e-9) + (1 - weight)
    scatter = LEAST_SCATTER
    weights = np.ones(len(real))
    factors: Floats = np.ones(terms.shape[1])
    for _ in range(ROUNDS):
        towards = np.diag(scatter / np.array(SPREAD))
        factors = non_negative(
            np.concatenate((relative * weights[:, None], towards)),
            np.concatenate((weights, whole * towards.sum(axis=1))),
        )
        off = np.abs(relative @ factors - 1.0)
        typical = max(float(np.median(off)), 1e-4)
        scatter = max(typical, LEAST_SCATTER)
        weights = np.sqrt(np.minimum(1.0, OUTLIER * typical / np.maximum(off, 1e-12)))
    return [_bounded(float(factor)) for factor in factors]


def _bounded(factor: float) -> float:
    return min(max(factor, 0.0), MOST_CORRECTED)


def _only(profile: DeviceProfile, field: str) -> DeviceProfile:
    """The profile with this one of its costs, all others nothing."""
    kept = [1.0 if each == field else 0.0 for each in PREFILL_FIELDS]
    return msgspec.structs.replace(
        profile,
        chunk_overhead_seconds=0.0,
        layer_costs={kind: scaled(cost, *kept) for kind, cost in profile.layer_costs.items()},
        embedding=scaled(profile.embedding, *kept),
        head=FREE,
    )


def _scaled_steps(cost: LayerCost, factor: float) -> LayerCost:
    return msgspec.structs.replace(
        cost,
        decode_fixed_seconds=cost.decode_fixed_seconds * factor,
        decode_per_context_token_seconds=cost.decode_per_context_token_seconds * factor,
    )
