"""Random heterogeneous clusters with a fixed seed, for what the planner claims of itself."""

from __future__ import annotations

import math
import random

from runtime.planner.described_model import ModelFigures, shape_of
from runtime.planner.figures import DeviceFigures, profile_of
from runtime.planner.values import LinkProfile, ModelShape, PlanningProblem

SEED = 20_260
GIGABIT_BYTES = 125e6
SPEED_RATIO = 20.0

MODELS = (
    ModelFigures(
        name="1B", layers=16, hidden_size=2048, intermediate_size=8192, attention_heads=32,
        key_value_heads=8, vocabulary_size=128_256, tied=True,
    ),
    ModelFigures(
        name="8B", layers=32, hidden_size=4096, intermediate_size=14_336, attention_heads=32,
        key_value_heads=8, vocabulary_size=128_256,
    ),
    ModelFigures(
        name="27B, sliding", layers=62, hidden_size=5376, intermediate_size=21_504,
        attention_heads=32, key_value_heads=16, head_size=128, vocabulary_size=262_144, tied=True,
        window_tokens=1024, full_attention_every=6,
    ),
    ModelFigures(
        name="70B", layers=80, hidden_size=8192, intermediate_size=28_672, attention_heads=64,
        key_value_heads=8, vocabulary_size=128_256,
    ),
)  # fmt: skip


def random_cluster(index: int, seed: int = SEED) -> PlanningProblem:
    """Cluster number `index`: 2 to 8 devices up to 20 times as fast as each other, links of 0.1 to
    10 Gb/s, 4K to 128K tokens, memory that holds the model at least one and a half times.
    """
    source = random.Random(seed * 1_000_003 + index)
    model = shape_of(source.choice(MODELS))
    count = source.randint(2, 8)
    tokens = round(math.exp(source.uniform(math.log(4096), math.log(131_072))))
    fastest = math.exp(source.uniform(math.log(2.0), math.log(120.0)))
    speeds = [fastest * SPEED_RATIO ** -source.random() for _ in range(count)]
    needed = model_bytes(model, tokens)
    shares = [source.uniform(0.3, 1.5) for _ in speeds]
    scale = needed * source.uniform(1.5, 4.0) / sum(shares)
    names = [f"machine-{number + 1}" for number in range(count)]
    devices = []
    for name, speed, share in zip(names, speeds, shares, strict=True):
        figures = DeviceFigures(
            prefill_tflops=speed,
            memory_gb_per_second=speed * source.uniform(6, 25),
            memory_gb=share * scale / 1e9,
            launch_ms=source.uniform(0.03, 0.3),
            chunk_overhead_ms=source.uniform(0.5, 3.0),
        )
        devices.append(profile_of(figures, model, machine_id=name, device_id="0", name=name))
    return PlanningProblem(
        model=model,
        devices=tuple(devices),
        links=_links(source, names),
        prompt_tokens=tokens,
        output_tokens=0,
        main_machine_id=names[0],
    )


def model_bytes(model: ModelShape, tokens: int) -> float:
    weights = sum(layer.weight_bytes for layer in model.layers)
    cached = sum(
        layer.kv_bytes_per_token * min(tokens, layer.window_tokens or tokens)
        for layer in model.layers
    )
    return float(weights + cached + model.embedding_bytes + model.head_bytes)


def _links(source: random.Random, names: list[str]) -> tuple[LinkProfile, ...]:
    found = []
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            gigabits = 10 ** source.uniform(-1, 1)
            latency = source.uniform(1e-4, 3e-3)
            for sender, receiver in ((one, other), (other, one)):
                found.append(
                    LinkProfile(
                        from_machine_id=sender,
                        to_machine_id=receiver,
                        latency_seconds=latency,
                        bytes_per_second=gigabits * GIGABIT_BYTES,
                    )
                )
    return tuple(found)


def large_cluster(devices: int) -> PlanningProblem:
    """Unequal devices for a 70B model and a 64K-token prompt, every pair joined by another link."""
    source = random.Random(SEED + devices)
    model = shape_of(MODELS[-1])
    names = [f"machine-{number + 1}" for number in range(devices)]
    profiles = []
    for name in names:
        speed = 100 * SPEED_RATIO ** -source.random()
        figures = DeviceFigures(
            prefill_tflops=speed,
            memory_gb_per_second=speed * source.uniform(6, 25),
            memory_gb=source.choice([24, 32, 48, 80]),
        )
        profiles.append(profile_of(figures, model, machine_id=name, device_id="0", name=name))
    return PlanningProblem(
        model=model,
        devices=tuple(profiles),
        links=_links(source, names),
        prompt_tokens=65_536,
        output_tokens=0,
        main_machine_id=names[0],
    )
