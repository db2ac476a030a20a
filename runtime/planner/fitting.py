"""From timings of a device to the costs the planner counts with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from runtime.errors import EngineError
from runtime.planner.cost import layer_seconds, visible_pairs
from runtime.planner.tables import Floats
from runtime.planner.values import (
    EMBEDDING,
    HEAD,
    ChunkCost,
    ComputeSample,
    DeviceMeasurement,
    DeviceProfile,
    LayerCost,
    ModelShape,
)

# Messages, Python and launches around a chunk's layers, until real jobs tell better.
CHUNK_OVERHEAD_SECONDS = 1e-3
# Residuals beyond this many typical ones count less: a sample that another program disturbed.
OUTLIER = 2.0
ROUNDS = 12
# Samples are held out in this many turns, to tell how well the others predict them.
FOLDS = 5
FEWEST_TO_HOLD_OUT = 4
# How strongly a single length keeps to the line through all, and scatter that is always forgiven.
TOWARDS_LINE = 0.15
STEADY = 0.02
# What is reported where too few samples are there to hold any out.
UNTESTED_ERROR = 0.3
# The fixed part of a chunk's time, at most, where chunks of one length say nothing of it.
UNKNOWN_FIXED_SHARE = 0.15
# How much a cost shies away from what it need not explain: chunks of one length alone say nothing
# of the fixed cost of a chunk, and then it is taken as none.
CHUNK_LEANINGS = (1e-2, 0.0, 3e-3)
STEP_LEANINGS = (0.0, 1e-2)
FREE = LayerCost(
    fixed_seconds=0.0,
    per_token_seconds=0.0,
    per_pair_seconds=0.0,
    decode_fixed_seconds=0.0,
    decode_per_context_token_seconds=0.0,
)


class KindFit(Struct, frozen=True):
    """The fitted cost of one kind of layer, and the median relative error on held-out samples."""

    cost: LayerCost
    held_out_error: float


def fit_device(
    measurement: DeviceMeasurement,
    shape: ModelShape,
    *,
    machine_id: str,
    device_id: str,
    name: str,
    memory_limit_bytes: int,
) -> DeviceProfile:
    """A device's costs for every kind of layer of a model, fitted to what was measured of it.

    Raises EngineError where the timings are no timings: none for a kind of layer, or not positive.
    Timings that scatter, of a busy machine, are told by fit_error.
    """
    windows = {layer.kind: layer.window_tokens for layer in shape.layers}
    usable = [sample for sample in measurement.samples if is_timing(sample)]
    fits: dict[str, KindFit] = {}
    for kind, window in windows.items():
        mine = [sample for sample in usable if sample.kind == kind]
        if not any(sample.chunk_tokens > 1 for sample in mine):
            raise EngineError(
                f'{name} gave no usable timing of the "{kind}" layers of {shape.name}.',
                "Measure the machine again while nothing else runs on it.",
            )
        fits[kind] = fit_kind(mine, window)
    error = max((fit.held_out_error for fit in fits.values()), default=0.0)
    head = _typical([sample for sample in usable if sample.kind == HEAD])
    if head is None:
        head = _head_by_decode(shape, {kind: fit.cost for kind, fit in fits.items()})
    return DeviceProfile(
        machine_id=machine_id,
        device_id=device_id,
        name=name,
        layer_costs={kind: fit.cost for kind, fit in fits.items()},
        embedding=_embedding([sample for sample in usable if sample.kind == EMBEDDING]),
        head=LayerCost(
            fixed_seconds=0.0,
            per_token_seconds=0.0,
            per_pair_seconds=0.0,
            decode_fixed_seconds=head,
            decode_per_context_token_seconds=0.0,
        ),
        chunk_overhead_seconds=CHUNK_OVERHEAD_SECONDS,
        memory_limit_bytes=memory_limit_bytes,
        floor_memory_bytes=measurement.floor_memory_bytes,
        spare=measurement.spare,
        fit_error=error,
    )


def is_timing(sample: ComputeSample) -> bool:
    """Whether a sample can be true at all."""
    return (
        0 < sample.seconds < math.inf
        and sample.layers > 0
        and sample.chunk_tokens > 0
        and sample.prefix_tokens >= 0
    )


def fit_kind(samples: Sequence[ComputeSample], window: int | None) -> KindFit:
    """One kind of layer: chunks and single tokens, whose kernels differ, are fitted apart."""
    chunks = [sample for sample in samples if sample.chunk_tokens > 1]
    steps = [sample for sample in samples if sample.chunk_tokens == 1]
    fixed, per_token, per_pair = _fit_chunks(chunks, window)
    if steps:
        decode_fixed, per_context = _fit(_step_terms(steps, window), _seconds(steps), STEP_LEANINGS)
        most = _most_fixed(chunks, steps)
        if fixed > most or len({sample.chunk_tokens for sample in chunks}) == 1:
            fixed, per_token, per_pair = _fit_chunks(chunks, window, fixed=min(fixed or most, most))
    else:
        # Never timed: a token costs what the shortest chunk costs, as far as is known.
        decode_fixed, per_context = fixed + per_token, per_pair
    cost = LayerCost(
        fixed_seconds=fixed,
        per_token_seconds=per_token,
        per_pair_seconds=per_pair,
        decode_fixed_seconds=decode_fixed,
        decode_per_context_token_seconds=per_context,
        by_length=_by_length(chunks, window, (fixed, per_token, per_pair)),
    )
    return KindFit(cost, _held_out_error(chunks, window))


def _by_length(
    samples: Sequence[ComputeSample], window: int | None, line: tuple[float, ...]
) -> tuple[ChunkCost, ...]:
    """The line bent to what each chunk length really took, as far as its samples bear that out.

    A length's two values are factors on the line's, drawn towards 1. Longer chunks are made to
    cost no less than shorter ones.
    """
    fixed, per_token, per_pair = line
    found: list[ChunkCost] = []
    for length in sorted({sample.chunk_tokens for sample in samples}):
        mine = [sample for sample in samples if sample.chunk_tokens == length]
        base = fixed + per_token * length
        pairs = _chunk_terms(mine, window)[:, 2]
        real = _seconds(mine)
        terms = np.stack((np.full(len(mine), base), per_pair * pairs), axis=1) / real[:, None]
        of_base, of_pairs = _factors(terms)
        if found:
            before = found[-1]
            of_base = max(of_base, before.seconds / max(base, 1e-12))
            least = before.per_pair_seconds * before.tokens / length
            of_pairs = max(of_pairs, least / per_pair) if per_pair else of_pairs
        found.append(
            ChunkCost(tokens=length, seconds=of_base * base, per_pair_seconds=of_pairs * per_pair)
        )
    return tuple(found) if len(found) > 1 else ()


def _factors(terms: Floats) -> tuple[float, float]:
    """Non-negative factors that bring the sums of the rows to 1, drawn towards 1 themselves."""
    weights = np.ones(len(terms))
    factors = np.ones(2)
    towards = np.diag([TOWARDS_LINE, TOWARDS_LINE])
    for _ in range(ROUNDS):
        factors = non_negative(
            np.concatenate((terms * weights[:, None], towards)),
            np.concatenate((weights, towards.sum(axis=1))),
        )
        off = np.abs(terms @ factors - 1.0)
        typical = max(float(np.median(off)), STEADY)
        weights = np.sqrt(np.minimum(1.0, OUTLIER * typical / np.maximum(off, 1e-12)))
    return float(factors[0]), float(factors[1])


def _most_fixed(chunks: Sequence[ComputeSample], steps: Sequence[ComputeSample]) -> float:
    """What a chunk can cost however short: no more than a single token does.

    With chunks of one length only, nothing tells their fixed part: half a token's time is taken.
    """
    shortest = min(steps, key=lambda sample: sample.prefix_tokens)
    step = shortest.seconds / shortest.layers
    if len({sample.chunk_tokens for sample in chunks}) > 1:
        return step
    return min(step / 2, UNKNOWN_FIXED_SHARE * min(each.seconds / each.layers for each in chunks))


def _fit_chunks(
    samples: Sequence[ComputeSample], window: int | None, fixed: float | None = None
) -> tuple[float, ...]:
    """Costs of a chunk, of a token and of a query-key pair; the first may be given."""
    terms, seconds = _chunk_terms(samples, window), _seconds(samples)
    if fixed is None:
        return _fit(terms, seconds, CHUNK_LEANINGS)
    rest = np.maximum(seconds - fixed, 0.1 * seconds)
    return (fixed, *_fit(terms[:, 1:], rest, CHUNK_LEANINGS[1:]))


def _held_out_error(samples: Sequence[ComputeSample], window: int | None) -> float:
    """How far off the fit typically is on samples it has not seen, up or down: 0.1 is 10 %."""
    if len(samples) < FEWEST_TO_HOLD_OUT:
        return UNTESTED_ERROR
    errors: list[float] = []
    folds = min(FOLDS, len(samples))
    for fold in range(folds):
        held = [sample for place, sample in enumerate(samples) if place % folds == fold]
        seen = [sample for place, sample in enumerate(samples) if place % folds != fold]
        line = _fit_chunks(seen, window)
        bent = msgspec.structs.replace(
            FREE,
            fixed_seconds=line[0],
            per_token_seconds=line[1],
            per_pair_seconds=line[2],
            by_length=_by_length(seen, window, line),
        )
        guessed = np.array(
            [layer_seconds(bent, each.chunk_tokens, each.prefix_tokens, window) for each in held]
        )
        real = _seconds(held)
        times = np.maximum(guessed, 1e-12) / real
        errors += (np.maximum(times, 1 / times) - 1).tolist()
    return float(np.median(errors))


def _chunk_terms(samples: Sequence[ComputeSample], window: int | None) -> Floats:
    """What a chunk's fixed, per-token and per-pair costs are multiplied by."""
    rows = []
    for sample in samples:
        end = sample.prefix_tokens + sample.chunk_tokens
        pairs = visible_pairs(end, window) - visible_pairs(sample.prefix_tokens, window)
        rows.append((1.0, float(sample.chunk_tokens), float(pairs)))
    return np.array(rows)


