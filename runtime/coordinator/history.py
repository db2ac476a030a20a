"""Finished jobs on disk, newest first, so that an answer survives a restart."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from runtime.errors import HPipeError, SetupError
from runtime.files import write_atomically
from runtime.snapshots import JobSnapshot

_JOB_ID = re.compile(r"[0-9a-f]{32}")


class History:
    """One JSON file per finished job in a folder of the state directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def jobs(self) -> tuple[JobSnapshot, ...]:
        """Newest first; a file that cannot be read (another version) is passed over."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=JobSnapshot))
            except (msgspec.DecodeError, OSError):
                continue
        return tuple(sorted(found, key=lambda job: job.started_at, reverse=True))

    def keep(self, job: JobSnapshot) -> None:
        write_atomically(self._path(job.job_id), msgspec.json.encode(job), private=True)

    def delete(self, job_id: str) -> None:
        """Raises SetupError where the folder cannot be written."""
        path = self._path(job_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise SetupError(
                f"{path} could not be deleted ({problem.strerror}).",
                "Check the permissions of the file and its folder.",
            ) from problem

    def _path(self, job_id: str) -> Path:
        if not _JOB_ID.fullmatch(job_id):
            raise HPipeError("There is no such job in the history.")
        return self._folder / f"{job_id}.json"
