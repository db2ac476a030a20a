"""`main.py analyze FILE … --ask TEXT`: the main job in a terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from msgspec import Struct, structs

from runtime.commands.options import (
    add_model_argument,
    add_pool_arguments,
    add_weight_bits_argument,
    chosen_model,
    existing_file,
    not_negative,
    positive,
    running_service,
    service_options,
    share,
)
from runtime.commands.progress import EventPrinter
from runtime.commands.terminal import print_json, print_json_line, run_command, tell
from runtime.coordinator.opening import open_document
from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool_service import PoolService
from runtime.errors import Cancelled, HPipeError, error_from_wire
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


class DocumentReport(AnalyzeReport, frozen=True, kw_only=True):
    """What --json prints of each of several documents."""

    file: str


class FailureReport(Struct, frozen=True, kw_only=True):
    """What --json prints of one that was not answered, in place of a DocumentReport."""

    file: str
    error: str
    hint: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a PDF, DOCX, Markdown, HTML or text file"
    )
    parser.add_argument("--ask", required=True, metavar="TEXT", help="the question")
    add_model_argument(parser)
    add_pool_arguments(parser)
    add_weight_bits_argument(parser)
    parser.add_argument(
        "--output-tokens",
        type=positive,
        default=256,
        metavar="N",
        help="the longest answer, in tokens (256)",
    )
    parser.add_argument(
        "--temperature",
        type=not_negative,
        default=0.0,
        metavar="X",
        help="0, the default, always gives the likeliest word; 1 varies freely",
    )
    parser.add_argument(
        "--top-p",
        type=share,
        default=1.0,
        metavar="P",
        help="choose among the likeliest words that together have this probability (1)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="another one varies the answer (0)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object, on one line for each of several files",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    options = service_options(arguments, all_local=True)
    return run_command(lambda: analyze(arguments, options))


async def analyze(arguments: argparse.Namespace, options: ServiceOptions) -> int:
    """Read, ask, print the answers and where they come from."""
    if not arguments.ask.strip():
        raise HPipeError("The question is empty.", 'Ask something: --ask "What is it about?"')
    documents = [await open_document(existing_file(file)) for file in arguments.files]
    are_several = len(documents) > 1
    stream_answer = not arguments.json and not are_several
    with EventPrinter(stream_answer=stream_answer, names_documents=are_several) as printer:
        async with running_service(options, printer) as service:
            model = await chosen_model(service, arguments.model)
            requests = [
                JobRequest(
                    document=document,
                    question=arguments.ask,
                    model_id=model.model_id,
                    output_tokens=arguments.output_tokens,
                    weight_bits=arguments.weight_bits,
                    sampling=Sampling(
                        temperature=arguments.temperature,
                        top_p=arguments.top_p,
                        seed=arguments.seed,
                    ),
                )
                for document in documents
            ]
            if are_several:
                return await _answer_all(service, requests, arguments)
            job = await answered(service, requests[0])
            printer.close()
            if arguments.json:
                print_json(report(job))
            else:
                _tell_end(job)
    return 0


async def _answer_all(
    service: PoolService, requests: Sequence[JobRequest], arguments: argparse.Namespace
) -> int:
    """Ask about all at once; each answer is printed when it and those before it are complete."""

    async def ended(request: JobRequest) -> JobSnapshot | HPipeError:
        try:
            return await answered(service, request)
        except HPipeError as problem:
            return problem

    code = 0
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ended(request)) for request in requests]
        for file, task in zip(arguments.files, tasks, strict=True):
            end = await task
            code = 1 if isinstance(end, HPipeError) else code
            if arguments.json:
                print_json_line(_line(file, end))
            else:
                _tell_one(file, end)
    return code


def _line(file: str, end: JobSnapshot | HPipeError) -> DocumentReport | FailureReport:
    if isinstance(end, HPipeError):
        return FailureReport(file=file, error=end.message, hint=end.hint)
    return DocumentReport(file=file, **structs.asdict(report(end)))


def _tell_one(file: str, end: JobSnapshot | HPipeError) -> None:
    """A document's answer below its name, as Markdown."""
    if isinstance(end, HPipeError):
        tell(f"{file}: {end.message} {end.hint}".strip(), style="bold red")
        return
    sys.stdout.write(f"## {file}\n\n{end.answer}\n\n")
    sys.stdout.flush()
    _tell_end(end)


def _tell_end(job: JobSnapshot) -> None:
    """Where the answer comes from, and who did what for how long."""
    if not job.answer:
        tell("The model had nothing to say. Ask in other words, or try another model.")
    places = ", ".join(anchors(job))
    if places:
        tell(f"From: {places}")
    if job.ttft_seconds is None:
        return
    predicted = f" ({job.plan.prediction.ttft_seconds:.1f} predicted)" if job.plan else ""
    tell(
        f"{job.prompt_tokens:,} tokens read in {job.ttft_seconds:.1f} s{predicted}: "
        f"{job.tokens_per_second:,.0f} tokens/s."
    )
    if len(job.stages) > 1:
        busy = ", ".join(f"{stage.machine} {stage.busy_seconds:.1f} s" for stage in job.stages)
        tell(f"Time at work: {busy}.")


async def answered(service: PoolService, request: JobRequest) -> JobSnapshot:
    """Ask and wait for the end. Raises what the job failed with.

    Whoever gives up waiting stops the service, which waits for no engine that is busy.
    """
    ends: dict[str, JobSnapshot] = {}
    has_ended = asyncio.Event()

    def watch(event: Event) -> None:
        if isinstance(event, JobChanged) and event.job.state in ENDED:
            ends[event.job.job_id] = event.job
            has_ended.set()

    unsubscribe = service.subscribe(watch)
    try:
        job_id = await service.ask(request)
        while job_id not in ends:
            has_ended.clear()
            await has_ended.wait()
        job = ends[job_id]
    finally:
        unsubscribe()
    if job.state is JobState.CANCELLED:
        raise Cancelled("The job was cancelled.")
    if job.state is JobState.FAILED:
        raise error_from_wire("HPipeError", job.error, job.hint)
    return job


def anchors(job: JobSnapshot) -> tuple[str, ...]:
    """The places the answer rests on, each once."""
    return tuple(dict.fromkeys(citation.label for citation in job.citations))


def report(job: JobSnapshot) -> AnalyzeReport:
    return AnalyzeReport(
        answer=job.answer,
        token_ids=job.token_ids,
        anchors=anchors(job),
        prompt_tokens=job.prompt_tokens,
        ttft_seconds=job.ttft_seconds,
        decode_tokens_per_second=job.decode_tokens_per_second,
        model=job.model_name,
        stages=job.stages,
    )
