"""HPipe beside its peers in one run: `python -m tests.benchmarks.peers --help`.

Every round runs each of them once, one after the other, so that all meet the same noise; ratios are
medians over the rounds. llama.cpp takes part when its two programs and a GGUF file are given:

    python -m tests.benchmarks.peers --tokens 4096 --rounds 5 \
        --llama-bench build/bin/llama-bench --rpc-server build/bin/ggml-rpc-server --gguf model.gguf
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

from runtime.commands.bench import fastest_alone
from runtime.commands.options import WEIGHT_BITS, chosen_model, running_service
from runtime.commands.plan_runner import PlanRunner
from runtime.coordinator.opening import open_document
from runtime.coordinator.options import ServiceOptions
from runtime.models.store import ModelStore
from runtime.planner.plan import plan as find_plan
from runtime.planner.values import Plan
from runtime.sample import sample_document
from runtime.snapshots import PlanRequest
from tests.benchmarks.llama_cpp import LlamaCpp
from tests.benchmarks.naive_pipeline import NaivePipeline

WORKERS = 2
LLAMA_DECODE = "llama.cpp rpc decode"
Figures = dict[str, list[float]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--tokens", type=int, nargs="+", default=[4096])
    parser.add_argument("--output-tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    # llama.cpp's file is in 4 bits as a rule, and reads a token's weights in those.
    parser.add_argument("--weight-bits", type=int, choices=WEIGHT_BITS, default=4)
    parser.add_argument("--llama-bench", type=Path)
    parser.add_argument("--rpc-server", type=Path)
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--no-naive", action="store_true", help="leave transformers' own out")
    chosen = parser.parse_args(arguments)
    for tokens in chosen.tokens:
        figures = asyncio.run(compare(chosen, tokens))
        print(json.dumps(summary(tokens, chosen.rounds, figures), indent=2), flush=True)
    return 0


async def compare(chosen: argparse.Namespace, tokens: int) -> Figures:
    """Tokens per second of each, one figure a round."""
    options = ServiceOptions(local_workers=WORKERS, threads=1)
    figures: Figures = {}

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)
        print(f"  {name}: {value:.1f}", file=sys.stderr, flush=True)

    async with running_service(options) as service:
        model = await chosen_model(service, chosen.model)
        stored = await service.shelf.choose(model.model_id)
        await service.measure(model.model_id, again=True, weight_bits=chosen.weight_bits)
        request = PlanRequest(
            model_id=model.model_id,
            prompt_tokens=tokens,
            output_tokens=chosen.output_tokens,
            weight_bits=chosen.weight_bits,
        )
        problem = await service.problem(request)
        pooled = find_plan(problem)
        if not isinstance(pooled, Plan):
            raise SystemExit(pooled.reason)
        alone = fastest_alone(problem)
        document = stored.tokenizer.encode((await open_document(sample_document())).text)
        runner = PlanRunner(service, stored.manifest, problem)
        with ExitStack() as peers:
            llama = naive = None
            if chosen.llama_bench:
                llama = peers.enter_context(
                    LlamaCpp(chosen.llama_bench, chosen.rpc_server, chosen.gguf, WORKERS)
                )
            if not chosen.no_naive:
                folder = ModelStore(options.model_folder).open(model.model_id).source_folder
                naive = peers.enter_context(NaivePipeline(folder))
            for number in range(chosen.rounds):
                print(f"round {number + 1}", file=sys.stderr)
                for name, plan in (("hpipe", pooled), ("alone", alone)):
                    run = await runner.run(plan)
                    note(f"{name} prefill", tokens / run.ttft_seconds)
                    note(f"{name} decode", run.decode_tokens_per_second)
                quoted = await runner.quote(pooled, document)
                note("hpipe quoting", quoted.tokens_per_second)
                note("without guesses quoting", quoted.plain_tokens_per_second)
                if llama is not None:
                    prefill, decode = await asyncio.to_thread(
                        llama.run, tokens, chosen.output_tokens
                    )
                    note("llama.cpp rpc prefill", prefill)
                    note(LLAMA_DECODE, decode)
                if naive is not None:
                    note("naive prefill", await asyncio.to_thread(naive.run, tokens))
    return figures


def summary(tokens: int, rounds: int, figures: Figures) -> dict[str, object]:
    """Medians, and the median of the paired ratios of HPipe to each peer."""
    ratios = {}

    def compare_with(mine: str, theirs: str) -> None:
        pairs = zip(figures[mine], figures[theirs], strict=True)
        ratios[f"{mine} / {theirs}"] = round(
            statistics.median(one / other for one, other in pairs), 3
        )

    for name in figures:
        if not name.startswith("hpipe"):
            compare_with(f"hpipe {name.rsplit(' ', 1)[1]}", name)
    if LLAMA_DECODE in figures:
        compare_with("hpipe quoting", LLAMA_DECODE)
    return {
        "tokens": tokens,
        "rounds": rounds,
        "tokens_per_second": {
            name: round(statistics.median(values), 1) for name, values in figures.items()
        },
        "ratios": ratios,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
