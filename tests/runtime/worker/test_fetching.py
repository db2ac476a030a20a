"""Parts of a model on their way from one worker's disk to another's."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.errors import Cancelled, ModelError, NetworkError, SetupError
from runtime.messages.control import (
    AdmitKeys,
    CancelFetch,
    FetchParts,
    FetchProgress,
    ListModels,
    ReadPart,
)
from runtime.messages.envelope import Done
from runtime.messages.spawn import WorkerReady
from runtime.messages.stage import Peer
from runtime.models import disk
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, ModelManifest, layer_part
from runtime.models.store import ModelStore
from runtime.transport.curve import new_key_pair
from runtime.worker import fetching, weights
from tests.runtime.worker.models import random_model
from tests.runtime.worker.workers import connected, running_worker, until

ALL_PARTS = (EMBEDDING_PART, layer_part(0), layer_part(1), HEAD_PART)


def store_of(folder: Path) -> Path:
    return folder / "cache" / "models"


def peer(ready: WorkerReady) -> Peer:
    return Peer(address=f"127.0.0.1:{ready.control_port}", public_key=ready.public_key)


class Pair:
    """Two workers with stores of their own and a coordinator that introduced them."""

    def __init__(self, folder: Path, **model: Any) -> None:
        self.folder = folder
        self.coordinator = new_key_pair()
        self.manifest: ModelManifest = random_model(
            folder / "model", store_of(folder / "holder"), **model
        )
        self.progress: list[FetchProgress] = []

    async def __aenter__(self) -> Pair:
        trusted = (self.coordinator.public_key,)
        self._contexts: list[Any] = []
        self.holder_worker, self.holder = await self._enter(
            running_worker(self.folder / "holder", "Holder", admitted_keys=trusted)
        )
        _, self.fetcher = await self._enter(
            running_worker(self.folder / "fetcher", "Fetcher", admitted_keys=trusted)
        )
        self.to_holder = await self._enter(connected(self.holder, self.coordinator))
        self.to_fetcher = await self._enter(connected(self.fetcher, self.coordinator))
        await self.to_holder.request(AdmitKeys(keys=(self.fetcher.public_key,)))
        return self

    async def _enter(self, context: Any) -> Any:
        entered = await context.__aenter__()
        self._contexts.append(context)
        return entered

    async def __aexit__(self, *_: object) -> None:
        for context in reversed(self._contexts):
            await context.__aexit__(None, None, None)

    async def fetch(self, *parts: str, sources: tuple[Peer, ...] = ()) -> Any:
        request = FetchParts(
            manifest=self.manifest,
            parts=parts or ALL_PARTS,
            sources=sources or (peer(self.holder),),
        )
        return await self.to_fetcher.request(
            request,
            timeout_seconds=60.0,
            on_progress=lambda body, _: self.progress.append(body),
        )

    async def parts_at_fetcher(self) -> set[str]:
        listed = await self.to_fetcher.request(ListModels())
        return set(listed.body.parts.get(self.manifest.model_id, ()))

    def bytes_at(self, name: str, part: str) -> bytes:
        store = ModelStore(store_of(self.folder / name))
        return store.read_slice(self.manifest.model_id, part, 0, self.manifest.part_bytes(part))


def test_parts_arrive_whole_and_once(tmp_path: Path) -> None:
    """Defect: bytes are lost or doubled on the way, or what is here is fetched again."""

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            answer = await pair.fetch(EMBEDDING_PART, layer_part(1))
            assert isinstance(answer.body, Done)
            assert await pair.parts_at_fetcher() == {EMBEDDING_PART, layer_part(1)}
            for part in (EMBEDDING_PART, layer_part(1)):
                assert pair.bytes_at("fetcher", part) == pair.bytes_at("holder", part)
            last = pair.progress[-1]
            assert last.bytes_done == last.bytes_total > 0
            pair.progress.clear()
            await pair.fetch()
            missing = sum(map(pair.manifest.part_bytes, (layer_part(0), HEAD_PART)))
            assert pair.progress[-1].bytes_total == missing
            assert await pair.parts_at_fetcher() == set(ALL_PARTS)

    asyncio.run(scenario())


def test_a_transfer_that_was_cut_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: after a lost connection gigabytes are fetched from the start again."""
    monkeypatch.setattr(fetching, "SLICE_BYTES", 16 * 1024)
    asked: list[int] = []
    cuts: list[int] = []
    read = weights._read

    async def scenario() -> None:
        # The embedding: 4,096 rows of 64 numbers are 1 MiB, in 64 slices.
        async with Pair(tmp_path, vocabulary=4096) as pair:

            def cut_after_some(store: ModelStore, request: ReadPart) -> Any:
                asked.append(request.offset)
                if len(asked) == 20 and not cuts:
                    cuts.append(request.offset)
                    loop.call_soon_threadsafe(
                        pair.holder_worker._server.drop, pair.fetcher.public_key
                    )
                return read(store, request)

            loop = asyncio.get_running_loop()
            monkeypatch.setattr(weights, "_read", cut_after_some)
            with pytest.raises(NetworkError):
                await pair.fetch(EMBEDDING_PART)
            assert await pair.parts_at_fetcher() == set()
            arrived = _partial(pair).stat().st_size
            asked.clear()
            await pair.fetch(EMBEDDING_PART)
            total = pair.manifest.part_bytes(EMBEDDING_PART)
            assert 0 < arrived - min(asked) < 4096, "all but the header is resumed"
            assert min(asked) >= 12 * 16 * 1024
            assert len(asked) == (total - min(asked)) // (16 * 1024)
            assert pair.bytes_at("fetcher", EMBEDDING_PART) == pair.bytes_at(
                "holder", EMBEDDING_PART
            )

    asyncio.run(scenario())


