"""Are predictions true, and is the plan the fastest? On unequal machines made of namespaces.

    python -m tests.benchmarks.lab_truth --cores 1.0 0.6 0.4 --rates 1gbit 1gbit 100mbit \
        --tokens 2048 4096 8192 16384 --runs 5

The first machine is the window's; the others are paired with it. On every prompt length it runs
`main.py bench --compare`, and prints its tables and, as JSON, how far predictions were off over
all of them. Linux and root only; the shares of a core are what the kernel makes of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from tests.lab.machines import Lab, Machine, why_not

SECONDS = 1_800.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cores", type=float, nargs="+", default=[1.0, 0.6, 0.4])
    parser.add_argument("--rates", nargs="+", default=["1gbit", "1gbit", "100mbit"])
    parser.add_argument("--tokens", type=int, nargs="+", default=[2048, 4096, 8192, 16384])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--models", type=Path, help="the store that every machine starts with")
    chosen = parser.parse_args(arguments)
    if problem := why_not():
        print(f"Not here: {problem}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        desk = paired_machines(lab, chosen.cores, chosen.rates, chosen.models or own_models())
        reports = [compared(desk, chosen, tokens) for tokens in chosen.tokens]
    print(json.dumps(summary(reports), indent=2))
    return 0


def own_models() -> Path:
    cache = os.environ.get("HPIPE_CACHE")
    return (Path(cache) if cache else user_cache_path("hpipe", appauthor=False)) / "models"


def paired_machines(lab: Lab, cores: list[float], rates: list[str], models: Path) -> Machine:
    """The window's machine, paired with the workers of the others; all have the models."""
    machines = []
    for number, (share, rate) in enumerate(zip(cores, rates, strict=False), start=1):
        machine = lab.machine(f"Machine {number}", cores=share, rate=rate)
        (machine.folder / "cache").mkdir(parents=True)
        (machine.folder / "cache" / "models").symlink_to(models.resolve())
        machines.append(machine)
    desk, *helpers = machines
    workers = {helper.name: helper.worker("--threads", "1") for helper in helpers}
    window = desk.window()
    for name, worker in workers.items():
        window.until(lambda machine: machine, name, 30.0)
        code = worker.line(lambda line: line.startswith("Pairing code: ")).split()[-1]
        window.ask("pair", window.machines[name]["machine_id"], code)
    window.process.stop()
    return desk


def compared(desk: Machine, chosen: argparse.Namespace, tokens: int) -> dict[str, Any]:
    """What `bench --compare` prints for prompts of this length."""
    command = desk.main(
        *("bench", "--compare", "--model", chosen.model, "--tokens", str(tokens)),
        *("--runs", str(chosen.runs), "--output-tokens", "2", "--threads", "1", "--json"),
    )
    if command.wait(SECONDS) != 0:
        raise SystemExit("\n".join(command.lines[-20:]))
    printed = "\n".join(command.lines)
    report: dict[str, Any] = json.loads(printed[printed.index("\n{") :])
    print(f"{tokens} tokens", file=sys.stderr)
    for row in report["rows"]:
        measured, predicted = row["stage_busy_seconds"], row["predicted_stage_busy_seconds"]
        stages = ", ".join(
            f"{real:.2f} ({said:.2f})" for real, said in zip(measured, predicted, strict=True)
        )
        print(
            f"  {row['name']:<32} {row['layers_per_stage']!s:<12} {len(row['chunk_lengths']):>3} "
            f"chunks {row['ttft_seconds']:7.2f} s, predicted {row['predicted_ttft_seconds']:7.2f} "
            f"({row['prediction_error']:.1%}; "
            f"from measurements {row['first_prediction_seconds']:.2f}), "
            f"{row['slower_than_ours']:.2f} x ours; "
            f"stages busy (predicted): {stages}",
            file=sys.stderr,
            flush=True,
        )
    return report


def summary(reports: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [row for report in reports for row in report["rows"]]
    found: dict[str, Any] = {}
    for which in ("prediction_error", "first_prediction_error"):
        found[f"median_{which}"] = statistics.median(row[which] for row in rows)
        found[f"worst_{which}"] = max(row[which] for row in rows)
    own, *_ = (row["name"] for row in rows)
    return found | {
        "least_slower_than_ours": {
            name: min(row["slower_than_ours"] for row in rows if row["name"] == name)
            for name in {row["name"] for row in rows} - {own}
        },
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
