"""One engine's stage on a CPU, against what the CPU can do.

    python tests/benchmarks/engine_prefill.py --model FOLDER --tokens 4096 --chunk 512

Measures, one after the other in each run so that all meet the same noise: the rate of plain 16-bit
matrix products, then prefill and its share of that rate, and decode, with 16, 8 and 4 bits. Wall
time and the process's own time are both given: on a machine that others use only the latter says
something.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, help="a Hugging Face folder (or the store's model)")
    parser.add_argument("--store", type=Path, help="a model store; its first whole model is used")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=4_096)
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--layers", type=int, nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument("--decode-tokens", type=int, default=32)
    parser.add_argument("--bits", type=int, nargs="*", default=[16, 4], choices=[16, 8, 4])
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the wall and of this process."""
    wall, own = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - own


def main() -> int:
    chosen = options()
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)
    # torch reads the number of threads when it is imported.
    import tempfile

    import torch
    import transformers

    from runtime.engine import attention, memory
    from runtime.engine.configuration import parse_config
    from runtime.engine.device import compute_dtype
    from runtime.engine.loading import load_model
    from runtime.engine.packing import packed_parts
    from runtime.engine.sampling import Sampler
    from runtime.engine.split import Extent
    from runtime.engine.stage import Stage
    from runtime.messages.stage import Sampling
    from runtime.models.store import ModelStore

    torch.set_num_threads(chosen.threads)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    attention.register()
    memory.keep_freed_memory()
    device = torch.device("cpu")
    dtype = compute_dtype(device, 16)
    store = ModelStore(chosen.store or Path(tempfile.mkdtemp()))
    manifest = store.register_folder(chosen.model) if chosen.model else store.models()[0]
    config = parse_config(manifest.config)
    first, last = chosen.layers or (0, manifest.layer_count)
    extent = Extent.of_range(first, last, manifest.layer_count)

    def stage(bits: int) -> Stage:
        model = load_model(
            store.open(manifest.model_id),
            parse_config(manifest.config),
            extent,
            device=device,
            dtype=dtype,
            on_progress=lambda done, total: None,
        )
        made = Stage(model, extent, device)
        if bits < 16:
            made.quantise(bits)
        made.quicken_head()
        return made

    stages = {bits: stage(bits) for bits in {16, *chosen.bits}}
    plain = stages[16]
    weights = sum(part.in_features * part.out_features for part in packed_parts(plain._base.layers))
    inner = max(config.intermediate_size, config.hidden_size)
    rows = torch.randn(512, config.hidden_size).to(dtype)
    matrix = torch.randn(inner, config.hidden_size).to(dtype)
    if extent.has_embedding:
        generator = torch.Generator().manual_seed(1)
        prompt = torch.randint(3, manifest.vocabulary_size, (chosen.tokens,), generator=generator)
    else:
        prompt = torch.randn(chosen.tokens, config.hidden_size).to(dtype)

    def products() -> None:
        for _ in range(20):
            torch.nn.functional.linear(rows, matrix)

    def prefill(made: Stage) -> Any:
        cache = made.new_cache(chosen.tokens + chosen.decode_tokens)
        for start in range(0, chosen.tokens, chosen.chunk):
            made.advance(prompt[start : start + chosen.chunk], start, cache)
        return cache

    def decode(made: Stage, cache: Any) -> None:
        sampler = Sampler(Sampling())
        given = prompt[:1]
        for position in range(chosen.tokens, chosen.tokens + chosen.decode_tokens):
            hidden = made.advance(given, position, cache)
            if extent.has_head:
                logits = made.logits(hidden, likeliest_only=True)
                token = sampler.draw(logits[0])
                given = torch.tensor([token]) if extent.has_embedding else given

    figures: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)

    with torch.inference_mode():
        products()
        caches = {bits: prefill(made) for bits, made in stages.items()}
        for _ in range(chosen.runs):
            work = 20 * 2 * matrix.numel() * len(rows)
            before = timed(products)
            read = {bits: timed(lambda made=made: prefill(made)) for bits, made in stages.items()}
            after = timed(products)
            rate = work / min(before[1], after[1])
            note("gemm_gflops", rate / 1e9)
            for bits, (wall, own) in read.items():
                note(f"prefill_{bits}_bits_tokens_per_second", chosen.tokens / wall)
                note(f"prefill_{bits}_bits_tokens_per_own_second", chosen.tokens / own)
                share = 2 * weights * chosen.tokens / own / rate
                note(f"prefill_{bits}_bits_share_of_gemm_rate", share)
            for bits in sorted(chosen.bits, reverse=True):
                caches[bits].truncate(chosen.tokens)
                wall, own = timed(lambda bits=bits: decode(stages[bits], caches[bits]))
                note(f"decode_{bits}_bits_tokens_per_second", chosen.decode_tokens / wall)
                note(f"decode_{bits}_bits_tokens_per_own_second", chosen.decode_tokens / own)
    result = {
        "model": manifest.name,
        "layers": [first, last],
        "threads": chosen.threads,
        "tokens": chosen.tokens,
        "chunk": chosen.chunk,
        "attention": plain.attention,
        "is_packed": plain.is_packed,
        "weight_bytes": {str(bits): made.weight_bytes for bits, made in stages.items()},
        "medians": {name: statistics.median(values) for name, values in figures.items()},
        "best": {name: max(values) for name, values in figures.items()},
    }
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
