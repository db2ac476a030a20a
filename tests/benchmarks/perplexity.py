"""What fewer bits cost a model in exactness: `python -m tests.benchmarks.perplexity --help`.

Perplexity of a fixed text (the sample document) with the layers' weights in 16, 8 and 4 bits: how
many tokens the model hesitates between, on average. Chunks go through weights as they are kept, and
as they are for a session that needs all memory, that is, unpacked from their few bits. Also told:
of the tokens that 16 bits find likeliest, how many fewer bits find likeliest too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from runtime.commands.options import WEIGHT_BITS, chosen_model
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool_service import PoolService
from runtime.documents import read_document
from runtime.engine import attention
from runtime.engine.executor import Executor
from runtime.messages.stage import Chunk, LoadStage, OpenSession
from runtime.models.manifest import ModelManifest
from runtime.models.store import ModelStore
from runtime.models.tokenizer import PromptTokenizer
from runtime.sample import sample_document

CHUNK_TOKENS = 512


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--text", type=Path, default=sample_document())
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--threads", type=int)
    chosen = parser.parse_args(arguments)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    attention.register()
    folder, manifest, tokenizer = asyncio.run(_model(chosen.model))
    ids = tokenizer.encode(read_document(chosen.text).text)[: chosen.tokens]
    likeliest: np.ndarray[Any, Any] | None = None
    ways = [(bits, has_spare) for bits in WEIGHT_BITS for has_spare in (True, False)][1:]
    for bits, has_spare in ways:
        loss, found = read(folder, manifest, ids, bits, has_spare)
        likeliest = found if likeliest is None else likeliest
        figures = {
            "weight_bits": bits,
            "chunks_have_their_own": has_spare,
            "tokens": len(ids),
            "perplexity": round(float(np.exp(loss)), 3),
            "same_likeliest": round(float((found == likeliest).mean()), 4),
        }
        print(json.dumps(figures), flush=True)
    return 0


async def _model(source: str) -> tuple[Path, ModelManifest, PromptTokenizer]:
    options = ServiceOptions(local_workers=1)
    service = PoolService(options)
    try:
        summary = await chosen_model(service, source)
        model = await service.shelf.choose(summary.model_id)
        return options.model_folder, model.manifest, model.tokenizer
    finally:
        await service.stop()


def read(
    folder: Path, manifest: ModelManifest, ids: list[int], bits: int, has_spare: bool
) -> tuple[float, np.ndarray[Any, Any]]:
    """The mean loss per token of a text, and the likeliest token after each of its tokens."""
    executor = Executor(torch.device("cpu"), ModelStore(folder), None, 0)
    layers = manifest.layer_count
    command = LoadStage(
        model_id=manifest.model_id,
        config=manifest.config,
        layer_count=layers,
        first_layer=0,
        last_layer=layers,
        stage=0,
        weight_bits=bits,  # type: ignore[arg-type]
    )
    executor.load(command, lambda _done, _total: None)
    if not has_spare:
        executor.stage.give_up_spare()
    executor.open_session(b"", OpenSession(session="text", capacity_tokens=len(ids)))
    session = executor.sessions.get("text")
    losses, likeliest = [], []
    for number, start in enumerate(range(0, len(ids) - 1, CHUNK_TOKENS)):
        part = ids[start : min(start + CHUNK_TOKENS, len(ids) - 1)]
        chunk = Chunk(
            session="text", sequence=number, position=start, tokens=len(part), output="logits"
        )
        frame = memoryview(np.asarray(part, dtype=np.int32).tobytes())
        logits = torch.from_numpy(np.array(executor.compute(session, chunk, [frame]).logits))
        wanted = torch.tensor(ids[start + 1 : start + 1 + len(part)])
        losses.append(torch.nn.functional.cross_entropy(logits, wanted, reduction="none"))
        likeliest.append(logits.argmax(1))
    return float(torch.cat(losses).mean()), torch.cat(likeliest).numpy()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
