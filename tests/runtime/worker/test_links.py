"""Measuring the link between two workers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import zmq.asyncio

from runtime.errors import NetworkError, Refused
from runtime.messages.control import AdmitKeys, MeasureLink
from runtime.transport.curve import new_key_pair
from runtime.worker import reaching
from tests.runtime.worker.workers import connected, running_worker


def test_a_link_is_measured_at_the_address_that_answers(tmp_path: Path) -> None:
    """Defect: an address that is silent fails the measurement, or figures are made up."""

    async def scenario() -> None:
        coordinator = new_key_pair()
        trusted = (coordinator.public_key,)
        async with (
            running_worker(tmp_path / "one", admitted_keys=trusted) as (_, one),
            running_worker(tmp_path / "two", admitted_keys=trusted) as (_, two),
            connected(one, coordinator) as to_one,
            connected(two, coordinator) as to_two,
        ):
            await to_two.request(AdmitKeys(keys=(one.public_key,)))
            here = f"127.0.0.1:{two.control_port}"
            request = MeasureLink(
                addresses=("127.0.0.1:9", here), public_key=two.public_key, quick=True
            )
            quick = (await to_one.request(request)).body
            assert quick.address == here
            assert 0 < quick.latency_seconds < 0.1
            assert quick.forward_bytes_per_second == quick.backward_bytes_per_second == 0
            whole = MeasureLink(addresses=(here,), public_key=two.public_key)
            measured = (await to_one.request(whole, timeout_seconds=60.0)).body
            # Loopback with encryption moves hundreds of megabytes a second even on slow machines.
            assert measured.forward_bytes_per_second > 10e6
            assert measured.backward_bytes_per_second > 10e6

    asyncio.run(scenario())


def test_a_worker_that_is_not_introduced_is_told_so(tmp_path: Path, impatient: None) -> None:
    """Defect: a missing introduction looks like a cable that is pulled."""

    async def scenario() -> None:
        async with running_worker(tmp_path) as (_, ready):
            context = zmq.asyncio.Context()
            try:
                addresses = (f"127.0.0.1:{ready.control_port}", "127.0.0.1:9")
                with pytest.raises(Refused):
                    await reaching.reach(context, new_key_pair(), addresses, ready.public_key)
            finally:
                context.destroy(linger=0)

    asyncio.run(scenario())


def test_many_silent_addresses_are_tried_side_by_side(impatient: None) -> None:
    """Defect: a machine with ten interfaces takes a minute to be found unreachable."""

    async def scenario() -> None:
        context = zmq.asyncio.Context()
        try:
            silent = [f"127.0.0.{host}:9" for host in range(2, 12)]
            began = time.monotonic()
            with pytest.raises(NetworkError):
                await reaching.reach(context, new_key_pair(), silent, new_key_pair().public_key)
            assert time.monotonic() - began < 7.0, "ten in turn take 7.5 seconds"
        finally:
            context.destroy(linger=0)

    asyncio.run(scenario())


def test_no_address_at_all_is_an_error_of_its_own() -> None:
    """Defect: an empty list waits for ever."""

    async def scenario() -> None:
        context = zmq.asyncio.Context()
        try:
            with pytest.raises(NetworkError, match="No address"):
                await reaching.reach(context, new_key_pair(), (), new_key_pair().public_key)
        finally:
            context.destroy(linger=0)

    asyncio.run(scenario())
