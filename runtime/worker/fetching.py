"""Getting parts of a model from other machines: in slices, resumed, checked, from whoever has them.

A part that was cut off goes on where it stopped; one that arrives damaged is fetched again from the
next source.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import zmq.asyncio

from runtime.errors import Cancelled, HPipeError, ModelError, NetworkError, SetupError
from runtime.messages.control import ControlReply, FetchParts, FetchProgress, ReadPart
from runtime.messages.envelope import payload_bytes
from runtime.messages.stage import Peer
from runtime.models.disk import require_space
from runtime.models.manifest import ModelManifest
from runtime.models.receiving import PartWriter
from runtime.models.store import ModelStore
from runtime.transport.connection import Answer, Connection
from runtime.transport.curve import KeyPair
from runtime.worker.reaching import reach
from runtime.worker.weights import LARGEST_SLICE_BYTES as SLICE_BYTES

# Enough to keep a link busy while the disk writes; few enough to hold in memory.
_IN_FLIGHT = 4
_PROGRESS_SECONDS = 0.1
_SLICE_SECONDS = 60.0

Tell = Callable[[FetchProgress], Awaitable[None]]

_log = logging.getLogger(__name__)


class Fetcher:
    """Fetches for this worker; fetches of one model take turns, so that none writes over another's
    parts."""

    def __init__(self, context: zmq.asyncio.Context, keys: KeyPair, store: ModelStore) -> None:
        self._context = context
        self._keys = keys
        self._store = store
        self._running: dict[asyncio.Task[None], tuple[bytes, str]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def fetch(self, request: FetchParts, tell: Tell, connection: bytes) -> None:
        """Ends when all the parts are on this disk, checked. Raises why they are not."""
        await asyncio.to_thread(self._store.register_manifest, request.manifest)
        task = asyncio.create_task(self._in_turn(request, tell))
        self._running[task] = connection, request.manifest.model_id
        try:
            await task
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            raise Cancelled(
                "Fetching the model was stopped.", "It goes on where it stopped."
            ) from None
        finally:
            del self._running[task]

    def cancel(self, model_id: str, connection: bytes) -> None:
        """Stop what this connection has asked to be fetched of a model; what has come is kept."""
        for task, asked in self._running.items():
            if asked == (connection, model_id):
                task.cancel()

    async def _in_turn(self, request: FetchParts, tell: Tell) -> None:
        async with self._turns.setdefault(request.manifest.model_id, asyncio.Lock()):
            await self._fetch_missing(request, tell)

    async def _fetch_missing(self, request: FetchParts, tell: Tell) -> None:
        manifest = request.manifest
        missing = await asyncio.to_thread(self._missing, request)
        progress = _Progress(manifest, missing, tell)
        problem: HPipeError = NetworkError("No machine was named that has the model.")
        for public_key, addresses in _by_machine(request.sources).items():
            if not missing:
                break
            try:
                connection = await reach(self._context, self._keys, addresses, public_key)
            except NetworkError as unreachable:
                problem = unreachable
                continue
            try:
                while missing:
                    await self._fetch_part(connection, manifest, missing[0], progress)
                    missing.popleft()
            except SetupError:
                raise  # this machine's own disk: no other source mends it
            except HPipeError as failed:
                _log.warning("%s did not give %s: %s", connection.address, missing[0], failed)
                problem = failed
            finally:
                await connection.close()
        if missing:
            raise problem
        await progress.finish()

    def _missing(self, request: FetchParts) -> deque[str]:
        """The parts that are not here yet. Raises SetupError when the disk cannot hold them."""
        manifest = request.manifest
        stored = self._store.open(manifest.model_id)
        for part in request.parts:
            if part not in manifest.parts:
                raise ModelError(f"{manifest.name} has no part {part[:40]!r}.")
        missing = deque(part for part in dict.fromkeys(request.parts) if not stored.has_part(part))
        needed = sum(manifest.part_bytes(part) for part in missing)
        if needed:
            require_space(self._store.root, needed, f"{len(missing)} parts of {manifest.name}")
        return missing

    async def _fetch_part(
        self,
        connection: Connection[ControlReply],
        manifest: ModelManifest,
        part: str,
        progress: _Progress,
    ) -> None:
        total = manifest.part_bytes(part)
        writer = PartWriter(self._store, manifest, part)
        # A part of which only the check is missing still needs its checksum: an empty slice.
        starts = deque(range(writer.offset, total, SLICE_BYTES) or (total,))
        flying: deque[asyncio.Task[Answer]] = deque()
        digest = ""
        try:
            await progress.at(part, writer.offset)
            while starts or flying:
                while starts and len(flying) < _IN_FLIGHT:
                    flying.append(self._ask(connection, manifest, part, starts.popleft()))
                answer = await flying[0]
                flying.popleft()
                expected = min(SLICE_BYTES, total - writer.offset)
                if payload_bytes(answer.payload) != expected or len(answer.payload) != 1:
                    raise ModelError("The machine sent other bytes than it was asked for.")
                await _undisturbed(writer.write, answer.payload[0])
                digest = answer.body.part_sha256
                await progress.at(part, writer.offset)
            await _undisturbed(writer.finish, digest)
        finally:
            for request in flying:
                request.cancel()
            await asyncio.gather(*flying, return_exceptions=True)
            writer.close()

    def _ask(
        self, connection: Connection[ControlReply], manifest: ModelManifest, part: str, start: int
    ) -> asyncio.Task[Answer]:
        length = min(SLICE_BYTES, manifest.part_bytes(part) - start)
        wanted = ReadPart(model_id=manifest.model_id, part=part, offset=start, length=length)
        return asyncio.create_task(connection.request(wanted, timeout_seconds=_SLICE_SECONDS))


class _Progress:
    """Adds up the parts of a fetch and tells of it ten times a second at most."""

    def __init__(self, manifest: ModelManifest, parts: Iterable[str], tell: Tell) -> None:
        self._model_id = manifest.model_id
        self._total = sum(manifest.part_bytes(part) for part in parts)
        self._done: dict[str, int] = {}
        self._tell = tell
        self._told_at = 0.0

    async def at(self, part: str, offset: int) -> None:
        self._done[part] = offset
        now = time.monotonic()
        if now - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = now
            await self._say(sum(self._done.values()))

    async def finish(self) -> None:
        await self._say(self._total)

    async def _say(self, done: int) -> None:
        await self._tell(
            FetchProgress(model_id=self._model_id, bytes_done=done, bytes_total=self._total)
        )


def _by_machine(sources: Iterable[Peer]) -> dict[str, list[str]]:
    """Each machine once, in order, with all addresses it was given with."""
    machines: dict[str, list[str]] = {}
    for source in sources:
        machines.setdefault(source.public_key, []).append(source.address)
    return machines


async def _undisturbed(function: Callable[..., None], *arguments: Any) -> None:
    """Run in a thread to its end, even when this is cancelled: a file is written whole."""
    task = asyncio.create_task(asyncio.to_thread(function, *arguments))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
