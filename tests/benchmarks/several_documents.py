"""Several documents at once against one after another: the same questions, the same workers.

    python -m tests.benchmarks.several_documents --local 2 --threads 1

Each round asks about all documents twice, one after another and together, in turns of who comes
first. Told are the medians of the total times and of the rounds' ratios, when the first and the
middle answer were complete, and whether every answer came out the same. Needs the demo model.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence

from msgspec import Struct

from runtime.commands.analyze import answered
from runtime.commands.options import add_pool_arguments, positive, service_options
from runtime.coordinator.pool_service import PoolService
from runtime.models.tokenizer import PromptTokenizer
from runtime.snapshots import DocumentSnapshot, JobRequest, JobSnapshot, PageAnchor

QUESTION = "What is this text about, and which numbers does it name?"
WORDS = (
    "The harbour of {place} was measured in {year}: {number} ships came in, most of them with "
    "timber, and the pilots asked for a second light at the mouth of the river. "
)
PLACES = ("Varde", "Lindau", "Ostry", "Kerem", "Sable", "Tonder", "Mirow", "Alby")


class Round(Struct, frozen=True):
    """One way of asking about all documents."""

    seconds: float
    finished: tuple[float, ...]  # when each answer was complete, in the order of the documents
    answers: tuple[tuple[int, ...], ...]
    ttfts: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_pool_arguments(parser)
    parser.add_argument("--documents", type=positive, default=3)
    parser.add_argument("--tokens", type=positive, default=2048, help="of each document")
    parser.add_argument("--output-tokens", type=positive, default=96)
    parser.add_argument("--runs", type=positive, default=5)
    arguments = parser.parse_args()
    sys.exit(asyncio.run(compare(arguments)))


async def compare(arguments: argparse.Namespace) -> int:
    service = PoolService(service_options(arguments, all_local=True))
    await service.start()
    try:
        model = await service.add_model("demo")
        tokenizer = (await service.shelf.choose(model.model_id)).tokenizer
        requests = [
            JobRequest(
                document=document(tokenizer, number, arguments.tokens),
                question=QUESTION,
                model_id=model.model_id,
                output_tokens=arguments.output_tokens,
            )
            for number in range(arguments.documents)
        ]
        await one_after_another(service, requests[:1])  # measured and loaded
        rounds: list[tuple[Round, Round]] = []
        for number in range(arguments.runs):
            if number % 2:
                together = await all_at_once(service, requests)
                alone = await one_after_another(service, requests)
            else:
                alone = await one_after_another(service, requests)
                together = await all_at_once(service, requests)
            rounds.append((alone, together))
    finally:
        await service.stop()
    return tell(rounds)


def document(tokenizer: PromptTokenizer, number: int, tokens: int) -> DocumentSnapshot:
    """About so many tokens of a text that no other document begins with."""
    text, line = "", 0
    while len(tokenizer.encode(text)) < tokens:
        place = PLACES[(number + line) % len(PLACES)]
        for _ in range(20):
            line += 1
            text += WORDS.format(place=place, year=1800 + line, number=37 * line + number)
    whole = PageAnchor(label="Page 1", start=0, end=len(text))
    return DocumentSnapshot(path="", title=f"{number}", text=text, anchors=(whole,))


async def one_after_another(service: PoolService, requests: Sequence[JobRequest]) -> Round:
    began = time.monotonic()
    jobs, finished = [], []
    for request in requests:
        jobs.append(await answered(service, request))
        finished.append(time.monotonic() - began)
    return await ended(service, began, jobs, finished)


async def all_at_once(service: PoolService, requests: Sequence[JobRequest]) -> Round:
    began = time.monotonic()

    async def one(request: JobRequest) -> tuple[JobSnapshot, float]:
        return await answered(service, request), time.monotonic() - began

    ends = await asyncio.gather(*(one(request) for request in requests))
    return await ended(service, began, [job for job, _ in ends], [at for _, at in ends])


async def ended(
    service: PoolService, began: float, jobs: Sequence[JobSnapshot], finished: Sequence[float]
) -> Round:
    """What came of a round; its sessions are closed, so that the next one reads again."""
    seconds = time.monotonic() - began
    for job in jobs:
        assert job.tokens_reused == 0
        await service.close_job(job.job_id)
    return Round(
        seconds=seconds,
        finished=tuple(finished),
        answers=tuple(job.token_ids for job in jobs),
        ttfts=tuple(job.ttft_seconds or 0.0 for job in jobs),
    )


def tell(rounds: Sequence[tuple[Round, Round]]) -> int:
    for name, index in (("one after another", 0), ("together", 1)):
        ways = [pair[index] for pair in rounds]
        total = statistics.median(way.seconds for way in ways)
        ends = [
            statistics.median(at) for at in zip(*(sorted(w.finished) for w in ways), strict=True)
        ]
        told = ", ".join(f"{at:.2f}" for at in ends)
        print(f"{name}: {total:.2f} s in all; answers complete after {told} s")
    ratios = sorted(together.seconds / alone.seconds for alone, together in rounds)
    are_same = all(alone.answers == together.answers for alone, together in rounds)
    print(
        f"together takes {statistics.median(ratios):.2f} of the time ({ratios[0]:.2f} to "
        f"{ratios[-1]:.2f} in {len(ratios)} rounds); answers are "
        f"{'the same' if are_same else 'NOT the same'}"
    )
    return 0 if are_same and statistics.median(ratios) <= 1.0 else 1


if __name__ == "__main__":
    main()
