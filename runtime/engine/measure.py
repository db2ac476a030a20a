"""How fast a device computes a model's layers, timed on random weights."""

from __future__ import annotations

import copy
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from msgspec import Struct

from runtime.engine import memory
from runtime.engine.configuration import parse_config
from runtime.engine.device import compute_dtype, synchronise
from runtime.engine.loading import on_device
from runtime.engine.quickening import quicken
from runtime.engine.split import Extent, stage_class
from runtime.engine.stage import Stage
from runtime.errors import HPipeError, ModelError
from runtime.messages.stage import MeasureDevice, MeasureProgress
from runtime.planner.values import EMBEDDING, HEAD, ComputeSample, DeviceMeasurement

ProgressListener = Callable[[MeasureProgress], None]

# What all timings together may take on a slow device; beyond it only the smallest are made.
BUDGET_SECONDS = 10.0
_COPIES = 2
_ALWAYS_MADE = 4
# The chunk and the prefix whose timing says most about a device.
TYPICAL_CHUNK = 256
TYPICAL_PREFIX = 4096
_REPETITIONS = 3
_RANDOM_VALUES = 1 << 20


class _Task(Struct, frozen=True):
    """One timing to make. work estimates its cost beside the others of its kind."""

    kind: str
    chunk_tokens: int
    prefix_tokens: int
    work: float


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
    deadline = time.monotonic() + BUDGET_SECONDS
    kinds = list(command.layer_indices.items())
    parts = len(kinds) + 1

    def add(sample: ComputeSample, part: int, share: float) -> None:
        samples.append(sample)
        on_progress(MeasureProgress(fraction=(part + share) / parts, sample=sample))

    for part, (kind, index) in enumerate(kinds):
        until = time.monotonic() + (deadline - time.monotonic()) / (parts - part)
        timed = _measure_layers(
            command, config, kind, index, device=device, dtype=dtype, until=until
        )
        for sample, share in timed:
            add(sample, part, share)
        memory.return_unused(device)
    for sample in _measure_ends(command, config, device, dtype):
        add(sample, len(kinds), 0.5)
    return DeviceMeasurement(
        samples=tuple(samples), free_memory_bytes=free, floor_memory_bytes=floor_bytes
    )


def random_stage(config: Any, extent: Extent, device: torch.device, dtype: torch.dtype) -> Stage:
    """A stage with random weights, made without reading anything from disk."""
    kind = stage_class(config, extent)
    with torch.device("meta"):
        shapes = {
            name: tensor.shape for name, tensor in kind(copy.deepcopy(config)).state_dict().items()
        }
    values = torch.randn(_RANDOM_VALUES, generator=torch.Generator().manual_seed(1)) * 0.02
    values = values.to(dtype)
    state = {name: _RandomTensor(shape, values) for name, shape in shapes.items()}
    model = kind.from_pretrained(
        None,
        config=config,
        state_dict=state,
        dtype=dtype,
        local_files_only=True,
    )
    return Stage(on_device(model, device), extent, device)


