"""The models of this machine: whole folders used in place, and parts received from others.

Every model has a folder of its own under the root, named by its id:

    <model_id>/manifest.json      what is in the model
    <model_id>/source.json        where its files lie, when they lie in a Hugging Face folder
    <model_id>/files/             that folder, when it was converted or fetched from the hub
    <model_id>/config.json        the configuration, when only parts were received
    <model_id>/parts/*.safetensors   received parts, one file each
    <model_id>/digests.json       checksums of parts, kept because they take long to compute
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from runtime.errors import HPipeError, ModelError
from runtime.files import write_atomically
from runtime.models.disk import writing
from runtime.models.inspect import inspect_folder
from runtime.models.manifest import ModelManifest
from runtime.models.soundness import require_sound
from runtime.models.stored_model import (
    ADD_AGAIN,
    FileStamp,
    Source,
    StoredModel,
    open_stored,
    stamp_of,
    tensors_of,
)

_MODEL_ID = re.compile(r"[0-9a-f]{64}")
_BLOCK_BYTES = 4 * 1024**2
_OWN_FILES = "files"


class ModelStore:
    """All models under one cache directory. Its methods may be called from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened: dict[str, StoredModel] = {}
        self._lock = threading.Lock()

    def home(self, model_id: str) -> Path:
        """The folder of a model; ModelError unless the id is one."""
        if not _MODEL_ID.fullmatch(model_id):
            raise ModelError("That is no model id: it must be 64 hexadecimal digits.")
        return self.root / model_id

    def open(self, model_id: str) -> StoredModel:
        """A model of which at least the manifest is here. ModelError when it is not, or changed."""
        home = self.home(model_id)
        with self._lock:
            opened = self._opened.get(model_id)
            if opened is None or not opened.is_unchanged():
                # Another process may have added it anew since.
                self._opened.pop(model_id, None)
                opened = open_stored(home)
        if not opened.is_unchanged():
            raise ModelError(
                f"The files of {opened.manifest.name} in {opened.source_folder} have been moved or "
                "changed since the model was added.",
                ADD_AGAIN,
            )
        with self._lock:
            return self._opened.setdefault(model_id, opened)

    def models(self) -> tuple[ModelManifest, ...]:
        """The models of which every part is here, by name."""
        whole = [
            stored.manifest
            for stored in self._stored()
            if all(stored.has_part(part) for part in stored.manifest.parts)
        ]
        return tuple(sorted(whole, key=lambda manifest: (manifest.name, manifest.model_id)))

    def installed_parts(self) -> dict[str, tuple[str, ...]]:
        """Model ids to the parts that are whole on this machine."""
        return {
            stored.manifest.model_id: tuple(
                part for part in stored.manifest.parts if stored.has_part(part)
            )
            for stored in self._stored()
        }

    def origin(self, model_id: str) -> str:
        """What a person gave to add the model: a folder, a file, a hub id or "demo"."""
        stored = self.open(model_id)
        if stored.source is None:
            return "another machine"
        return stored.source.origin or str(stored.source_folder)

    def read_slice(self, model_id: str, part: str, offset: int, length: int) -> bytes:
        """Bytes [offset, offset + length) of a part, its tensors laid end to end; short at its end.

        Raises ModelError when the part is not here or the range starts outside it.
        """
        stored = self.open(model_id)
        total = sum(tensor.nbytes for tensor in tensors_of(stored.manifest, part))
        if offset < 0 or length < 0 or offset > total:
            raise ModelError(f"Part {part} of {stored.manifest.name} has no byte {offset}.")
        pieces = []
        position = 0
        for path, span in stored.part_spans(part):
            size = span.end - span.start
            begin, end = max(offset - position, 0), min(offset + length - position, size)
            if begin < end:
                pieces.append(_read(path, span.start + begin, end - begin))
            position += size
        return b"".join(pieces)

    def part_digest(self, model_id: str, part: str) -> str:
        """SHA-256 of a part's bytes as read_slice gives them, computed once and kept."""
        stored = self.open(model_id)
        known = _read_digests(stored.home)
        if part in known:
            return known[part]
        digest = hashlib.sha256()
        for path, span in stored.part_spans(part):
            for start in range(span.start, span.end, _BLOCK_BYTES):
                digest.update(_read(path, start, min(_BLOCK_BYTES, span.end - start)))
        self.keep_digest(model_id, part, digest.hexdigest())
        return digest.hexdigest()

    def keep_digest(self, model_id: str, part: str, digest: str) -> None:
        """Remember a checksum that was verified or computed."""
        home = self.home(model_id)
        with self._lock:
            known = {**_read_digests(home), part: digest}
            write_atomically(home / "digests.json", msgspec.json.encode(known))

    def register_folder(self, folder: Path, *, name: str = "", origin: str = "") -> ModelManifest:
        """Use a local Hugging Face folder in place: nothing is copied, only an entry is kept."""
        folder = folder.expanduser().resolve()
        found = inspect_folder(folder, name)
        files = tuple(sorted(set(found.files.values())))
        source = Source(folder=str(folder), files=tuple(map(stamp_of, files)), origin=origin)
        self._keep(found.manifest, source)
        return found.manifest

    def adopt_folder(
        self,
        folder: Path,
        *,
        name: str = "",
        origin: str = "",
        made_from: FileStamp | None = None,
    ) -> ModelManifest:
        """Move a finished folder from inside the root into the model's home.

        Where the same model lies there already, unchanged since it was added, that one is kept:
        another process may have been quicker, and engines may be reading it.
        """
        found = inspect_folder(folder, name)
        home = self.home(found.manifest.model_id)
        place = home / _OWN_FILES
        with writing(self.root, found.manifest.name):
            home.mkdir(parents=True, exist_ok=True)
            if _has_own_files(home):
                shutil.rmtree(folder)
            else:
                if place.exists():
                    shutil.rmtree(place)
                folder.replace(place)
        files = tuple(sorted({place / path.name for path in found.files.values()}))
        source = Source(
            folder=_OWN_FILES,
            files=tuple(map(stamp_of, files)),
            origin=origin,
            made_from=made_from,
        )
        self._keep(found.manifest, source)
        return found.manifest

    def find(self, origin: str, made_from: FileStamp | None = None) -> ModelManifest | None:
        """A whole model that was added from this origin (and converted from this very file)."""
        for stored in self._stored():
            source = stored.source
            if source is not None and source.origin == origin and source.made_from == made_from:
                return stored.manifest
        return None

    def register_manifest(self, manifest: ModelManifest) -> Path:
        """Make a home for a model whose parts will arrive one by one; return it.

        ModelError when the manifest is unsound or contradicts the one already here.
        """
        home = self.home(manifest.model_id)
        if (home / "manifest.json").is_file():
            if open_stored(home).manifest.parts != manifest.parts:
                raise ModelError(
                    f"{manifest.name} differs from the model of the same id on this machine.",
                    "Add the model again on the machine that sends it.",
                )
            return home
        require_sound(manifest)
        write_atomically(home / "config.json", msgspec.json.encode(manifest.config))
        write_atomically(home / "manifest.json", msgspec.json.encode(manifest))
        return home

    def remove(self, model_id: str) -> None:
        """Forget a model, and delete what the store itself keeps of it."""
        home = self.home(model_id)
        with self._lock:
            self._opened.pop(model_id, None)
        if home.is_dir():
            with writing(home, "the model's removal"):
                (home / "manifest.json").unlink(missing_ok=True)
                shutil.rmtree(home)

    def _keep(self, manifest: ModelManifest, source: Source) -> None:
        home = self.home(manifest.model_id)
        (home / "digests.json").unlink(missing_ok=True)
        write_atomically(home / "source.json", msgspec.json.encode(source))
        write_atomically(home / "manifest.json", msgspec.json.encode(manifest))
        with self._lock:
            self._opened.pop(manifest.model_id, None)

    def _stored(self) -> Iterator[StoredModel]:
        if not self.root.is_dir():
            return
        for home in sorted(self.root.iterdir()):
            if _MODEL_ID.fullmatch(home.name) and (home / "manifest.json").is_file():
                try:
                    yield self.open(home.name)
                except HPipeError:
                    # Its folder is gone: it is no model of this machine any more.
                    continue


def _has_own_files(home: Path) -> bool:
    """Whether a model's whole files lie in the store, as they were when they were put there."""
    try:
        stored = open_stored(home)
    except ModelError:
        return False
    source = stored.source
    return source is not None and source.folder == _OWN_FILES and stored.is_unchanged()


def _read(path: Path, start: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(length)
    except OSError as problem:
        raise ModelError(f"{path} cannot be read ({problem.strerror}).", ADD_AGAIN) from problem
    if len(data) != length:
        raise ModelError(f"{path} became shorter while it was read.", ADD_AGAIN)
    return data


def _read_digests(home: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode((home / "digests.json").read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}
