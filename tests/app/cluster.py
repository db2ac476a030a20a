"""Made-up machines, links, models and plans for the scripted service."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from runtime.messages.control import DeviceDescription
from runtime.planner.values import (
    Alternative,
    DeviceProfile,
    Infeasible,
    LayerCost,
    LayerShape,
    LinkProfile,
    ModelShape,
    Plan,
    PlanningProblem,
    PlanOutcome,
    Prediction,
    Shortfall,
    StagePlan,
    TimelineBar,
)
from runtime.snapshots import (
    DeviceSnapshot,
    LinkSnapshot,
    MachineSnapshot,
    MachineState,
    ModelSummary,
    PoolSnapshot,
)

GIGABYTE = 2**30


class Spec(Struct, frozen=True):
    name: str
    system: str
    device: str
    kind: str
    memory_gb: float
    speed: float  # tokens/s of prefill, the whole model alone
    latency: float
    megabits: float


SPECS = (
    Spec("Study", "Windows 11", "NVIDIA GeForce RTX 4070", "cuda", 12, 2100, 0.0, 0),
    Spec(
        "Old workstation", "Ubuntu 24.04", "NVIDIA GeForce GTX 1080 Ti", "cuda", 11, 640, 4e-4, 940
    ),
    Spec("Laptop", "macOS 15", "Apple M2 Pro", "mps", 16, 520, 3.1e-3, 310),
    Spec(
        "The very quiet machine in the living room",
        "Windows 10",
        "Intel Core i5-8400",
        "cpu",
        16,
        62,
        6e-4,
        930,
    ),
    Spec("render-box", "Debian 13", "NVIDIA GeForce RTX 3090", "cuda", 24, 1900, 3e-4, 2350),
    Spec("Mac mini", "macOS 15", "Apple M4", "mps", 16, 430, 5e-4, 930),
    Spec("lab-01", "Ubuntu 22.04", "NVIDIA RTX A4000", "cuda", 16, 1100, 2e-4, 9400),
    Spec("lab-02", "Ubuntu 22.04", "NVIDIA RTX A4000", "cuda", 16, 1090, 2e-4, 9400),
    Spec("lab-03", "Ubuntu 22.04", "NVIDIA RTX A4000", "cuda", 16, 1105, 2e-4, 9400),
    Spec("lab-04", "Ubuntu 22.04", "AMD Ryzen 9 5950X", "cpu", 64, 160, 2e-4, 9400),
    Spec("Gästezimmer-Rechner", "Windows 11", "AMD Radeon RX 7800 XT", "cuda", 16, 1300, 9e-4, 920),
    Spec("NAS", "Debian 12", "Intel N100", "cpu", 16, 24, 8e-4, 930),
    Spec("工作站", "Ubuntu 24.04", "Intel Arc A770", "xpu", 16, 900, 7e-4, 930),
    Spec("old-laptop", "Windows 10", "Intel Core i7-7700HQ", "cpu", 8, 41, 5e-3, 95),
    Spec("attic", "Fedora 42", "NVIDIA GeForce RTX 2060", "cuda", 6, 580, 6e-4, 940),
    Spec("garage-pc", "Windows 11", "NVIDIA GeForce RTX 3060", "cuda", 12, 890, 2.4e-3, 240),
)

MODELS = (
    ModelSummary(
        model_id="demo", name="Gemma 3 270M", source="demo", architecture="Gemma3ForCausalLM",
        layer_count=18, context_tokens=32768, total_bytes=int(0.54e9),
        weight_bytes=int(0.54e9), cache_bytes_per_token=6144, cache_bytes_of_windows=7_864_320,
    ),
    ModelSummary(
        model_id="qwen7", name="Qwen2.5 7B Instruct", source="/models/Qwen2.5-7B-Instruct",
        architecture="Qwen2ForCausalLM", layer_count=28, context_tokens=131072,
        total_bytes=int(15.2e9), weight_bytes=int(15.2e9), cache_bytes_per_token=57_344,
    ),
    ModelSummary(
        model_id="llama70", name="Llama 3.3 70B Instruct",
        source="meta-llama/Llama-3.3-70B-Instruct",
        architecture="LlamaForCausalLM", layer_count=80, context_tokens=131072,
        total_bytes=int(141e9), is_installed=False,
    ),
)  # fmt: skip


def machine_id(index: int) -> str:
    """Forty characters, as a real key has."""
    return f"{index:02d}".ljust(40, "k")


def machine(
    index: int, state: MachineState = MachineState.READY, **changes: object
) -> MachineSnapshot:
    spec = SPECS[index]
    total = int(spec.memory_gb * GIGABYTE)
    is_known = state not in (MachineState.FOUND, MachineState.CONNECTING, MachineState.REFUSED)
    measured = state in (MachineState.READY, MachineState.WORKING)
    device = DeviceSnapshot(
        description=DeviceDescription(
            device_id=f"{spec.kind}:0", kind=spec.kind, index=0, name=spec.device,
            total_memory_bytes=total, free_memory_bytes=int(total * 0.83), threads=8,
        ),
        prefill_tokens_per_second=spec.speed if measured else None,
        decode_tokens_per_second=spec.speed / 30 if measured else None,
    )  # fmt: skip
    fields: dict[str, object] = {
        "machine_id": machine_id(index),
        "name": spec.name,
        "system": spec.system,
        "addresses": (f"192.168.1.{20 + index}",),
        "state": state,
        "devices": (device,) if is_known or index == 0 else (),
        "total_memory_bytes": total,
        "free_memory_bytes": int(total * 0.83),
        "cpu_percent": 7.0,
        "temperature_celsius": 51.0 if spec.kind == "cuda" else None,
        "is_this_machine": index == 0,
        "is_paired": index == 0 or is_known,
    }
    return MachineSnapshot(**{**fields, **changes})  # type: ignore[arg-type]


def pool(machines: tuple[MachineSnapshot, ...], notice: str = "") -> PoolSnapshot:
    """A pool with links from this machine to every measured one and between neighbours."""
    measured = [m for m in machines if m.state in (MachineState.READY, MachineState.WORKING)]
    links: list[LinkSnapshot] = []
    for first, second in [
        *((measured[0], other) for other in measured[1:]),
        *pairwise(measured[1:]),
    ]:
        slower = min(
            (s for s in (spec_of(first.machine_id), spec_of(second.machine_id)) if s.megabits),
            key=lambda s: s.megabits,
        )
        links += (
            LinkSnapshot(
                from_machine_id=a.machine_id, to_machine_id=b.machine_id,
                latency_seconds=slower.latency, bytes_per_second=slower.megabits * 1e6 / 8,
            )
            for a, b in ((first, second), (second, first))
        )  # fmt: skip
    return PoolSnapshot(machines=machines, links=tuple(links), notice=notice)


def spec_of(key: str) -> Spec:
    return SPECS[int(key[:2])]


def model_shape(model: ModelSummary) -> ModelShape:
    layer_bytes = int(model.total_bytes * 0.92 / model.layer_count)
    return ModelShape(
        name=model.name, hidden_size=4096, vocabulary_size=150_000,
        context_tokens=model.context_tokens,
        layers=tuple(
            LayerShape(
                kind="full", weight_bytes=layer_bytes, kv_bytes_per_token=4096,
                parameters_per_token=layer_bytes // 2,
            )
            for _ in range(model.layer_count)
        ),
        embedding_bytes=int(model.total_bytes * 0.04), head_bytes=int(model.total_bytes * 0.04),
    )  # fmt: skip


def problem(
    members: tuple[MachineSnapshot, ...], links: tuple[LinkSnapshot, ...], model: ModelSummary,
    prompt_tokens: int, output_tokens: int,
) -> PlanningProblem:  # fmt: skip
    def cost(seconds: float) -> LayerCost:
        return LayerCost(
            fixed_seconds=seconds * 12, per_token_seconds=seconds,
            per_pair_seconds=seconds / 30_000, decode_fixed_seconds=seconds * 30,
            decode_per_context_token_seconds=seconds / 3000,
        )  # fmt: skip

    devices = tuple(
        DeviceProfile(
            machine_id=m.machine_id, device_id=m.devices[0].description.device_id,
            name=f"{m.name}: {m.devices[0].description.name}",
            layer_costs={"full": cost(1 / (spec_of(m.machine_id).speed * model.layer_count))},
            embedding=cost(1e-7), head=cost(2 / (spec_of(m.machine_id).speed * model.layer_count)),
            chunk_overhead_seconds=0.002,
            memory_limit_bytes=m.memory_limit_bytes or int(m.free_memory_bytes * 0.9),
            floor_memory_bytes=GIGABYTE // 3,
        )
        for m in members
    )  # fmt: skip
    return PlanningProblem(
        model=model_shape(model), devices=devices,
        links=tuple(
            LinkProfile(
                from_machine_id=k.from_machine_id, to_machine_id=k.to_machine_id,
                latency_seconds=k.latency_seconds, bytes_per_second=k.bytes_per_second,
            )
            for k in links
        )
        + tuple(_unmeasured_links(members, links)),
        prompt_tokens=prompt_tokens, output_tokens=output_tokens,
        main_machine_id=members[0].machine_id,
    )  # fmt: skip


def _unmeasured_links(
    members: tuple[MachineSnapshot, ...], links: tuple[LinkSnapshot, ...]
) -> list[LinkProfile]:
    """What the pool's picture leaves out: the planner knows the link of every pair."""
    known = {(k.from_machine_id, k.to_machine_id) for k in links}
    pairs = [(a.machine_id, b.machine_id) for a in members for b in members if a is not b]
    return [
        LinkProfile(
            from_machine_id=a, to_machine_id=b, latency_seconds=5e-4, bytes_per_second=1.1e8
        )
        for a, b in pairs
        if (a, b) not in known
    ]


