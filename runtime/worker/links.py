"""How fast the link to another worker is: its latency, and its bandwidth in both directions."""

from __future__ import annotations

import time
from collections.abc import Sequence

import zmq.asyncio

from runtime.errors import ModelError
from runtime.messages.control import ControlReply, LinkMeasured, MeasureLink, Probe, ProbeEcho
from runtime.messages.envelope import payload_bytes
from runtime.transport.connection import Answer, Connection
from runtime.transport.curve import KeyPair
from runtime.worker.reaching import reach

_SMALL_PROBES = 10
_FIRST_BYTES = 64 * 1024
_LARGEST_BYTES = 32 * 1024**2
_GROWTH = 4
# A transfer this long tells the bandwidth well; the next larger one would take seconds.
_LONG_ENOUGH_SECONDS = 0.3
# The best of a few: whatever else a machine does at the moment only makes a transfer slower.
_REPEATS = 3


def echo(probe: Probe, payload: Sequence[memoryview]) -> Answer:
    """The answer to a probe: how much arrived, and as much as was asked for."""
    if not 0 <= probe.echo_bytes <= _LARGEST_BYTES:
        raise ModelError(f"A probe may ask for up to {_LARGEST_BYTES} bytes.")
    echoed = (memoryview(bytes(probe.echo_bytes)),) if probe.echo_bytes else ()
    return Answer(ProbeEcho(received_bytes=payload_bytes(payload)), echoed)


async def measure_link(
    context: zmq.asyncio.Context, keys: KeyPair, request: MeasureLink
) -> LinkMeasured:
    """Measure from here to the first of the addresses that answers. Raises NetworkError."""
    connection = await reach(context, keys, request.addresses, request.public_key)
    try:
        round_trip = await _round_trip(connection)
        forward = backward = 0.0
        if not request.quick:
            forward = await _bandwidth(connection, round_trip, sends=True)
            backward = await _bandwidth(connection, round_trip, sends=False)
    finally:
        await connection.close()
    return LinkMeasured(
        address=connection.address,
        latency_seconds=round_trip / 2,
        forward_bytes_per_second=forward,
        backward_bytes_per_second=backward,
    )


async def _round_trip(connection: Connection[ControlReply]) -> float:
    return min([await _transfer(connection, 0, 0) for _ in range(_SMALL_PROBES)])


async def _bandwidth(
    connection: Connection[ControlReply], round_trip: float, *, sends: bool
) -> float:
    size = _FIRST_BYTES
    while True:
        seconds = await _transfer(connection, *((size, 0) if sends else (0, size)))
        if seconds >= _LONG_ENOUGH_SECONDS or size >= _LARGEST_BYTES:
            break
        size = min(size * _GROWTH, _LARGEST_BYTES)
    if seconds < _LONG_ENOUGH_SECONDS:
        for _ in range(_REPEATS - 1):
            again = await _transfer(connection, *((size, 0) if sends else (0, size)))
            seconds = min(seconds, again)
    return size / (seconds - round_trip if seconds > 2 * round_trip else seconds)


async def _transfer(
    connection: Connection[ControlReply], sent_bytes: int, echo_bytes: int
) -> float:
    payload = [bytes(sent_bytes)] if sent_bytes else []
    began = time.perf_counter()
    await connection.request(Probe(echo_bytes=echo_bytes), payload, timeout_seconds=60.0)
    return time.perf_counter() - began
