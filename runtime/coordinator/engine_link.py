"""The coordinator's end of one engine: its connection, its place in the plan, its clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq.asyncio
from msgspec import Struct

from runtime.errors import HPipeError, Refused
from runtime.messages.stage import (
    Clock,
    EngineReply,
    Peer,
    ReadClock,
    RestStage,
    engine_reply_codec,
)
from runtime.transport.connection import Connection, Kind
from runtime.transport.connection import EventListener as ProgressListener
from runtime.transport.curve import KeyPair

CLOCK_READINGS = 5
# An engine answers between two things it does, and loading a stage is one thing. If it is gone,
# the connection says so long before.
BUSY_SECONDS = 1_800.0
# An engine takes what is sent even while it computes; only one that hangs does not.
LAST_WORD_SECONDS = 0.2


class EngineAddress(Struct, frozen=True, kw_only=True):
    """Where an engine is: its machine and device, and its ports at the address we reach it at."""

    machine_id: str
    machine_name: str
    device_id: str
    host: str
    command_port: int
    activation_port: int

    def activation_peer(self, host: str | None = None) -> Peer:
        """The engine as the stage before it sees it, which may reach it at another host."""
        return Peer(
            address=f"{host or self.host}:{self.activation_port}", public_key=self.machine_id
        )


EventListener = Callable[["EngineLink", Any, Sequence[memoryview]], None]
LossListener = Callable[["EngineLink", HPipeError], None]


class EngineLink:
    """An open connection to an engine's command socket."""

    def __init__(
        self,
        context: zmq.asyncio.Context,
        address: EngineAddress,
        keys: KeyPair,
        on_event: EventListener,
        on_lost: LossListener,
    ) -> None:
        self.address = address
        self.clock_offset_seconds = 0.0
        self.connection: Connection[EngineReply] = Connection(
            context,
            f"{address.host}:{address.command_port}",
            keys,
            address.machine_id,
            engine_reply_codec,
            on_event=lambda body, payload: on_event(self, body, payload),
            on_lost=lambda problem: on_lost(self, problem),
        )

    async def open(self) -> None:
        await self.connection.open()
        await self.align_clock()

    async def ask(
        self,
        command: Struct,
        kind: type[Kind],
        timeout_seconds: float,
        on_progress: ProgressListener | None = None,
    ) -> Kind:
        """A request. Refused names the machine that said no: it may work for somebody else."""
        try:
            return await self.connection.ask(
                command, kind, timeout_seconds=timeout_seconds, on_progress=on_progress
            )
        except Refused as problem:
            name = self.address.machine_name
            raise Refused(f"{name} is not free. {problem.message}", problem.hint) from problem

    async def align_clock(self) -> None:
        """Learn what to add to the engine's clock to get ours, from the quickest of a few reads."""
        quickest = float("inf")
        for _ in range(CLOCK_READINGS):
            asked = time.monotonic()
            clock = await self.connection.ask(ReadClock(), Clock, timeout_seconds=BUSY_SECONDS)
            answered = time.monotonic()
            if answered - asked < quickest:
                quickest = answered - asked
                self.clock_offset_seconds = (asked + answered) / 2 - clock.seconds

    async def rest(self) -> None:
        """The job is over: until the next one, other coordinators may use the engine."""
        with contextlib.suppress(HPipeError, TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self.connection.tell(RestStage())

    async def close(self) -> None:
        """Leave. The engine does not take us for being at work until it notices that we left."""
        await self.rest()
        await self.connection.close(linger_milliseconds=int(1_000 * LAST_WORD_SECONDS))
