"""Arguments that several commands share, and the service they describe."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from runtime.commands.progress import EventPrinter
from runtime.commands.terminal import tell
from runtime.coordinator.directory import HERE
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool_service import PoolService
from runtime.errors import DocumentError, DoesNotFit
from runtime.snapshots import ModelSummary, PoolSnapshot

DEFAULT_MODEL = "demo"
WEIGHT_BITS = (16, 8, 4)
# Machines that are on are found over mDNS and connected to within two seconds.
SETTLE_SECONDS = 4.0


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def not_negative(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and at most 1")
    return value


def add_pool_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--local",
        type=positive,
        metavar="N",
        help="use N workers of this machine instead of the network",
    )
    parser.add_argument(
        "--threads", type=positive, metavar="T", help="give each worker of this machine T threads"
    )
    parser.add_argument(
        "--machine",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="also look for a paired machine at this address; may be repeated",
    )


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="SOURCE",
        help='a folder, a GGUF file, a hub id ("owner/name") or "demo" (the default)',
    )


def add_weight_bits_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weight-bits",
        type=int,
        choices=WEIGHT_BITS,
        default=WEIGHT_BITS[0],
        help="keep the layers' weights as published (16, the default), or in 8 or 4 bits: less "
        "memory and faster answers, a little less exact",
    )


def service_options(arguments: argparse.Namespace, *, all_local: bool = False) -> ServiceOptions:
    """all_local: each of the workers that --local asks for gets layers, quicker or not."""
    return ServiceOptions(
        local_workers=arguments.local,
        threads=arguments.threads,
        addresses=tuple(arguments.machine),
        all_take_part=all_local and arguments.local is not None,
    )


@asynccontextmanager
async def running_service(
    options: ServiceOptions, printer: EventPrinter | None = None
) -> AsyncIterator[PoolService]:
    """A started service that is stopped whatever happens; the printer shows what it tells."""
    service = PoolService(options)
    what = "Looking for machines" if options.local_workers is None else "Starting the workers"
    if printer is not None:
        service.subscribe(printer)
    try:
        with printer.doing(what) if printer is not None else nullcontext():
            await service.start()
            await service.settle(SETTLE_SECONDS)
        if printer is not None:
            _tell_absent(await service.pool())
        yield service
    finally:
        await service.stop()


def _tell_absent(pool: PoolSnapshot) -> None:
    """The paired machines that a person may expect to take part, and why they do not."""
    for machine in pool.machines:
        if machine.is_paired and machine.is_included and machine.state not in HERE:
            tell(f"{machine.name} does not take part. {machine.detail}")


async def chosen_model(service: PoolService, source: str) -> ModelSummary:
    """The model named on the command line: one that is known by name or id, or a new source."""
    for model in await service.models():
        if source in (model.model_id, model.name):
            return model
    return await service.add_model(source)


def require_context(model: ModelSummary, prompt_tokens: int, output_tokens: int) -> None:
    """DoesNotFit when a model cannot read so many tokens and write so many more."""
    if prompt_tokens + output_tokens > model.context_tokens:
        raise DoesNotFit(
            f"{model.name} reads {model.context_tokens:,} tokens at most, its answer included, and "
            f"this would be {prompt_tokens:,} with an answer of {output_tokens:,}.",
            "Choose fewer with --tokens, or a model with a longer context.",
        )


def existing_file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.exists():
        raise DocumentError(f"There is no file {path}.", "Check the name and the folder.")
    return path
