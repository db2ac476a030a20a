"""Drops snapshots that newer ones have overtaken before the window could look. No Qt in here."""

from __future__ import annotations

from runtime.snapshots import Event, JobChanged, ModelsChanged, PoolChanged, TransferMoved


def latest_only(events: list[Event]) -> list[Event]:
    """The events in order, with every pool, job and transfer snapshot but its latest left out."""
    seen: set[object] = set()
    kept: list[Event] = []
    for event in reversed(events):
        key: object = None
        match event:
            case PoolChanged() | ModelsChanged():
                key = type(event)
            case JobChanged():
                key = (JobChanged, event.job.job_id, event.job.state)
            case TransferMoved():
                key = (TransferMoved, event.transfer.name)
        if key is not None:
            if key in seen:
                continue
            seen.add(key)
        kept.append(event)
    kept.reverse()
    return kept
