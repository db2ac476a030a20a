"""How near an engine's stage comes to what a GPU can do: prefill, decode, and how much fits.

Run from the repository's root: python tests/benchmarks/engine_cuda.py --out result.json
16 layers of an 8B Llama shape with random weights, timed against the GPU's own rate of matrix
products and of copies. Needs torch, transformers, msgspec, numpy, safetensors, pyzmq and psutil.
--device cpu --tiny runs every section small, to try the script itself.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")

import torch
import transformers
from transformers import Gemma3TextConfig, LlamaConfig

from runtime.engine import attention, few_bits, flash_attention, packing
from runtime.engine import stage as stage_module
from runtime.engine.device import synchronise
from runtime.engine.few_bits import FewBitsLinear
from runtime.engine.random_weights import random_stage
from runtime.engine.split import Extent
from runtime.engine.stage import Stage
from runtime.planner import memory as planner_memory
from runtime.planner.weights import stored_bits

GIB = 1024**3


class Bench:
    """One device and one shape; every section fills in a part of the result."""

    def __init__(self, device: torch.device, *, tiny: bool) -> None:
        self.device = device
        self.tiny = tiny
        self.dtype = torch.bfloat16
        self.layers = 2 if tiny else 16
        self.config = LlamaConfig(
            vocab_size=512 if tiny else 128_256,
            hidden_size=128 if tiny else 4_096,
            intermediate_size=256 if tiny else 14_336,
            num_hidden_layers=self.layers,
            num_attention_heads=4 if tiny else 32,
            num_key_value_heads=2 if tiny else 8,
            head_dim=32 if tiny else 128,
            max_position_embeddings=262_144,
            rope_theta=500_000.0,
            tie_word_embeddings=False,
        )
        self.result: dict[str, Any] = {}
        self._stage: Stage | None = None

    def scaled(self, tokens: int) -> int:
        return max(tokens // 64, 8) if self.tiny else tokens

    def samples(self) -> list[tuple[int, int]]:
        """A chunk, and the prefix it comes after."""
        pairs = ((2_048, 32_768), (512, 4_096))
        return [(self.scaled(chunk), self.scaled(prefix)) for chunk, prefix in pairs]

    def middle(self, layers: int | None = None, weight_bits: int = 16) -> Stage:
        """Layers alone, without embedding and head."""
        count = layers or self.layers
        extent = Extent(layers=tuple(range(count)), has_embedding=False, has_head=False)
        return random_stage(self.config, extent, self.device, self.dtype, weight_bits)

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            self._stage = self.middle()
        return self._stage

    def seconds(self, run: Callable[[], object], repetitions: int = 5) -> float:
        """The shortest of several runs, after one that does not count."""
        run()
        best = float("inf")
        for _ in range(repetitions):
            synchronise(self.device)
            started = time.perf_counter()
            run()
            synchronise(self.device)
            best = min(best, time.perf_counter() - started)
        return best

    def busy_seconds(self, run: Callable[[], object]) -> float:
        """What the device is busy with a run, without what Python takes to start it."""
        if self.device.type != "cuda":
            return self.seconds(run)
        return flash_attention._milliseconds(run) / 1e3

    def recorded_seconds(self, run: Callable[[], object]) -> float:
        """A run as it is replayed from a recording."""
        if self.device.type != "cuda":
            return self.seconds(run)
        run()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return self.seconds(graph.replay, 20)

    # The sections, in order.

    def machine(self) -> dict[str, Any]:
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"
        return {
            "device": name,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "cudnn": torch.backends.cudnn.version() if self.device.type == "cuda" else None,
        }

    def rates(self) -> dict[str, float]:
        """The most that plain products and copies reach."""
        best = 0.0
        sizes = [(256, 256, 256)] if self.tiny else [(8192,) * 3, (16384, 8192, 8192)]
        for rows, inner, columns in sizes:
            left = torch.randn(rows, inner, device=self.device, dtype=self.dtype)
            right = torch.randn(inner, columns, device=self.device, dtype=self.dtype)
            seconds = self.seconds(lambda left=left, right=right: left @ right, 10)
            best = max(best, 2 * rows * inner * columns / seconds)
        source = torch.empty(
            (1 << 20) if self.tiny else 4 * GIB, dtype=torch.uint8, device=self.device
        )
        target = torch.empty_like(source)
        seconds = self.seconds(lambda: target.copy_(source))
        self.peak = best
        self.copy_rate = 2 * source.numel() / seconds
        return {"gemm_tflops": best / 1e12, "copy_gb_per_second": self.copy_rate / 1e9}

    def correctness(self) -> dict[str, Any]:
        """Two layers: chunks, and tokens one by one, against the stock code in one go."""
        tokens = self.scaled(6_000)
        hidden = torch.randn(tokens + 8, self.config.hidden_size).to(self.device, self.dtype)
        ours = self.middle(2)
        # Without any of what makes it fast, and with transformers' own attention.
        pack, names = stage_module.pack_layers, stage_module._IMPLEMENTATIONS
        stage_module.pack_layers = lambda *_: False
        stage_module._IMPLEMENTATIONS = {"sdpa": "stock"}
        try:
            stock = self.middle(2)
        finally:
            stage_module.pack_layers, stage_module._IMPLEMENTATIONS = pack, names
        wanted = stock.advance(hidden[:tokens], 0, stock.new_cache(tokens))
        cache = ours.new_cache(tokens + 8)
        step = self.scaled(1_700)
        parts = [
            ours.advance(hidden[start : min(start + step, tokens)], start, cache)
            for start in range(0, tokens, step)
        ]
        scale = wanted.float().abs().max()
        error = (torch.cat(parts).float() - wanted.float()).abs().max() / scale
        whole = stock.advance(hidden, 0, stock.new_cache(tokens + 8))[tokens:]
        rows = torch.cat(
            [ours.advance(hidden[at : at + 1], at, cache) for at in range(tokens, tokens + 8)]
        )
        return {
            "attention": ours.attention,
            "is_packed": ours.is_packed,
            "chunks_relative_error": float(error),
            "tokens_relative_error": float((rows.float() - whole.float()).abs().max() / scale),
            "is_token_recorded": bool(cache.token_graph),
            "modules": sorted({type(one).__name__ for one in ours._base.layers[0].modules()}),
        }

    def kernels(self) -> dict[str, Any]:
        """Attention alone, 2048 tokens after 32K and 512 after 4K, by each way there is."""
        found: dict[str, Any] = {}
        heads, kv_heads, width = (
            self.config.num_attention_heads,
            self.config.num_key_value_heads,
            self.config.head_dim,
        )
        shape = flash_attention.Shape(heads, kv_heads, width, self.dtype, self.device)
        if self.device.type == "cuda":
            found["flash_works"] = flash_attention.works(shape)
            for count, _ in self.samples():
                pays = flash_attention.merging_pays(shape, count)
                found[f"merging_pays, chunks of {count}"] = pays
        for count, prefix in self.samples():
            query, key, value = flash_attention._random(shape, count, prefix + count)
            work = 4 * heads * width * count * (prefix + count / 2)
            ways: dict[str, Callable[[], object]] = {
                "as chosen": lambda query=query, key=key, value=value: attention.chunked_attention(
                    None, query, key, value, None, scaling=0.1, is_causal=True
                )
            }
            if self.device.type == "cuda":
                ways["one flash kernel"] = lambda query=query, key=key, value=value: (
                    flash_attention.lower_right(query, key, value, None, 0.1)
                )
                ways["merged"] = lambda query=query, key=key, value=value, prefix=prefix: (
                    flash_attention.merged(query, key, value, (prefix,), 0.1)
                )
                ways["cudnn without mask"] = lambda query=query, key=key, value=value: (
                    flash_attention.maskless(query, key, value, 0.1)
                )
            for name, way in ways.items():
                label = f"{name}, {count} after {prefix}"
                try:
                    found[label] = {"tflops": work / self.busy_seconds(way) / 1e12}
                except Exception as problem:
                    found[label] = {"refused": str(problem)[:300]}
        return found

    def prefill(self, tokens: int, chunk: int, repetitions: int = 2) -> dict[str, Any]:
        tokens, chunk = self.scaled(tokens), self.scaled(chunk)
        stage = self.stage
        hidden = torch.randn(chunk, self.config.hidden_size).to(self.device, self.dtype)
        weights = sum(p.numel() for p in stage._base.layers.parameters() if p.dim() == 2)
        weights += sum(
            part.in_features * part.out_features
            for part in packing.packed_parts(stage._base.layers)
        )
        heads_width = self.config.num_attention_heads * self.config.head_dim
        pairs = tokens * (tokens + 1) // 2
        work = 2 * weights * tokens + 4 * heads_width * pairs * self.layers
        runs = []
        for _ in range(repetitions + 1):
            cache = stage.new_cache(tokens)
            synchronise(self.device)
            started = time.perf_counter()
            last = started
            chunks = []
            for start in range(0, tokens, chunk):
                stage.advance(hidden[: tokens - start], start, cache)
                synchronise(self.device)
                now = time.perf_counter()
                chunks.append(now - last)
                last = now
            runs.append((last - started, chunks))
            del cache
        first, (seconds, chunks) = runs[0][0], min(runs[1:])
        predicted = self.predicted_memory(stage.weight_bytes + stage.kv_bytes(tokens), chunk)
        return {
            "tokens": tokens,
            "chunk": chunk,
            "seconds": seconds,
            "first_run_seconds": first,
            "tokens_per_second": tokens / seconds,
            "tflops": work / seconds / 1e12,
            "share_of_peak": work / seconds / self.peak,
            "first_chunk_seconds": chunks[0],
            "last_chunk_seconds": chunks[-1],
            "peak_memory_gib": self.peak_memory(),
            "reserved_memory_gib": self.reserved_memory(),
            "predicted_memory_gib": predicted,
        }

    def predicted_memory(self, kept_bytes: float, chunk: int) -> float:
        """As the planner does: weights, keys and values, what a chunk needs, and a reserve."""
        config = self.config
        widest = max(2 * config.intermediate_size, 4 * config.hidden_size)
        activations = (
            chunk * (4 * config.hidden_size + widest) * planner_memory.ACTIVATION_VALUE_BYTES
        )
        return planner_memory.with_reserve(kept_bytes + activations) / GIB

    def peak_memory(self) -> float | None:
        if self.device.type != "cuda":
            return None
        return torch.cuda.max_memory_allocated(self.device) / GIB

    def reserved_memory(self) -> float | None:
        if self.device.type != "cuda":
            return None
        return torch.cuda.max_memory_reserved(self.device) / GIB

    def loading(self) -> dict[str, Any]:
        """What the stage takes while it is loaded and packed, and then."""
        stage = self.stage
        found: dict[str, Any] = {
            "weights_gib": stage.weight_bytes / GIB,
            "peak_memory_gib": self.peak_memory(),
            "reserved_memory_gib": self.reserved_memory(),
        }
        if self.device.type == "cuda":
            found["held_memory_gib"] = torch.cuda.memory_allocated(self.device) / GIB
            free, total = torch.cuda.mem_get_info(self.device)
            found["taken_of_device_gib"] = (total - free) / GIB
        return found

    def two_devices(self) -> dict[str, Any]:
        """Four layers of a small model, half on this device and half on the CPU, and not split."""
        config = LlamaConfig(
            vocab_size=512,
            hidden_size=256,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=64,
        )
        tokens, chunk, dtype = 300, 64, torch.float32
        cpu = torch.device("cpu")
        ids = torch.randint(0, 512, (tokens,), generator=torch.Generator().manual_seed(1))

        def logits(*parts: tuple[tuple[int, int], torch.device]) -> torch.Tensor:
            stages = [
                random_stage(config, Extent.of_range(*part, 4), device, dtype)
                for part, device in parts
            ]
            caches = [stage.new_cache(tokens) for stage in stages]
            rows = []
            for start in range(0, tokens, chunk):
                hidden = ids[start : start + chunk]
                for stage, cache in zip(stages, caches, strict=True):
                    hidden = stage.advance(hidden.to(stage.device), start, cache)
                rows.append(stages[-1].logits(hidden).cpu())
            return torch.cat(rows)

        whole = logits(((0, 4), cpu))
        errors = {
            "device then cpu": logits(((0, 2), self.device), ((2, 4), cpu)) - whole,
            "cpu then device": logits(((0, 2), cpu), ((2, 4), self.device)) - whole,
        }
        scale = float(whole.abs().max())
        return {name: float(error.abs().max()) / scale for name, error in errors.items()}

    def gemma(self) -> dict[str, Any]:
        """A shape with windows and norms that add one: chunks, and tokens in pieces."""
        config = Gemma3TextConfig(
            vocab_size=512,
            num_hidden_layers=6,
            hidden_size=640,
            intermediate_size=2_048,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=256,
            sliding_window=512,
        )
        extent = Extent.of_range(0, 6, 6)
        stage = random_stage(config, extent, self.device, self.dtype)
        exact = random_stage(config, extent, torch.device("cpu"), torch.float32)
        ids = torch.randint(0, 512, (1_100,), generator=torch.Generator().manual_seed(1))
        wanted = exact.advance(ids, 0, exact.new_cache(1_100))
        cache = stage.new_cache(1_100)
        starts = [*range(0, 1_080, 180), *range(1_080, 1_101)]
        parts = [
            stage.advance(ids[start:end].to(self.device), start, cache)
            for start, end in pairwise(starts)
        ]
        error = torch.cat(parts).float().cpu() - wanted
        graphs = stage._chunk_graphs
        return {
            "attention": stage.attention,
            "is_packed": stage.is_packed,
            "mean_relative_error": float(error.abs().mean() / wanted.abs().mean()),
            "recorded_lengths": sorted(graphs._graphs) if graphs else [],
        }

    def decode(self, context: int, count: int = 128, stage: Stage | None = None) -> dict[str, Any]:
        context, count = self.scaled(context), self.scaled(count)
        stage = stage or self.stage
        hidden = torch.randn(1, self.config.hidden_size).to(self.device, self.dtype)
        read = stage.weight_bytes + stage.kv_bytes(context)
        found: dict[str, Any] = {}
        for way in ("recorded", "in pieces"):
            cache = stage.new_cache(context + 2 * count + 8)
            chunk = torch.randn(self.scaled(512), self.config.hidden_size)
            chunk = chunk.to(self.device, self.dtype)
            for start in range(0, context, self.scaled(512)):
                stage.advance(chunk[: context - start], start, cache)
            if way == "in pieces":
                cache.token_graph = False
            position = context
            for _ in range(4):
                stage.advance(hidden, position, cache)
                position += 1
            synchronise(self.device)
            started = time.perf_counter()
            for _ in range(count):
                stage.advance(hidden, position, cache)
                synchronise(self.device)
                position += 1
            seconds = (time.perf_counter() - started) / count
            found[way] = {
                "is_recorded": bool(cache.token_graph),
                "milliseconds_per_token": seconds * 1e3,
                "gb_per_second": read / seconds / 1e9,
                "share_of_copy_rate": read / seconds / self.copy_rate,
            }
            del cache
        return found

    def few_bits(self) -> dict[str, Any]:
        """Stages in 8 and 4 bits against one in 16: decode, prefill, memory; and their kernels."""
        context, chunk = self.scaled(8_192), self.scaled(512)
        found: dict[str, Any] = {}
        self._stage = None
        for bits in (16, 8, 4):
            self.forget_memory()
            before = self.peak_memory() or 0.0
            stage = self.middle(weight_bits=bits)
            loading = self.peak_memory()
            if self.device.type == "cpu" and bits < 16:
                stage.quantise(bits)
            self.forget_memory()
            decoded = self.decode(8_192, stage=stage)
            hidden = torch.randn(chunk, self.config.hidden_size).to(self.device, self.dtype)
            cache = stage.new_cache(context + chunk)
            stage.advance(hidden, 0, cache)
            cache.fill_with_noise()

            def read(
                stage: Stage = stage, hidden: torch.Tensor = hidden, cache: Any = cache
            ) -> None:
                cache.pretend(context)
                stage.advance(hidden, context, cache)

            of_16 = found.get("16 bits", {})
            seconds = self.seconds(read, 10)
            milliseconds = decoded["recorded"]["milliseconds_per_token"]
            found[f"{bits} bits"] = {
                "weights_gib": stage.weight_bytes / GIB,
                "planned_weights_gib": self.planned_weights(bits) / GIB,
                "loading_peak_gib": None if loading is None else loading - before,
                "peak_gib": self.peak_memory(),
                "predicted_peak_gib": self.predicted_memory(
                    self.planned_weights(bits) + stage.kv_bytes(context + chunk), chunk
                ),
                "decode": decoded,
                "decode_sooner": of_16.get("decode_milliseconds", milliseconds) / milliseconds,
                "decode_milliseconds": milliseconds,
                f"prefill_{chunk}_seconds": seconds,
                "prefill_share_of_16_bits": of_16.get(f"prefill_{chunk}_seconds", seconds)
                / seconds,
            }
            stage.unpack_ahead()
            ahead = self.seconds(read, 10)
            found[f"{bits} bits"]["prefill_share_of_16_bits_unpacked_ahead"] = (
                of_16.get(f"prefill_{chunk}_seconds", seconds) / ahead
            )
            del stage, cache, read
        found["kernels"] = self.few_bits_kernels(chunk)
        return found

    def forget_memory(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)

    def planned_weights(self, bits: int) -> float:
        """Bytes that a plan counts with for the layers' matrices."""
        config = self.config
        heads = config.num_attention_heads + config.num_key_value_heads
        attention = 2 * config.hidden_size * heads * config.head_dim
        matrices = attention + 3 * config.hidden_size * config.intermediate_size
        return self.layers * matrices * stored_bits(bits) / 8

    def few_bits_kernels(self, chunk: int) -> dict[str, Any]:
        """One matrix: a row, eight rows, and a chunk with and without unpacking.

        Several copies in turn, which no cache holds together.
        """
        config = self.config
        shapes = {
            "gate": (config.intermediate_size, config.hidden_size),
            "down": (config.hidden_size, config.intermediate_size),
            "output": (config.hidden_size, config.hidden_size),
        }
        found: dict[str, Any] = {}
        for name, (outputs, inputs) in shapes.items():
            plain = torch.nn.Linear(inputs, outputs, bias=False, dtype=self.dtype)
            wide = plain.weight.detach().to(self.device)
            for bits in (8, 4):
                one = FewBitsLinear.of(plain.requires_grad_(False), bits, self.device)
                size = one.packed.nbytes + one.scales.nbytes
                copies = 1 if self.tiny else -(-(GIB // 2) // size)
                layers = [one, *(FewBitsLinear.joined([one]) for _ in range(copies - 1))]
                rows = torch.randn(1, chunk, inputs).to(self.device, self.dtype)

                def each(
                    work: Callable[[FewBitsLinear], object], layers: list[FewBitsLinear] = layers
                ) -> float:
                    def all_of_them() -> None:
                        for one in layers:
                            work(one)

                    return self.recorded_seconds(all_of_them) / len(layers)

                def whole(layer: FewBitsLinear, rows: torch.Tensor = rows) -> torch.Tensor:
                    return layer(rows)

                row, eight, read, unpacked, product = (
                    each(lambda one, rows=rows: one(rows[:, :1])),
                    each(lambda one, rows=rows: one(rows[:, :8])),
                    each(whole),
                    each(lambda one: one.weight),
                    each(lambda _, rows=rows, wide=wide: torch.nn.functional.linear(rows, wide)),
                )
                found[f"{name}, {bits} bits"] = {
                    "row_microseconds": row * 1e6,
                    "row_share_of_copy_rate": size / row / self.copy_rate,
                    "eight_rows_microseconds": eight * 1e6,
                    f"unpacked_and_{chunk}_rows_microseconds": read * 1e6,
                    "unpacked_microseconds": unpacked * 1e6,
                    "unpacked_share_of_copy_rate": (size + wide.nbytes) / unpacked / self.copy_rate,
                    f"{chunk}_rows_in_16_bits_microseconds": product * 1e6,
                    "unpacked_in_parts": {
                        part: self.in_parts(part, lambda each=each, whole=whole: each(whole))
                        for part in (1 << 24, 1 << 25, 1 << 27)
                    },
                }
        return found

    @staticmethod
    def in_parts(values: int, timed: Callable[[], float]) -> float:
        """Microseconds where no more than so many weights are unpacked at once.

        Small parts may stay in a GPU's cache until they are multiplied, but keep it less busy.
        """
        before = few_bits._UNPACKED_AT_ONCE, few_bits._LEAST_OUTPUTS
        few_bits._UNPACKED_AT_ONCE, few_bits._LEAST_OUTPUTS = values, 1
        try:
            return timed() * 1e6
        finally:
            few_bits._UNPACKED_AT_ONCE, few_bits._LEAST_OUTPUTS = before

    def profile(self) -> str:
        """Where the time of one chunk of 2048 after 32K, and of one of 512 after 4K, goes."""
        from torch.profiler import ProfilerActivity, profile

        tables = []
        activities = [ProfilerActivity.CPU]
        if self.device.type == "cuda":
            activities.append(ProfilerActivity.CUDA)
        for chunk, prefix in self.samples():
            hidden = torch.randn(chunk, self.config.hidden_size).to(self.device, self.dtype)
            cache = self.stage.new_cache(prefix + chunk)
            self.stage.advance(hidden, 0, cache)
            for _ in range(2):
                cache.pretend(prefix)
                self.stage.advance(hidden, prefix, cache)
            cache.pretend(prefix)
            with profile(activities=activities) as seen:
                self.stage.advance(hidden, prefix, cache)
                synchronise(self.device)
            key = "device_time_total" if self.device.type == "cuda" else "cpu_time_total"
            tables.append(
                seen.key_averages().table(
                    sort_by=f"self_{key}", row_limit=25, max_name_column_width=70
                )
            )
        return "\n".join(tables)

    def run(self, only: list[str]) -> None:
        sections: dict[str, Callable[[], object]] = {
            "machine": self.machine,
            "rates": self.rates,
            "correctness": self.correctness,
            "gemma": self.gemma,
            "two devices": self.two_devices,
            "kernels": self.kernels,
            "loading": self.loading,
            "prefill 8K by 512": lambda: self.prefill(8_192, 512),
            "prefill 8K by 2048": lambda: self.prefill(8_192, 2_048),
            "prefill 64K by 2048": lambda: self.prefill(65_536, 2_048),
            "decode at 8K": lambda: self.decode(8_192),
            "prefill 128K by 2048": lambda: self.prefill(131_072, 2_048, 1),
            "profile": self.profile,
            "few bits": self.few_bits,
        }
        chosen = {name: one for name, one in sections.items() if not only or name in only}
        for name, section in chosen.items():
            started = time.perf_counter()
            gc.collect()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats(self.device)
            try:
                self.result[name] = section()
            except Exception:
                self.result[name] = {"failed": traceback.format_exc()[-3_000:]}
            shown = self.result[name]
            text = shown if isinstance(shown, str) else json.dumps(shown, indent=1)
            print(f"== {name} ({time.perf_counter() - started:.1f} s)\n{text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help='sections, such as "few bits"')
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    attention.register()
    if options.device.startswith("cuda"):
        torch.cuda.init()
    bench = Bench(torch.device(options.device), tiny=options.tiny)
    bench.run(options.only and ["machine", "rates", *options.only])
    if options.out:
        options.out.write_text(json.dumps(bench.result, indent=1))
    return int(any(isinstance(one, dict) and "failed" in one for one in bench.result.values()))


if __name__ == "__main__":
    sys.exit(main())
