"""Bringing models in, whatever a person names: a folder, a GGUF file, "demo", or a hub id."""

from __future__ import annotations

from pathlib import Path

from runtime.errors import ModelError
from runtime.models.conversion import ConversionRequest, ProgressTeller, convert
from runtime.models.demo_model import DEMO, DEMO_NAME, join_demo_model
from runtime.models.hub import fetch_from_hub, is_hub_id, search_hub
from runtime.models.manifest import ModelManifest
from runtime.models.shape import model_shape
from runtime.models.store import ModelStore
from runtime.models.stored_model import stamp_of
from runtime.models.tokenizer_files import ensure_tokenizer
from runtime.models.workspace import workspace
from runtime.snapshots import ModelSummary

_GGUF_MARK = b"GGUF"

__all__ = ["add_source", "search_hub", "summary"]


def add_source(store: ModelStore, source: str, tell: ProgressTeller) -> ModelManifest:
    """Make a model usable on this machine, with progress; at once when it already is.

    source is a folder in the Hugging Face format (used where it is), a .gguf file (converted once),
    "demo", or a hub id ("owner/name"). What tell raises stops it; nothing half remains.
    """
    source = source.strip().strip('"')
    if source == DEMO:
        return _add_demo(store, tell)
    path = Path(source).expanduser()
    if path.is_dir():
        return _add_folder(store, path, tell)
    if path.is_file():
        return _add_file(store, path.resolve(), tell)
    if is_hub_id(source):
        return _add_from_hub(store, source, tell)
    if not source:
        raise ModelError("No model was named.", "Choose a model folder or a .gguf file.")
    raise ModelError(
        f"There is no folder or file {source[:200]}.",
        'Check the path; a model of the Hugging Face hub is named like "owner/name".',
    )


def summary(manifest: ModelManifest, source: str = "") -> ModelSummary:
    """What a person sees of an installed model."""
    shape = model_shape(manifest)
    return ModelSummary(
        model_id=manifest.model_id,
        name=manifest.name,
        source=source or manifest.name,
        architecture=manifest.architecture,
        layer_count=manifest.layer_count,
        context_tokens=manifest.context_tokens,
        total_bytes=manifest.total_bytes,
        weight_bytes=sum(layer.weight_bytes for layer in shape.layers)
        + shape.embedding_bytes
        + shape.head_bytes,
        cache_bytes_per_token=sum(
            layer.kv_bytes_per_token for layer in shape.layers if layer.window_tokens is None
        ),
        cache_bytes_of_windows=sum(
            layer.kv_bytes_per_token * layer.window_tokens
            for layer in shape.layers
            if layer.window_tokens is not None
        ),
    )


def _add_demo(store: ModelStore, tell: ProgressTeller) -> ModelManifest:
    known = store.find(DEMO)
    if known is not None:
        return known
    with workspace(store.root) as folder:
        packed = join_demo_model(folder, tell)
        return _convert(store, packed, folder / "model", tell, name=DEMO_NAME, origin=DEMO)


def _add_file(store: ModelStore, path: Path, tell: ProgressTeller) -> ModelManifest:
    if path.suffix.lower() != ".gguf" and not _is_gguf(path):
        raise ModelError(
            f"{path.name} is no model file HPipe can open.",
            "Choose a .gguf file, or the folder that holds config.json and *.safetensors.",
        )
    if not _is_gguf(path):
        raise ModelError(
            f"{path.name} is no whole GGUF file.",
            "It may be damaged or half downloaded: fetch it again.",
        )
    known = store.find(str(path), stamp_of(path))
    if known is not None:
        return known
    with workspace(store.root) as folder:
        return _convert(
            store, path, folder / "model", tell, name=path.stem, origin=str(path), stamped=True
        )


def _add_from_hub(store: ModelStore, model_id: str, tell: ProgressTeller) -> ModelManifest:
    known = store.find(model_id)
    if known is not None:
        return known
    folder = fetch_from_hub(store.root, model_id, tell)
    manifest = store.adopt_folder(folder, name=model_id.rpartition("/")[2], origin=model_id)
    ensure_tokenizer(store, manifest, tell)
    return manifest


def _is_gguf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_GGUF_MARK)) == _GGUF_MARK
    except OSError as problem:
        raise ModelError(
            f"{path} cannot be read ({problem.strerror}).", "Check that you may read the file."
        ) from problem


def _convert(
    store: ModelStore,
    packed: Path,
    target: Path,
    tell: ProgressTeller,
    *,
    name: str,
    origin: str,
    stamped: bool = False,
) -> ModelManifest:
    made_from = stamp_of(packed) if stamped else None
    target.mkdir()
    convert(ConversionRequest(kind="gguf", source=str(packed), target=str(target)), tell)
    return store.adopt_folder(target, name=name, origin=origin, made_from=made_from)


def _add_folder(store: ModelStore, folder: Path, tell: ProgressTeller) -> ModelManifest:
    tell("Reading the model folder", 0, 0)
    manifest = store.register_folder(folder)
    ensure_tokenizer(store, manifest, tell)
    return manifest
