"""Writes what the stages reported as a table other programs read. No Qt in here."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from runtime.files import write_atomically
from runtime.snapshots import ChunkFinished

COLUMNS = (
    "job", "machine", "stage", "first_layer", "last_layer", "chunk", "position", "tokens",
    "started_seconds", "wait_seconds", "compute_seconds", "send_seconds", "bytes_sent",
    "memory_bytes",
)  # fmt: skip


def write_csv(path: Path, finished: Iterable[ChunkFinished], name_of: Callable[[str], str]) -> None:
    """One line per record, seconds counted from the first. Raises SetupError if it cannot."""
    records = sorted(finished, key=lambda one: one.record.started_at)
    zero = records[0].record.started_at if records else 0.0
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for one in records:
        record = one.record
        writer.writerow(
            (
                one.job_id, name_of(one.machine_id), record.stage + 1,
                record.first_layer + 1, record.last_layer, record.sequence + 1,
                record.position, record.tokens, f"{record.started_at - zero:.6f}",
                f"{record.wait_seconds:.6f}", f"{record.compute_seconds:.6f}",
                f"{record.send_seconds:.6f}", record.bytes_sent, record.memory_bytes,
            )
        )  # fmt: skip
    write_atomically(path, written.getvalue().encode())