def test_a_damaged_part_is_rejected_and_taken_from_another_source(tmp_path: Path) -> None:
    """Defect: flipped bits on one machine's disk become a model that answers nonsense."""

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            whole = pair.bytes_at("holder", HEAD_PART)
            _damage(pair, HEAD_PART, hashlib.sha256(whole).hexdigest())
            with pytest.raises(ModelError, match="damaged"):
                await pair.fetch(HEAD_PART)
            assert await pair.parts_at_fetcher() == set()
            assert not _partial(pair, HEAD_PART).exists()

            random_model(tmp_path / "again", store_of(tmp_path / "second"))
            trusted = (pair.coordinator.public_key,)
            async with (
                running_worker(tmp_path / "second", "Second", admitted_keys=trusted) as (_, ready),
                connected(ready, pair.coordinator) as to_second,
            ):
                await to_second.request(AdmitKeys(keys=(pair.fetcher.public_key,)))
                await pair.fetch(HEAD_PART, sources=(peer(pair.holder), peer(ready)))
            assert pair.bytes_at("fetcher", HEAD_PART) == whole

    asyncio.run(scenario())


def test_a_source_that_is_gone_is_passed_over(tmp_path: Path, impatient: None) -> None:
    """Defect: one machine that was switched off keeps a job from starting."""

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            gone = Peer(address="127.0.0.1:9", public_key=new_key_pair().public_key)
            await pair.fetch(HEAD_PART, sources=(gone, peer(pair.holder)))
            assert await pair.parts_at_fetcher() == {HEAD_PART}

    asyncio.run(scenario())


def test_a_fetch_is_stopped_by_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect: a cancelled job goes on filling disk and network."""
    started = asyncio.Event()

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            loop = asyncio.get_running_loop()
            release = asyncio.Event()

            async def wait(_store: ModelStore, _request: ReadPart) -> Any:
                started.set()
                await release.wait()

            monkeypatch.setattr("runtime.worker.requests.read_part", wait)
            fetch = loop.create_task(pair.fetch(HEAD_PART))
            await asyncio.wait_for(started.wait(), 10.0)
            await pair.to_fetcher.request(CancelFetch(model_id=pair.manifest.model_id))
            with pytest.raises(Cancelled):
                await fetch
            await until(
                lambda: (
                    not any(
                        visitor.public_key == pair.fetcher.public_key
                        for visitor in pair.holder_worker._server.visitors
                    )
                ),
                "the end of the fetcher's connection",
            )

    asyncio.run(scenario())


def test_a_fetch_is_not_stopped_by_somebody_elses_cancel(tmp_path: Path) -> None:
    """Defect: a job that is stopped in one window fails another window's job."""

    async def scenario() -> None:
        async with (
            Pair(tmp_path, hidden=512, vocabulary=20_000) as pair,
            connected(pair.fetcher, pair.coordinator) as another,
        ):
            cancel = CancelFetch(model_id=pair.manifest.model_id)
            fetch = asyncio.create_task(pair.fetch())
            while not pair.progress:
                await asyncio.sleep(0)
            await another.request(cancel)
            assert not fetch.done()
            assert isinstance((await fetch).body, Done)

    asyncio.run(scenario())


def test_a_full_disk_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: hours of fetching end in a full disk that was foreseeable."""

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            monkeypatch.setattr(disk, "free_bytes", lambda _folder: 1000)
            with pytest.raises(SetupError, match="disk"):
                await pair.fetch()
            assert pair.progress == []

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["../../escape", "layer-00000/../../escape", "/etc/passwd", ""])
def test_no_name_from_the_network_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    """Defect: a hostile coordinator writes files anywhere on this machine."""

    async def scenario() -> None:
        async with Pair(tmp_path) as pair:
            honest = pair.manifest
            before = _files(tmp_path)
            pair.manifest = msgspec.structs.replace(honest, model_id=name)
            with pytest.raises(ModelError):
                await pair.fetch(HEAD_PART)
            pair.manifest = msgspec.structs.replace(
                honest, parts={**honest.parts, name: honest.parts[HEAD_PART]}
            )
            with pytest.raises(ModelError):
                await pair.fetch(name)
            assert _files(tmp_path) == before

    asyncio.run(scenario())


def _partial(pair: Pair, part: str = EMBEDDING_PART) -> Path:
    home = store_of(pair.folder / "fetcher") / pair.manifest.model_id
    return home / "parts" / f"{part}.{os.getpid()}.partial"


def _damage(pair: Pair, part: str, digest: str) -> None:
    """Flip bits of a part in the holder's file, after its checksum has been taken."""
    store = ModelStore(store_of(pair.folder / "holder"))
    store.keep_digest(pair.manifest.model_id, part, digest)
    path, span = next(iter(store.open(pair.manifest.model_id).part_spans(part)))
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(span.start + 100)
        byte = file.read(1)[0]
        file.seek(span.start + 100)
        file.write(bytes([byte ^ 0xFF]))
    # As a failing disk does it: without a trace in the file's times.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.name != "worker.log"}
