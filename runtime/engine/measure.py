"""How fast a device computes a model's layers, timed on random weights."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from runtime.engine import memory
from runtime.engine.cache import TOKENS_BEFORE_WINDOW
from runtime.engine.configuration import parse_config
from runtime.engine.device import compute_dtype
from runtime.engine.quickening import quicken
from runtime.engine.random_weights import random_stage
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.engine.timing import Work, time_in_rounds
from runtime.errors import HPipeError, ModelError
from runtime.messages.stage import MeasureDevice, MeasureProgress
from runtime.planner.values import (
    EMBEDDING,
    HEAD,
    ComputeSample,
    DeviceMeasurement,
    SpareMemory,
)

ProgressListener = Callable[[MeasureProgress], None]

# What all timings together may take on a slow device; beyond it only the smallest are made.
BUDGET_SECONDS = 10.0
_ENDS_SECONDS = 2.0
_COPIES = 2
# However slow the device is: a plan needs something.
_ALWAYS_MADE = 4
# The chunk and the prefix whose timing says most about a device.
_TYPICAL_CHUNK = 256
_TYPICAL_PREFIX = 4096


def measure(
    command: MeasureDevice,
    device: torch.device,
    floor_bytes: int,
    on_progress: ProgressListener,
) -> DeviceMeasurement:
    """Time each kind of layer over chunk lengths and prefixes, one token at a time, and both ends.

    Raises ModelError for a model that cannot be run.
    """
    config = parse_config(command.config)
    for index in command.layer_indices.values():
        if not 0 <= index < config.num_hidden_layers:
            raise ModelError(f"The model has no layer {index} to measure.")
    dtype = compute_dtype(device, command.weight_bits)
    free = memory.free_bytes(device)
    samples: list[ComputeSample] = []
    spare: list[SpareMemory] = []
    parts = len(command.layer_indices) + 1
    deadline = time.monotonic() + BUDGET_SECONDS

    def tell(part: int, share: float) -> None:
        on_progress(MeasureProgress(fraction=(part + share) / parts))

    for part, (kind, index) in enumerate(command.layer_indices.items()):
        extent = Extent(layers=(index,) * _COPIES, has_embedding=False, has_head=False)
        stage = random_stage(config, extent, device, dtype, command.weight_bits)
        quicken(stage, command.weight_bits, free, config.num_hidden_layers)
        spare.append(SpareMemory(kind=kind, kept_bytes=stage.spare_bytes // _COPIES))
        until = time.monotonic() + (deadline - time.monotonic()) / (parts - 1 - part)
        samples += _measure_layers(command, stage, kind, until, partial(tell, part))
        del stage
        memory.return_unused(device)
    ends = _ends_stage(config, device, dtype, command.weight_bits)
    if ends is not None:
        quicken(ends, command.weight_bits, free, config.num_hidden_layers)
        spare.append(SpareMemory(kind=HEAD, kept_bytes=ends.rough_head_bytes))
        samples += _measure_ends(command, ends, time.monotonic() + _ENDS_SECONDS)
    tell(parts, 0.0)
    return DeviceMeasurement(
        samples=tuple(samples),
        free_memory_bytes=free,
        floor_memory_bytes=floor_bytes,
        spare=tuple(spare),
    )


def _measure_layers(
    command: MeasureDevice,
    stage: Stage,
    kind: str,
    until: float,
    on_progress: Callable[[float], None],
) -> list[ComputeSample]:
    """Timings of a stage's layers, which are all of one kind."""
    layers = len(stage.extent.layers)
    kept = max((cost.window_tokens or 0 for cost in stage.kv_costs()), default=0)
    window = max(0, kept - TOKENS_BEFORE_WINDOW)
    room = memory.free_bytes(stage.device) // 2
    pairs = [
        pair for pair in chunk_prefix_pairs(command, window) if stage.kv_bytes(sum(pair)) <= room
    ]
    if not pairs:
        return []
    # One cache for all: what is timed is a session that has read as much as the prefix says.
    cache = stage.new_cache(max(sum(pair) for pair in pairs))
    longest = max(chunk for chunk, _ in pairs)
    hidden = torch.randn(longest, stage.hidden_size).to(stage.device, stage.dtype)
    stage.advance(hidden[:_TYPICAL_CHUNK], 0, cache)
    cache.fill_with_noise()

    def work(chunk: int, prefix: int) -> Work:
        def run() -> None:
            cache.pretend(prefix)
            stage.advance(hidden[:chunk], prefix, cache)

        size = chunk * (12 * stage.hidden_size + prefix + chunk / 2)
        rate = "decode" if chunk == 1 else "prefill"
        return Work(run, rate, size, is_needed=(chunk, prefix) in pairs[:_ALWAYS_MADE])

    works = [work(*pair) for pair in pairs]
    timed = time_in_rounds(works, stage.device, until, on_progress)
    return [
        ComputeSample(
            kind=kind,
            layers=layers,
            chunk_tokens=pairs[place][0],
            prefix_tokens=pairs[place][1],
            seconds=seconds,
        )
        for place, seconds in timed.items()
    ]


