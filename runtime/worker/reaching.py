"""Finding which of another worker's addresses answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import zmq.asyncio

from runtime.errors import HPipeError, NetworkError, Refused
from runtime.messages.control import ControlReply, control_reply_codec
from runtime.transport.connection import Connection
from runtime.transport.curve import KeyPair

# An address that leads nowhere is silent for seconds: the next is tried beside it, not after it.
_STAGGER_SECONDS = 0.4
_MOST_ADDRESSES = 16


async def reach(
    context: zmq.asyncio.Context, keys: KeyPair, addresses: Sequence[str], public_key: str
) -> Connection[ControlReply]:
    """An open connection to the worker with this key, at the first address that answers.

    Raises Refused when it was there and said no, else NetworkError.
    """

    async def attempt(address: str) -> Connection[ControlReply]:
        connection: Connection[ControlReply] = Connection(
            context, address, keys, public_key, control_reply_codec
        )
        await connection.open()
        return connection

    waiting = list(dict.fromkeys(addresses))[:_MOST_ADDRESSES]
    attempts: list[asyncio.Task[Connection[ControlReply]]] = []
    problem: HPipeError = NetworkError("No address of the machine is known.")
    reached: Connection[ControlReply] | None = None
    try:
        while reached is None and (waiting or any(not task.done() for task in attempts)):
            if waiting:
                attempts.append(asyncio.create_task(attempt(waiting.pop(0))))
            pending = [task for task in attempts if not task.done()]
            await asyncio.wait(
                pending,
                timeout=_STAGGER_SECONDS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in attempts:
                if task.done() and task.exception() is None:
                    reached = reached or task.result()
        if reached is not None:
            return reached
        for task in attempts:
            failed = task.exception()
            if isinstance(failed, HPipeError):
                problem = failed if not isinstance(problem, Refused) else problem
        raise problem
    finally:
        for task in attempts:
            task.cancel()
        done = await asyncio.gather(*attempts, return_exceptions=True)
        for other in done:
            if isinstance(other, Connection) and other is not reached:
                await other.close()
