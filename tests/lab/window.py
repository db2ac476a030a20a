"""The window without its screen: runs the service, tells each change, does what lines ask.

A line in is a JSON list [number, request, arguments...] for a coroutine of the service; a line out
is a JSON object: {"machines": [...]}, {"job": {...}}, {"said": text} or {"answer": number, ...}.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from runtime.coordinator.options import ServiceOptions
from runtime.coordinator.pool_service import PoolService
from runtime.errors import HPipeError
from runtime.snapshots import Event, JobChanged, JobRequest, LogWritten, PlanRequest, PoolChanged


def tell(**told: Any) -> None:
    sys.stdout.write(msgspec.json.encode(told, enc_hook=str).decode() + "\n")
    sys.stdout.flush()


def hear(event: Event) -> None:
    if isinstance(event, PoolChanged):
        tell(machines=event.pool.machines, notice=event.pool.notice)
    elif isinstance(event, JobChanged):
        tell(job=event.job)
    elif isinstance(event, LogWritten):
        tell(said=event.text)


async def do(service: PoolService, request: str, arguments: list[Any]) -> Any:
    match request:
        case "plan":
            return await service.plan(msgspec.convert(arguments[0], PlanRequest))
        case "ask":
            path, question, model_id, rest = arguments
            document = await service.read_document(Path(path))
            return await service.ask(
                JobRequest(document=document, question=question, model_id=model_id, **rest)
            )
    return await getattr(service, request)(*arguments)


async def answer(service: PoolService, line: bytes) -> None:
    number, request, *arguments = msgspec.json.decode(line)
    try:
        result = await do(service, request, arguments)
    except HPipeError as problem:
        tell(answer=number, error=f"{type(problem).__name__}: {problem}")
    else:
        tell(answer=number, result=result)


async def main(name: str) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    service = PoolService(ServiceOptions(name=name))
    service.subscribe(hear)
    loop.add_signal_handler(signal.SIGTERM, lines.feed_eof)
    tasks: set[asyncio.Task[None]] = set()
    try:
        await service.start()
        tell(started=True)
        while line := await lines.readline():
            task = asyncio.create_task(answer(service, line))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    finally:
        await service.stop()
        pipe.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
