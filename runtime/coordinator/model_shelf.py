"""The models at hand: brought in from a source, opened with their tokenizers, told in summaries."""

from __future__ import annotations

import time
from pathlib import Path

import anyio.from_thread
import anyio.to_thread

from runtime.coordinator.events import EventHub
from runtime.coordinator.job_run import ChosenModel
from runtime.coordinator.threads import in_thread
from runtime.errors import ModelError
from runtime.models.catalogue import add_source, search_hub, summary
from runtime.models.manifest import ModelManifest
from runtime.models.store import ModelStore
from runtime.models.tokenizer import PromptTokenizer
from runtime.snapshots import ModelSummary, TransferMoved, TransferSnapshot

# Progress is told about this often.
TELL_SECONDS = 0.1


class ModelShelf:
    """Wraps the model store for the event loop: files are read and written in threads."""

    def __init__(self, folder: Path, events: EventHub) -> None:
        self._store = ModelStore(folder)
        self._events = events
        self._chosen: dict[str, ChosenModel] = {}

    async def summaries(self) -> tuple[ModelSummary, ...]:
        manifests = await anyio.to_thread.run_sync(self._store.models)
        return tuple(self._summary(manifest) for manifest in manifests)

    async def choose(self, model_id: str) -> ChosenModel:
        """A model with its tokenizer. Raises ModelError when it is not at hand."""
        if model_id not in self._chosen:
            if not model_id:
                raise ModelError("No model is chosen.", "Choose one on the Plan page.")
            self._chosen[model_id] = await anyio.to_thread.run_sync(self._open, model_id)
        return self._chosen[model_id]

    async def add(self, source: str) -> ModelSummary:
        """Bring in a folder, a GGUF file, "demo" or a hub id, telling the progress as events."""
        told_at = 0.0

        def tell(step: str, done: int, total: int) -> None:
            nonlocal told_at
            # Raises when the person gave up, which ends whatever is under way.
            anyio.from_thread.check_cancelled()
            now = time.monotonic()
            if now - told_at >= TELL_SECONDS or done == total:
                told_at = now
                moved = TransferSnapshot(name=step, bytes_done=done, bytes_total=total)
                anyio.from_thread.run_sync(self._tell, moved)

        try:
            manifest = await in_thread(lambda: add_source(self._store, source, tell))
        finally:
            self._tell(TransferSnapshot(name="", bytes_done=0, bytes_total=0, finished=True))
        return self._summary(manifest)

    async def remove(self, model_id: str) -> None:
        """Forget a model; only files that HPipe made or fetched are deleted."""
        self._chosen.pop(model_id, None)
        await anyio.to_thread.run_sync(self._store.remove, model_id)

    async def search(self, words: str) -> tuple[ModelSummary, ...]:
        return await anyio.to_thread.run_sync(search_hub, words)

    def _open(self, model_id: str) -> ChosenModel:
        stored = self._store.open(model_id)
        return ChosenModel(stored.manifest, PromptTokenizer(stored.folder))

    def _summary(self, manifest: ModelManifest) -> ModelSummary:
        return summary(manifest, self._store.origin(manifest.model_id))

    def _tell(self, transfer: TransferSnapshot) -> None:
        self._events.publish(TransferMoved(transfer))