def scripted_plan(question: PlanningProblem, *, infeasible: bool = False) -> PlanOutcome:
    """Layers in proportion to speed, chunks of one length: good enough to look at."""
    count = len(question.model.layers)
    needed = sum(layer.weight_bytes for layer in question.model.layers)
    if infeasible:
        return Infeasible(
            reason=f"{question.model.name} needs {needed / 1e9:.1f} GB and the pool has less.",
            shortfalls=tuple(
                Shortfall(
                    machine_id=d.machine_id, device_id=d.device_id,
                    needed_bytes=d.memory_limit_bytes * 2, limit_bytes=d.memory_limit_bytes,
                )
                for d in question.devices
            ),
            suggestions=("Choose a smaller model.", "Add a machine with 24 GB of free memory."),
            weight_bits=4,
        )  # fmt: skip
    devices = question.devices[:count]
    speeds = [1 / d.layer_costs["full"].per_token_seconds for d in devices]
    edges = [round(count * sum(speeds[:i]) / sum(speeds)) for i in range(len(devices) + 1)]
    shares = [(d, a, b) for d, a, b in zip(devices, edges, edges[1:], strict=False) if b > a]
    stages = tuple(
        StagePlan(
            machine_id=d.machine_id, device_id=d.device_id, first_layer=a, last_layer=b,
            memory_bytes=int(sum(x.weight_bytes for x in question.model.layers[a:b]) * 1.2),
            memory_limit_bytes=d.memory_limit_bytes,
        )
        for d, a, b in shares
    )  # fmt: skip
    chunk = max(256, question.prompt_tokens // 16)
    lengths = [chunk] * (question.prompt_tokens // chunk)
    if rest := question.prompt_tokens - sum(lengths):
        lengths.append(rest)
    bars: list[TimelineBar] = []
    finish = [0.0] * len(shares)
    for number, tokens in enumerate(lengths):
        arrived = 0.0
        for stage, (d, a, b) in enumerate(shares):
            seconds = d.layer_costs["full"].per_token_seconds * tokens * (b - a)
            start = max(arrived, finish[stage])
            finish[stage] = start + seconds
            bars.append(TimelineBar(stage, number, start, finish[stage]))
            arrived = finish[stage]
            if stage < len(shares) - 1:
                sending = 0.001 + tokens * question.model.hidden_size * 2 / 1.1e8
                bars.append(TimelineBar(stage, number, arrived, arrived + sending, on_link=True))
                arrived += sending
    busy = tuple(
        sum(b.end_seconds - b.start_seconds for b in bars if b.stage == s and not b.on_link)
        for s in range(len(shares))
    )
    ttft = max(finish, default=0.0)
    tpot = 0.03 + 0.002 * len(shares)
    alone = question.prompt_tokens / spec_of(devices[0].machine_id).speed
    return Plan(
        stages=stages, chunk_lengths=tuple(lengths), weight_bits=question.weight_bits,
        prediction=Prediction(
            ttft_seconds=ttft, tpot_seconds=tpot,
            answer_seconds=ttft + tpot * question.output_tokens,
            documents_per_hour=3600 / max(1e-9, ttft + tpot * question.output_tokens),
            bubble_fraction=1 - sum(busy) / max(1e-9, ttft * len(shares)),
            slowest_stage=max(range(len(shares)), key=lambda s: busy[s]),
            stage_busy_seconds=busy, timeline=tuple(bars),
        ),
        reason="The layers follow the measured speed of each machine.",
        alternatives=(
            Alternative(name="Study alone", ttft_seconds=alone, answer_seconds=alone + 9),
            Alternative(name="Even layers", ttft_seconds=ttft * 1.8, answer_seconds=ttft * 1.8 + 9),
        ),
        lower_bound_seconds=ttft * 0.9, planning_seconds=0.04,
    )  # fmt: skip