def chunk_prefix_pairs(command: MeasureDevice, window: int) -> list[tuple[int, int]]:
    """All pairs worth timing: those a plan cannot do without, then the others, cheap ones first.

    Prefixes beyond a window all cost the same.
    """
    prefixes = sorted(set(command.prefix_lengths))
    if window:
        longer = [prefix for prefix in prefixes if prefix >= window]
        prefixes = [prefix for prefix in prefixes if prefix < window] + longer[:1]
    lengths = sorted(set(command.chunk_lengths))
    typical = min(lengths, key=lambda length: abs(math.log(length / _TYPICAL_CHUNK)))
    farther = [prefix for prefix in prefixes if 0 < prefix <= _TYPICAL_PREFIX] or prefixes
    needed = [
        (chunk, prefix)
        for prefix in (prefixes[0], farther[-1])
        for chunk in (typical, lengths[0])
        if chunk in {typical, 1}
    ]
    others = [(chunk, prefix) for chunk in lengths for prefix in prefixes]
    others.sort(key=lambda pair: pair[0] * (pair[1] + _TYPICAL_PREFIX))
    return list(dict.fromkeys([*needed, *others]))


def _measure_ends(command: MeasureDevice, stage: Stage, until: float) -> list[ComputeSample]:
    """Timings of the embedding, and of the head for the one row that jobs need of it."""
    lengths = sorted(set(command.chunk_lengths))
    ids = torch.randint(0, stage.vocabulary_size, (lengths[-1],), device=stage.device)
    hidden = torch.randn(1, stage.hidden_size).to(stage.device, stage.dtype)

    def work(length: int) -> Work:
        if length == 1:
            return Work(partial(stage.logits, hidden, likeliest_only=True), HEAD, 1, is_needed=True)
        return Work(partial(stage.embed, ids[:length]), EMBEDDING, length, is_needed=True)

    works = [work(length) for length in lengths]
    timed = time_in_rounds(works, stage.device, until)
    return [
        ComputeSample(
            kind=works[place].rate,
            layers=1,
            chunk_tokens=lengths[place],
            prefix_tokens=0,
            seconds=seconds,
        )
        for place, seconds in timed.items()
    ]


def _ends_stage(
    config: Any, device: torch.device, dtype: torch.dtype, weight_bits: int
) -> Stage | None:
    """A stage with both ends of a model; None where the device is too small to hold them.

    Such a device can still hold layers between them.
    """
    try:
        extent = Extent(layers=(0,), has_embedding=True, has_head=True)
        return random_stage(config, extent, device, dtype, weight_bits)
    except HPipeError:
        raise
    except (RuntimeError, MemoryError) as problem:
        if not memory.is_out_of_memory(problem):
            raise
        gc.collect()
        return None
