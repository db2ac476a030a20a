"""`main.py analyze FILE --ask TEXT`: the main job in a terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import ExitStack

from msgspec import Struct

from runtime.commands.options import (
    add_model_argument,
    add_pool_arguments,
    chosen_model,
    existing_file,
    positive,
    running_service,
    service_options,
)
from runtime.commands.terminal import EventPrinter, messages, print_json, run_command
from runtime.coordinator.pool_service import PoolService
from runtime.errors import Cancelled, error_from_wire
from runtime.messages.stage import Sampling
from runtime.snapshots import Event, JobChanged, JobRequest, JobSnapshot, JobState, StageShare

ENDED = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class AnalyzeReport(Struct, frozen=True, kw_only=True):
    """What --json prints; stages prove the split."""

    answer: str
    token_ids: tuple[int, ...]
    anchors: tuple[str, ...]
    prompt_tokens: int
    ttft_seconds: float | None
    decode_tokens_per_second: float | None
    model: str
    stages: tuple[StageShare, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a PDF, DOCX, Markdown, HTML or text file")
    parser.add_argument("--ask", required=True, metavar="TEXT", help="the question")
    add_model_argument(parser)
    add_pool_arguments(parser)
    parser.add_argument(
        "--output-tokens",
        type=positive,
        default=256,
        metavar="N",
        help="the longest answer, in tokens (256)",
    )
    parser.add_argument(
        "--temperature", type=float, default=0.0, help="0 always gives the likeliest word"
    )
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return run_command(lambda: _analyze(arguments))


async def _analyze(arguments: argparse.Namespace) -> int:
    path = existing_file(arguments.file)
    with ExitStack() as shown:
        printer = shown.enter_context(EventPrinter(stream_answer=not arguments.json))
        async with running_service(service_options(arguments), printer) as service:
            document = await service.read_document(path)
            model = await chosen_model(service, arguments.model)
            request = JobRequest(
                document=document,
                question=arguments.ask,
                model_id=model.model_id,
                output_tokens=arguments.output_tokens,
                sampling=Sampling(
                    temperature=arguments.temperature,
                    top_p=arguments.top_p,
                    seed=arguments.seed,
                ),
            )
            job = await answered(service, request)
    if arguments.json:
        print_json(report(job))
    else:
        sys.stdout.write("\n")
        places = ", ".join(dict.fromkeys(citation.label for citation in job.citations))
        if places:
            messages.print(f"From: {places}")
    return 0


async def answered(service: PoolService, request: JobRequest) -> JobSnapshot:
    """Ask and wait for the end. Raises what the job failed with."""
    ended: asyncio.Future[JobSnapshot] = asyncio.get_running_loop().create_future()
    job_id = ""

    def watch(event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.state in ENDED and not ended.done():
            ended.set_result(event.job)

    unsubscribe = service.subscribe(watch)
    try:
        job_id = await service.ask(request)
        job = await ended
    except asyncio.CancelledError:
        if job_id:
            await service.cancel(job_id)
        raise
    finally:
        unsubscribe()
    if job.state is JobState.CANCELLED:
        raise Cancelled("The job was cancelled.")
    if job.state is JobState.FAILED:
        raise error_from_wire("HPipeError", job.error, job.hint)
    return job


def report(job: JobSnapshot) -> AnalyzeReport:
    return AnalyzeReport(
        answer=job.answer,
        token_ids=job.token_ids,
        anchors=tuple(dict.fromkeys(citation.label for citation in job.citations)),
        prompt_tokens=job.prompt_tokens,
        ttft_seconds=job.ttft_seconds,
        decode_tokens_per_second=job.decode_tokens_per_second,
        model=job.model_name,
        stages=job.stages,
    )
