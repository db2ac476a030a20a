"""Writing a part that arrives in slices: resumable, checksummed, and in place only when whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
from types import TracebackType

import psutil

from runtime.errors import ModelError
from runtime.models.disk import require_space, writing
from runtime.models.manifest import ModelManifest
from runtime.models.safetensors_file import header_for
from runtime.models.store import ModelStore
from runtime.models.stored_model import part_file, tensors_of

_BLOCK_BYTES = 4 * 1024**2


class PartWriter:
    """One part of a model on its way in; close it (or use `with`) to keep what has arrived.

    offset is how many bytes of the part are already here: ask the sender to go on from there.
    Several workers of one machine may share a store, so each process has a file of its own, and
    goes on with what one that is gone has left.
    """

    def __init__(self, store: ModelStore, manifest: ModelManifest, part: str) -> None:
        tensors = tensors_of(manifest, part)
        home = store.register_manifest(manifest)
        self._final = part_file(home, part)
        self._store = store
        self._manifest = manifest
        self._part = part
        self._header = header_for(tensors)
        self._total = manifest.part_bytes(part)
        self._partial = self._final.with_name(f"{part}.{os.getpid()}.partial")
        self._what = f"part {part} of {manifest.name}"
        with writing(home, self._what):
            self._final.parent.mkdir(parents=True, exist_ok=True)
            self._adopt()
            self.offset = self._resume_at()
            require_space(home, self._total - self.offset, self._what)
            self._file = self._partial.open("r+b" if self.offset else "wb")
            if self.offset == 0:
                self._file.write(self._header)
            self._file.seek(len(self._header) + self.offset)

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, data: bytes | memoryview) -> None:
        """Append the next bytes. SetupError when the disk is full; ModelError past the end."""
        if self.offset + len(data) > self._total:
            raise ModelError(f"More bytes arrived than {self._what} has.", "Try again.")
        with writing(self._partial.parent, self._what):
            self._file.write(data)
        self.offset += len(data)

    def finish(self, sha256: str) -> None:
        """Verify the whole part and put it in place; a wrong checksum deletes it: ModelError."""
        if self.offset != self._total:
            raise ModelError(f"{self._what} is not complete.", "It goes on where it stopped.")
        with writing(self._partial.parent, self._what):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if self._digest() != sha256:
            self._partial.unlink(missing_ok=True)
            raise ModelError(
                f"{self._what} arrived damaged (its checksum is wrong).", "Fetch it again."
            )
        with writing(self._partial.parent, self._what):
            if self._final.is_file():  # another process was first; it may be reading it already
                self._partial.unlink()
            else:
                self._partial.replace(self._final)
        self._store.keep_digest(self._manifest.model_id, self._part, sha256)

    def close(self) -> None:
        """Keep what has arrived for a later try."""
        with writing(self._partial.parent, self._what):
            self._file.close()

    def _adopt(self) -> None:
        """Take over what a process that is gone left of this part, and tidy up further such."""
        for left in self._final.parent.glob(f"{self._part}.*.partial"):
            owner = left.name.split(".")[1]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                with contextlib.suppress(OSError):  # somebody else was quicker
                    if self._partial.exists():
                        left.unlink()
                    else:
                        left.replace(self._partial)

    def _resume_at(self) -> int:
        """Bytes of the part an earlier try left behind, 0 when it left none that can be used."""
        try:
            size = self._partial.stat().st_size
            with self._partial.open("rb") as file:
                same = file.read(len(self._header)) == self._header
        except FileNotFoundError:
            return 0
        arrived = size - len(self._header)
        return arrived if same and 0 <= arrived <= self._total else 0

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self._partial.open("rb") as file:
            file.seek(len(self._header))
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()
