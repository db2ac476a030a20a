"""What the stages' chunk records say of a run: shares, bubble, speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from runtime.messages.stage import ChunkRecord


class StageTotals(Struct, frozen=True, kw_only=True):
    """One stage's sums over a run."""

    stage: int
    first_layer: int
    last_layer: int
    tokens: int
    busy_seconds: float
    bytes_sent: int


def stage_totals(records: Iterable[ChunkRecord]) -> tuple[StageTotals, ...]:
    """Sums by stage, in the order of the stages."""
    by_stage: dict[int, list[ChunkRecord]] = defaultdict(list)
    for record in records:
        by_stage[record.stage].append(record)
    return tuple(
        StageTotals(
            stage=stage,
            first_layer=of_stage[0].first_layer,
            last_layer=of_stage[0].last_layer,
            tokens=sum(record.tokens for record in of_stage),
            busy_seconds=sum(record.compute_seconds for record in of_stage),
            bytes_sent=sum(record.bytes_sent for record in of_stage),
        )
        for stage, of_stage in sorted(by_stage.items())
    )


def bubble_fraction(records: Iterable[ChunkRecord]) -> float:
    """The share of all stages' time, from the first start to the last end, spent not computing.

    Records are on one clock. 0 for no records.
    """
    all_records = tuple(records)
    if not all_records:
        return 0.0
    start = min(record.started_at for record in all_records)
    end = max(record.started_at + record.compute_seconds for record in all_records)
    stages = {record.stage for record in all_records}
    available = (end - start) * len(stages)
    busy = sum(record.compute_seconds for record in all_records)
    return max(0.0, 1.0 - busy / available) if available > 0 else 0.0
