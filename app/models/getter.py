"""Brings one model in at a time, whether or not the dialog that asked for it is still open."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge, Call
from app.state import AppState
from runtime.errors import HPipeError
from runtime.service import Service
from runtime.snapshots import ModelSummary


class ModelGetter(QObject):
    """`get` a source; `changed` tells the progress, then `added` or `failed`. Chooses the model."""

    changed = Signal()
    added = Signal(object)  # ModelSummary
    failed = Signal(object)  # HPipeError

    def __init__(self, bridge: Bridge, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._state = state
        self._call: Call | None = None
        self.name = ""
        state.transfers_changed.connect(self._moved)
        bridge.restarting.connect(self._drop)

    @property
    def is_busy(self) -> bool:
        return self._call is not None

    @property
    def progress(self) -> tuple[str, int, int]:
        """What happens in words, bytes done and bytes in all (0 while they are not known)."""
        transfer = next(iter(self._state.transfers.values()), None)
        if transfer is None:
            return "", 0, 0
        return transfer.name, transfer.bytes_done, transfer.bytes_total

    def get(self, source: str, name: str) -> None:
        """Bring in a folder, a GGUF file, "demo" or a hub id; name is what a person sees."""
        if self.is_busy:
            return
        self.name = name
        self._call = self._bridge.call(
            Service.add_model, source, owner=self, on_done=self._done, on_error=self._failed
        )
        self.changed.emit()

    def cancel(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._drop()

    def _moved(self) -> None:
        if self.is_busy:
            self.changed.emit()

    def _drop(self) -> None:
        self._call = None
        self.changed.emit()

    def _done(self, model: ModelSummary) -> None:
        self._drop()
        self._state.choose_model(model.model_id)
        self.added.emit(model)

    def _failed(self, error: HPipeError) -> None:
        self._drop()
        self.failed.emit(error)
