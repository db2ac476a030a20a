"""The most memory that an engine on a CPU takes, beside what the planner expects of it.

    python -m tests.benchmarks.engine_memory --bits 16 8 4 --tokens 1024 16384 65536

For each case a new process loads a whole model of random weights as an engine does, and reads a
text: of a long one only some chunks, the keys and values between them are made up, but written.
Told are the most resident memory (while loading, while reading) above what the process held before,
the planner's figure without that, and what is left once the session is closed. With --limit an
engine may take no more than so many MB beside that, as if the machine had no more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil
import torch
import transformers

from runtime.coordinator.measuring import measure_command
from runtime.engine import attention, memory
from runtime.engine.executor import Executor
from runtime.engine.measure import measure
from runtime.messages.stage import Chunk, LoadStage, OpenSession
from runtime.models.manifest import ModelManifest
from runtime.models.shape import model_shape
from runtime.models.store import ModelStore
from runtime.planner.memory import expected_bytes
from runtime.planner.values import DeviceProfile, LayerCost, PlanningProblem, SpareMemory
from runtime.worker.large_pages import large_pages

SHAPE: dict[str, Any] = {
    "vocab_size": 32_768,
    "hidden_size": 2_048,
    "intermediate_size": 8_192,
    "num_hidden_layers": 5,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 131_072,
}
# One layer in five attends to everything, as in Gemma 3.
WINDOWED = {"sliding_window": 512, "layer_types": ["sliding_attention"] * 4 + ["full_attention"]}
FAMILIES = {
    "llama": (transformers.LlamaConfig, {"tie_word_embeddings": False}),
    "gemma": (transformers.Gemma3TextConfig, {"tie_word_embeddings": True, **WINDOWED}),
}
FREE = LayerCost(
    fixed_seconds=0.0,
    per_token_seconds=0.0,
    per_pair_seconds=0.0,
    decode_fixed_seconds=0.0,
    decode_per_context_token_seconds=0.0,
)
MIB = 1024**2
# As planning leaves it free on a machine without a limit.
RESERVE_SHARE = 0.1
# Of a long text about so many chunks are read: as many as there are kernels kept for.
CHUNKS_READ = 20
CPU = torch.device("cpu")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    # As an engine does for itself, in the processes that are started here.
    os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "128"
    parser.add_argument("--families", nargs="*", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--bits", type=int, nargs="*", default=[16, 8, 4], choices=[32, 16, 8, 4])
    parser.add_argument("--tokens", type=int, nargs="*", default=[1_024, 16_384, 65_536])
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="in MB, beside what an idle engine takes")
    chosen = parser.parse_args(arguments)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for family in chosen.families:
            place = Path(folder) / family
            write_model(family, place)
            for bits in chosen.bits:
                spare = in_a_process(spare_of, place, bits)
                for tokens in chosen.tokens:
                    limit = None if chosen.limit is None else chosen.limit * MIB
                    case = (place, bits, tokens, chosen.chunk, limit, chosen.threads, spare)
                    found = {"family": family, **in_a_process(run, *case)}
                    worst = max(worst, abs(found["ratio"] - 1))
                    print(json.dumps(found), flush=True)
    print(f"farthest from what was expected: {worst:.0%}")
    return 0


def in_a_process(work: Callable[..., Any], *given: Any) -> Any:
    """What a function returns that runs in a new process, started as engines are."""
    os.environ.update(large_pages())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def write_model(family: str, folder: Path) -> None:
    """A checkpoint in 16 bits, with its weights in a single file."""
    kind, changes = FAMILIES[family]
    model = transformers.AutoModelForCausalLM.from_config(
        kind(**SHAPE, **changes), dtype=torch.bfloat16
    )
    model.save_pretrained(folder, max_shard_size="100GB")


def be_an_engine(threads: int) -> None:
    transformers.utils.logging.disable_progress_bar()
    attention.register()
    memory.keep_freed_memory()
    torch.set_num_threads(threads)


def spare_of(folder: Path, bits: int) -> tuple[SpareMemory, ...]:
    """What an engine tells of the weights that it keeps to be faster, when it is measured."""
    be_an_engine(1)
    with tempfile.TemporaryDirectory() as own:
        command = measure_command(ModelStore(Path(own)).register_folder(folder), bits)
    quick = msgspec.structs.replace(command, chunk_lengths=(1, 32), prefix_lengths=(0,))
    return measure(quick, CPU, 0, lambda _progress: None).spare


def run(
    folder: Path,
    bits: int,
    tokens: int,
    chunk: int,
    limit: int | None,
    threads: int,
    spare: tuple[SpareMemory, ...],
) -> dict[str, Any]:
    """One case, in a process of its own."""
    be_an_engine(threads)
    with tempfile.TemporaryDirectory() as own:
        store = ModelStore(Path(own))
        manifest = store.register_folder(folder)
        before, floor = memory.held_bytes(CPU), memory.floor_bytes(CPU)
        most = int(memory.free_bytes(CPU) * (1 - RESERVE_SHARE)) if limit is None else floor + limit
        executor = Executor(CPU, store, most, floor)
        loading = Peak()
        load(executor, manifest, bits)
        loaded, most_loading = memory.held_bytes(CPU), loading.stop()
        reading = Peak()
        read(executor, tokens, chunk)
        held, most_reading = memory.held_bytes(CPU), reading.stop()
        executor.close_session("text")
        figures = {
            "loading": most_loading - before,
            "loaded": loaded - before,
            "reading": most_reading - before,
            "held": held - before,
            "closed": memory.held_bytes(CPU) - before,
            "weights": executor.stage.weight_bytes,
            "spare": executor.stage.spare_bytes,
            "keys_and_values": executor.stage.kv_bytes(tokens, chunk),
            "predicted": floor
            - before
            + predicted(manifest, bits, tokens, chunk, most - floor, spare),
        }
    peak = max(most_loading, most_reading) - before
    return {
        "bits": bits,
        "tokens": tokens,
        **{f"{name}_mib": round(value / MIB) for name, value in figures.items()},
        "ratio": round(peak / figures["predicted"], 3),
    }


def load(executor: Executor, manifest: ModelManifest, bits: int) -> None:
    command = LoadStage(
        model_id=manifest.model_id,
        config=manifest.config,
        layer_count=manifest.layer_count,
        first_layer=0,
        last_layer=manifest.layer_count,
        stage=0,
        weight_bits=bits,  # type: ignore[arg-type]
    )
    executor.load(command, lambda _done, _total: None)


def read(executor: Executor, tokens: int, chunk: int) -> None:
    """Read a text in chunks, and write one token; what lies between the chunks is made up."""
    executor.open_session(b"", OpenSession(session="text", capacity_tokens=tokens + 1))
    session = executor.sessions.get("text")
    starts = [*range(0, tokens, chunk), tokens]
    step = -(-len(starts) // CHUNKS_READ)
    for number, start in enumerate(starts):
        if number % step and number < len(starts) - 3:
            continue
        if start > session.length:
            session.cache.pretend(start)
            session.length = start
        if number == len(starts) - 2 and step > 1:
            session.cache.fill_with_noise()
        count = min(chunk, max(tokens - start, 1))
        message = Chunk(
            session="text",
            sequence=number,
            position=start,
            tokens=count,
            output="sample" if number >= len(starts) - 2 else "none",
        )
        ids = np.arange(count, dtype=np.int32)
        executor.compute(session, message, [memoryview(ids.tobytes())])


def predicted(
    manifest: ModelManifest,
    bits: int,
    tokens: int,
    chunk: int,
    limit: int,
    spare: tuple[SpareMemory, ...],
) -> int:
    """What the planner expects, without what the process takes while it is idle."""
    shape = model_shape(manifest, bits)
    device = DeviceProfile(
        machine_id="this",
        device_id="cpu",
        name="this",
        layer_costs={layer.kind: FREE for layer in shape.layers},
        embedding=FREE,
        head=FREE,
        chunk_overhead_seconds=0.0,
        memory_limit_bytes=limit,
        spare=spare,
    )
    problem = PlanningProblem(
        model=shape,
        devices=(device,),
        links=(),
        prompt_tokens=tokens,
        output_tokens=1,
        weight_bits=bits,
    )
    return expected_bytes(problem, device, 0, len(shape.layers), chunk)


class Peak:
    """The most resident memory of this process: Linux keeps count, others are asked."""

    def __init__(self) -> None:
        self._most = 0
        self._is_over = threading.Event()
        self._watch: threading.Thread | None = None
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")
        else:
            self._watch = threading.Thread(target=self._look, daemon=True)
            self._watch.start()

    def _look(self) -> None:
        while not self._is_over.wait(0.002):
            self._most = max(self._most, psutil.Process().memory_info().rss)

    def stop(self) -> int:
        if self._watch is None:
            lines = Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
        self._is_over.set()
        self._watch.join()
        return self._most


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