def _step_terms(samples: Sequence[ComputeSample], window: int | None) -> Floats:
    rows = []
    for sample in samples:
        context = sample.prefix_tokens + 1
        rows.append((1.0, float(min(context, window or context))))
    return np.array(rows)


def _seconds(samples: Sequence[ComputeSample]) -> Floats:
    return np.array([sample.seconds / sample.layers for sample in samples])


def _fit(terms: Floats, seconds: Floats, leanings: Sequence[float]) -> tuple[float, ...]:
    """Non-negative costs with the least relative error, samples far off counting less."""
    scaled = terms / seconds[:, None]
    leaning = np.diag(np.array(leanings) * scaled.mean(axis=0))
    weights = np.ones(len(seconds))
    costs = np.zeros(terms.shape[1])
    nothing = np.zeros(len(leanings))
    for _ in range(ROUNDS):
        costs = non_negative(
            np.concatenate((scaled * weights[:, None], leaning)),
            np.concatenate((weights, nothing)),
        )
        off = np.abs(scaled @ costs - 1.0)
        typical = max(float(np.median(off)), 1e-4)
        weights = np.sqrt(np.minimum(1.0, OUTLIER * typical / np.maximum(off, 1e-12)))
    return tuple(float(cost) for cost in costs)


def non_negative(terms: Floats, values: Floats) -> Floats:
    """Least squares with no negative coefficient, exact: every choice of columns is tried."""
    count = terms.shape[1]
    scale = np.maximum(np.abs(terms).max(axis=0), 1e-300)
    best = np.zeros(count)
    least = float(values @ values)
    for size in range(1, count + 1):
        for chosen in itertools.combinations(range(count), size):
            columns = list(chosen)
            found = np.linalg.lstsq(terms[:, columns] / scale[columns], values, rcond=None)[0]
            if (found < 0).any():
                continue
            rest = values - terms[:, columns] / scale[columns] @ found
            error = float(rest @ rest)
            if error < least * (1 - 1e-12):
                least = error
                best = np.zeros(count)
                best[columns] = found / scale[columns]
    return best


def _embedding(samples: Sequence[ComputeSample]) -> LayerCost:
    """Looking up rows: a fixed part and a part per token, for one token as for many."""
    if not samples:
        return FREE
    terms = np.array([(1.0, float(sample.chunk_tokens)) for sample in samples])
    fixed, per_token = _fit(terms, _seconds(samples), CHUNK_LEANINGS[:2])
    return LayerCost(
        fixed_seconds=fixed,
        per_token_seconds=per_token,
        per_pair_seconds=0.0,
        decode_fixed_seconds=fixed + per_token,
        decode_per_context_token_seconds=0.0,
    )


def _typical(samples: Sequence[ComputeSample]) -> float | None:
    return float(np.median([sample.seconds for sample in samples])) if samples else None


def _head_by_decode(shape: ModelShape, costs: dict[str, LayerCost]) -> float:
    """A head that was too big to time: as slow for its weights as a layer is for its own."""
    layer = shape.layers[0]
    step = layer_seconds(costs[layer.kind], 1, 0)
    head = shape.head_bytes or shape.embedding_bytes
    return step * head / max(layer.weight_bytes, 1)
