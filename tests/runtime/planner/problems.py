"""Made-up models, devices and whole problems for the planner's tests."""

from __future__ import annotations

import random

import msgspec

from runtime.planner.values import (
    ChunkCost,
    DeviceProfile,
    Goal,
    LayerCost,
    LayerShape,
    LinkProfile,
    ModelShape,
    PlanningProblem,
)

GIGABIT = 125e6


def model(
    layers: int = 12,
    *,
    hidden: int = 1024,
    window: int | None = None,
    sliding_every: int = 0,
    weight_bytes: int = 25_000_000,
    kv_bytes: int = 2048,
    last_layer_share: float = 0.2,
) -> ModelShape:
    """sliding_every 3: every third layer attends to everything, the others to a window."""
    shapes = []
    for index in range(layers):
        full = not sliding_every or index % sliding_every == sliding_every - 1
        shapes.append(
            LayerShape(
                kind="full" if full else "sliding",
                weight_bytes=weight_bytes,
                kv_bytes_per_token=kv_bytes,
                parameters_per_token=weight_bytes // 2,
                window_tokens=None if full else window or 512,
            )
        )
    return ModelShape(
        name="Test model",
        hidden_size=hidden,
        vocabulary_size=32000,
        context_tokens=131072,
        layers=tuple(shapes),
        embedding_bytes=2 * 32000 * hidden,
        head_bytes=2 * 32000 * hidden,
        intermediate_size=4 * hidden,
        attention_heads=16,
        last_layer_share=last_layer_share,
    )


def cost(
    speed: float, *, parameters: float = 12.5e6, hidden: int = 1024, fixed: float = 2e-4
) -> LayerCost:
    """A layer on a device of `speed` FLOP/s whose memory is a hundredth as fast in bytes."""
    bandwidth = speed / 100
    return LayerCost(
        fixed_seconds=fixed,
        per_token_seconds=2 * parameters / speed,
        per_pair_seconds=4 * hidden / speed,
        decode_fixed_seconds=2 * parameters / bandwidth,
        decode_per_context_token_seconds=2048 / bandwidth,
    )


def device(
    name: str,
    speed: float = 1e12,
    memory_bytes: int = 8_000_000_000,
    *,
    overhead: float = 1e-3,
    kinds: tuple[str, ...] = ("full", "sliding"),
    fixed: float = 2e-4,
) -> DeviceProfile:
    end = LayerCost(
        fixed_seconds=1e-5,
        per_token_seconds=1e-8,
        per_pair_seconds=0.0,
        decode_fixed_seconds=6.6e7 / (speed / 100),
        decode_per_context_token_seconds=0.0,
    )
    return DeviceProfile(
        machine_id=name,
        device_id="cpu",
        name=name,
        layer_costs={kind: cost(speed, fixed=fixed) for kind in kinds},
        embedding=end,
        head=end,
        chunk_overhead_seconds=overhead,
        memory_limit_bytes=memory_bytes,
    )


def bent(profile: DeviceProfile, seed: int) -> DeviceProfile:
    """The same device with costs by chunk length, off the straight line and not all at once."""
    source = random.Random(seed)

    def by_length(cost: LayerCost) -> LayerCost:
        table, seconds = [], 0.0
        for tokens in (32, 128, 256, 1024):
            line = cost.fixed_seconds + cost.per_token_seconds * tokens
            seconds = max(seconds, line * source.uniform(0.7, 1.6))
            pair = cost.per_pair_seconds * source.uniform(0.6, 1.8)
            table.append(ChunkCost(tokens=tokens, seconds=seconds, per_pair_seconds=pair))
        return msgspec.structs.replace(cost, by_length=tuple(table))

    costs = {kind: by_length(cost) for kind, cost in profile.layer_costs.items()}
    return msgspec.structs.replace(profile, layer_costs=costs)


def links(
    machines: list[str] | tuple[str, ...],
    bytes_per_second: float = GIGABIT,
    latency_seconds: float = 3e-4,
) -> tuple[LinkProfile, ...]:
    return tuple(
        LinkProfile(
            from_machine_id=one,
            to_machine_id=other,
            latency_seconds=latency_seconds,
            bytes_per_second=bytes_per_second,
        )
        for one in machines
        for other in machines
        if one != other
    )


def problem(
    speeds: tuple[float, ...] = (1e12, 0.6e12, 0.4e12),
    *,
    tokens: int = 4096,
    output_tokens: int = 32,
    shape: ModelShape | None = None,
    memory_bytes: int = 8_000_000_000,
    bytes_per_second: float = GIGABIT,
    latency_seconds: float = 3e-4,
    goal: Goal = "fastest_answer",
) -> PlanningProblem:
    """Machines of these speeds, all joined by links of one rate; the first is the main one."""
    names = [f"machine-{index + 1}" for index in range(len(speeds))]
    return PlanningProblem(
        model=shape or model(),
        devices=tuple(
            device(name, speed, memory_bytes) for name, speed in zip(names, speeds, strict=True)
        ),
        links=links(names, bytes_per_second, latency_seconds),
        prompt_tokens=tokens,
        output_tokens=output_tokens,
        main_machine_id=names[0] if names else "",
        goal=goal,
    )


def random_problem(seed: int, *, devices: int, layers: int, tokens: int) -> PlanningProblem:
    """Unequal devices and links, the same for the same seed."""
    source = random.Random(seed)
    names = [f"machine-{index + 1}" for index in range(devices)]
    found = []
    for one in names:
        for other in names:
            if one != other:
                found += links([one, other], source.choice([0.1, 1, 2.5, 10]) * GIGABIT)[:1]
    profiles = [
        device(
            name,
            1e12 * 20 ** -source.random(),
            int(source.uniform(0.5, 2.0) * 1e9),
            overhead=source.uniform(1e-4, 2e-3),
            fixed=source.uniform(5e-5, 4e-4),
        )
        for name in names
    ]
    if seed % 2:
        # The first stays straight: both kinds must go together.
        profiles[1:] = [bent(profile, seed + place) for place, profile in enumerate(profiles[1:])]
    return PlanningProblem(
        model=model(layers),
        devices=tuple(profiles),
        links=tuple(found),
        prompt_tokens=tokens,
        output_tokens=source.choice([0, 1, 64]),
        main_machine_id=names[0],
    )
