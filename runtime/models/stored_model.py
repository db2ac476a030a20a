"""One model of the store: its manifest, where its files lie, and which parts of it are here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.errors import ModelError
from runtime.models.manifest import ModelManifest, TensorEntry
from runtime.models.safetensors_file import TensorSpan, read_spans

PARTS_FOLDER = "parts"
ADD_AGAIN = "Add the model again."
_PART = re.compile(r"embedding|head|layer-[0-9]{5,8}")


class FileStamp(Struct, frozen=True):
    """A weight file as it was when the model was added."""

    name: str
    size: int
    modified_nanoseconds: int


class Source(Struct, frozen=True, kw_only=True):
    """The folder a model is used from. Owned: it lies in the store and goes with the model."""

    folder: str
    files: tuple[FileStamp, ...]
    origin: str = ""
    # The file it was converted from, so that the same file is not converted twice.
    made_from: FileStamp | None = None


class StoredModel:
    """A model of the store, opened. Cheap to make; holds no file open."""

    def __init__(self, home: Path, manifest: ModelManifest, source: Source | None) -> None:
        self.home = home
        self.manifest = manifest
        self.source = source
        self._spans: dict[Path, dict[str, TensorSpan]] = {}
        self._part_of = {
            tensor.name: part for part, tensors in manifest.parts.items() for tensor in tensors
        }
        self._shards = tuple(
            self.source_folder / stamp.name for stamp in (source.files if source else ())
        )

    @property
    def source_folder(self) -> Path:
        """Where the model's own files lie; relative folders are inside the store."""
        return self.home / self.source.folder if self.source else self.home

    @property
    def folder(self) -> Path:
        """Holds config.json and, on a machine with the whole model, tokenizer.json and the rest."""
        # A tokenizer that had to be converted lies in the store, beside copies of the small files.
        return self.home if (self.home / "tokenizer.json").is_file() else self.source_folder

    def has_part(self, part: str) -> bool:
        """Whether all tensors of a part are on this machine."""
        return self.source is not None or self._received(part).is_file()

    def tensor_file(self, name: str) -> Path:
        """The safetensors file that holds a tensor of the checkpoint."""
        return self._locate(name)[0]

    def part_spans(self, part: str) -> Iterator[tuple[Path, TensorSpan]]:
        """File and byte range of each of a part's tensors, in the manifest's order."""
        for tensor in tensors_of(self.manifest, part):
            yield self._locate(tensor.name)

    def is_unchanged(self) -> bool:
        """Whether the weight files are still as they were when the model was added."""
        if self.source is None:
            return True
        try:
            return all(
                stamp_of(self.source_folder / stamp.name) == stamp for stamp in self.source.files
            )
        except OSError:
            return False

    def _received(self, part: str) -> Path:
        return part_file(self.home, part)

    def _locate(self, name: str) -> tuple[Path, TensorSpan]:
        part = self._part_of.get(name)
        if part is None:
            raise ModelError(f"{self.manifest.name} has no tensor {name[:200]}.")
        received = self._received(part)
        for path in (received,) if received.is_file() else self._shards:
            if path not in self._spans:
                self._spans[path] = read_spans(path)
            span = self._spans[path].get(name)
            if span is not None:
                return path, span
        raise ModelError(
            f"{self.manifest.name}: part {part} is not on this machine.",
            "It is fetched from a machine that has the model.",
        )


def part_file(home: Path, part: str) -> Path:
    """Where a received part lies; ModelError for a name that is none."""
    if not _PART.fullmatch(part):
        raise ModelError(f"{part[:40]!r} is no part of a model.")
    return home / PARTS_FOLDER / f"{part}.safetensors"


def tensors_of(manifest: ModelManifest, part: str) -> tuple[TensorEntry, ...]:
    """The tensors of a part, whose name may come from anywhere: ModelError if it is none."""
    if not _PART.fullmatch(part) or part not in manifest.parts:
        raise ModelError(f"{manifest.name} has no part {part[:40]!r}.")
    return manifest.parts[part]


def open_stored(home: Path) -> StoredModel:
    """Read a model's entry. ModelError when there is none, or none that can be read."""
    try:
        manifest = msgspec.json.decode((home / "manifest.json").read_bytes(), type=ModelManifest)
        source_file = home / "source.json"
        source = (
            msgspec.json.decode(source_file.read_bytes(), type=Source)
            if source_file.is_file()
            else None
        )
    except FileNotFoundError as problem:
        raise ModelError("The model is not on this machine.", ADD_AGAIN) from problem
    except (OSError, msgspec.MsgspecError) as problem:
        raise ModelError(f"The model entry {home} cannot be read.", ADD_AGAIN) from problem
    return StoredModel(home, manifest, source)


def stamp_of(path: Path) -> FileStamp:
    """The stamp of a file as it is now. Raises OSError."""
    status = path.stat()
    return FileStamp(path.name, status.st_size, status.st_mtime_ns)