class _RandomTensor:
    """Values that come into being when the loader asks for them, so that memory is taken once."""

    def __init__(self, shape: torch.Size, values: torch.Tensor) -> None:
        self._shape = shape
        self._values = values

    def __getitem__(self, _place: Any) -> torch.Tensor:
        count = self._shape.numel()
        repeats = -(-count // self._values.numel())
        return self._values.repeat(repeats)[:count].view(self._shape)

    def get_shape(self) -> list[int]:
        return list(self._shape)


def _measure_layers(
    command: MeasureDevice,
    config: Any,
    kind: str,
    index: int,
    *,
    device: torch.device,
    dtype: torch.dtype,
    until: float,
) -> Iterator[tuple[ComputeSample, float]]:
    extent = Extent(layers=(index,) * _COPIES, has_embedding=False, has_head=False)
    stage = random_stage(config, extent, device, dtype)
    quicken(stage, command.weight_bits, memory.free_bytes(device))
    window = max((cost.window_tokens or 0 for cost in stage.kv_costs()), default=0)
    tasks = _tasks(command, kind, window, int(config.hidden_size))
    room = memory.free_bytes(device) // 2
    rates: dict[bool, float] = {}
    for number, task in enumerate(tasks):
        # The first few are always made, however slow the device is: a plan needs something.
        is_decode = task.chunk_tokens == 1
        expected = (_REPETITIONS + 1) * rates.get(is_decode, 0.0) * task.work
        late = number >= _ALWAYS_MADE and time.monotonic() + expected > until
        if late or stage.kv_bytes(task.prefix_tokens + task.chunk_tokens) > room:
            continue
        seconds = _time_task(stage, task, until)
        rates[is_decode] = seconds / task.work
        sample = ComputeSample(
            kind=kind,
            layers=_COPIES,
            chunk_tokens=task.chunk_tokens,
            prefix_tokens=task.prefix_tokens,
            seconds=seconds,
        )
        yield sample, (number + 1) / len(tasks)


def _tasks(command: MeasureDevice, kind: str, window: int, hidden_size: int) -> list[_Task]:
    """All pairs worth timing: those a plan cannot do without, then the others, cheap ones first.

    Prefixes beyond a window all cost the same.
    """
    prefixes = sorted(set(command.prefix_lengths))
    if window:
        longer = [prefix for prefix in prefixes if prefix >= window]
        prefixes = [prefix for prefix in prefixes if prefix < window] + longer[:1]
    tasks = [
        _Task(kind, chunk, prefix, chunk * (12 * hidden_size + prefix + chunk / 2))
        for chunk in sorted({1, *command.chunk_lengths})
        for prefix in prefixes
    ]
    prefill = [length for length in command.chunk_lengths if length > 1]
    typical = min(prefill, key=lambda length: abs(length - TYPICAL_CHUNK), default=1)
    farther = [prefix for prefix in prefixes if 0 < prefix <= TYPICAL_PREFIX] or prefixes
    needed = [(chunk, prefix) for prefix in (prefixes[0], farther[-1]) for chunk in (typical, 1)]

    def place(task: _Task) -> tuple[int, float]:
        pair = (task.chunk_tokens, task.prefix_tokens)
        return (needed.index(pair) if pair in needed else len(needed), task.work)

    return sorted(tasks, key=place)


def _time_task(stage: Stage, task: _Task, until: float) -> float:
    cache = stage.new_cache(task.prefix_tokens + task.chunk_tokens)
    hidden = torch.randn(task.chunk_tokens, stage.hidden_size).to(stage.device, stage.dtype)
    stage.advance(hidden[:1], 0, cache)

    def run() -> None:
        cache.pretend(task.prefix_tokens)
        stage.advance(hidden, task.prefix_tokens, cache)

    return median_seconds(run, stage.device, until)


def median_seconds(run: Callable[[], object], device: torch.device, until: float) -> float:
    """Seconds of a run: the first, which warms up, is dropped unless time is short."""
    seconds: list[float] = []
    while len(seconds) <= _REPETITIONS:
        synchronise(device)
        started = time.perf_counter()
        run()
        synchronise(device)
        seconds.append(time.perf_counter() - started)
        if time.monotonic() > until:
            break
    return statistics.median(seconds[1:] or seconds)


def _measure_ends(
    command: MeasureDevice, config: Any, device: torch.device, dtype: torch.dtype
) -> Iterator[ComputeSample]:
    extent = Extent(layers=(0,), has_embedding=True, has_head=True)
    try:
        stage = random_stage(config, extent, device, dtype)
    except HPipeError:
        raise
    except (RuntimeError, MemoryError) as problem:
        if not memory.is_out_of_memory(problem):
            raise
        # A device too small for the ends of a model can still hold layers between them.
        gc.collect()
        return
    quicken(stage, command.weight_bits, memory.free_bytes(device))
    until = time.monotonic() + BUDGET_SECONDS / 5
    for chunk in sorted(set(command.chunk_lengths)):
        ids = torch.randint(0, stage.vocabulary_size, (chunk,), device=device)
        seconds = median_seconds(partial(stage.embed, ids), device, until)
        yield ComputeSample(
            kind=EMBEDDING, layers=1, chunk_tokens=chunk, prefix_tokens=0, seconds=seconds
        )
    hidden = torch.randn(1, stage.hidden_size).to(device, dtype)
    seconds = median_seconds(partial(stage.logits, hidden, likeliest_only=True), device, until)
    yield ComputeSample(kind=HEAD, layers=1, chunk_tokens=1, prefix_tokens=0, seconds=seconds)
