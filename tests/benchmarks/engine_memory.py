"""The most memory that an engine on a CPU takes, beside what the planner expects of it.

    python -m tests.benchmarks.engine_memory --bits 16 8 4 --tokens 1024 16384 65536

For each case a new process loads a whole model of random weights as an engine does, and reads a
text: of a long one only the first and the last chunks, the keys and values between them are made
up, but written. Told are the most resident memory (while loading, while reading) above what the
process held before, the planner's figure without that, and what is left once the session is closed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
import transformers

from runtime.engine import attention, memory
from runtime.engine.executor import Executor
from runtime.messages.stage import Chunk, LoadStage, OpenSession
from runtime.models.manifest import ModelManifest
from runtime.models.shape import model_shape
from runtime.models.store import ModelStore
from runtime.planner.memory import stage_bytes
from runtime.planner.values import DeviceProfile, LayerCost, PlanningProblem

SHAPE: dict[str, Any] = {
    "vocab_size": 32_768,
    "hidden_size": 2_048,
    "intermediate_size": 8_192,
    "num_hidden_layers": 5,
    "num_attention_heads": 16,
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
# A long text's chunks that are read at its beginning, and as many at its end.
CHUNKS_READ = 3


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="*", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--bits", type=int, nargs="*", default=[16, 8, 4], choices=[32, 16, 8, 4])
    parser.add_argument("--tokens", type=int, nargs="*", default=[1_024, 16_384, 65_536])
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    start = multiprocessing.get_context("spawn")
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for family in chosen.families:
            place = Path(folder) / family
            write_model(family, place)
            for bits in chosen.bits:
                for tokens in chosen.tokens:
                    ours, its = start.Pipe()
                    case = (place, bits, tokens, chosen.chunk, chosen.threads, its)
                    process = start.Process(target=run, args=case)
                    process.start()
                    its.close()
                    found = {"family": family, **ours.recv()}
                    process.join()
                    worst = max(worst, abs(found["ratio"] - 1))
                    print(json.dumps(found), flush=True)
    print(f"farthest from what was expected: {worst:.0%}")
    return 0


def write_model(family: str, folder: Path) -> None:
    """A checkpoint in 16 bits, with its weights in a single file."""
    kind, changes = FAMILIES[family]
    model = transformers.AutoModelForCausalLM.from_config(
        kind(**SHAPE, **changes), dtype=torch.bfloat16
    )
    model.save_pretrained(folder, max_shard_size="100GB")


def run(folder: Path, bits: int, tokens: int, chunk: int, threads: int, told: Any) -> None:
    """One case, in a process of its own."""
    transformers.utils.logging.disable_progress_bar()
    attention.register()
    memory.keep_freed_memory()
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as own:
        store = ModelStore(Path(own))
        manifest = store.register_folder(folder)
        device = torch.device("cpu")
        floor = memory.held_bytes(device)
        executor = Executor(device, store, None, floor)
        loading = Peak()
        load(executor, manifest, bits)
        loaded, most_loading = memory.held_bytes(device), loading.stop()
        reading = Peak()
        read(executor, tokens, chunk)
        held, most_reading = memory.held_bytes(device), reading.stop()
        executor.close_session("text")
        figures = {
            "loading": most_loading - floor,
            "loaded": loaded - floor,
            "reading": most_reading - floor,
            "held": held - floor,
            "closed": memory.held_bytes(device) - floor,
            "weights": executor.stage.weight_bytes,
            "spare": executor.stage.spare_bytes,
            "keys_and_values": executor.stage.kv_bytes(tokens, chunk),
            "predicted": predicted(manifest, bits, tokens, chunk),
        }
    most = max(most_loading, most_reading) - floor
    told.send(
        {
            "bits": bits,
            "tokens": tokens,
            **{f"{name}_mib": round(value / MIB) for name, value in figures.items()},
            "ratio": round(most / figures["predicted"], 3),
        }
    )


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
    """Read a text in chunks, and write one token; what lies between both ends is made up."""
    executor.open_session(b"", OpenSession(session="text", capacity_tokens=tokens + 1))
    session = executor.sessions.get("text")
    starts = [*range(0, tokens, chunk), tokens]
    for number, start in enumerate(starts):
        if number == CHUNKS_READ < len(starts) - CHUNKS_READ - 1:
            session.cache.fill_with_noise()
        if CHUNKS_READ <= number < len(starts) - CHUNKS_READ - 1:
            continue
        if start > session.length:
            session.cache.pretend(start)
            session.length = start
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


def predicted(manifest: ModelManifest, bits: int, tokens: int, chunk: int) -> int:
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
        memory_limit_bytes=0,
    )
    problem = PlanningProblem(
        model=shape,
        devices=(device,),
        links=(),
        prompt_tokens=tokens,
        output_tokens=1,
        weight_bits=bits,
    )
    return stage_bytes(problem, device, 0, len(shape.layers), chunk)


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
