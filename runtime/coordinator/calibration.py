"""What stages really took, by model, weight bits and device, so that the next plan knows better."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from runtime.coordinator.pipeline import Pipeline
from runtime.messages.stage import ChunkRecord

# The newest records count: a machine that has cooled down is fast again.
KEPT_CHUNKS = 400
KEPT_STEPS = 100

# Model, weight bits, machine, device, and whether it is a single token.
_Key = tuple[str, int, str, str, bool]


class Calibration:
    """The latest chunk records of every device, by model and the bits of its weights."""

    def __init__(self) -> None:
        self._records: dict[_Key, deque[ChunkRecord]] = {}

    def add(self, model_id: str, pipeline: Pipeline, record: ChunkRecord) -> None:
        """A stage of this pipeline, loaded with this model, finished a chunk.

        A step that checks guesses is neither a chunk nor a single token, and tells of neither.
        """
        if not 0 <= record.stage < len(pipeline.placements):
            return
        if record.is_step and record.tokens > 1:
            return
        stage = pipeline.placements[record.stage].stage
        if (stage.first_layer, stage.last_layer) != (record.first_layer, record.last_layer):
            return
        is_step = record.tokens == 1
        key = (model_id, pipeline.weight_bits, stage.machine_id, stage.device_id, is_step)
        kept = self._records.setdefault(key, deque(maxlen=KEPT_STEPS if is_step else KEPT_CHUNKS))
        kept.append(record)

    def records(
        self, model_id: str, weight_bits: int, machine_id: str, device_id: str
    ) -> tuple[ChunkRecord, ...]:
        chunks = self._records.get((model_id, weight_bits, machine_id, device_id, False), ())
        steps = self._records.get((model_id, weight_bits, machine_id, device_id, True), ())
        return (*chunks, *steps)

    def newest(
        self, model_id: str, weight_bits: int, machine_id: str, device_id: str
    ) -> tuple[ChunkRecord, ...]:
        """The chunks of the latest session alone."""
        kept = self._records.get((model_id, weight_bits, machine_id, device_id, False))
        if not kept:
            return ()
        return tuple(record for record in kept if record.session == kept[-1].session)

    def forget(self, machine_ids: Iterable[str]) -> None:
        """These machines are measured afresh."""
        gone = set(machine_ids)
        self._records = {key: kept for key, kept in self._records.items() if key[2] not in gone}
