"""Looking over a manifest that another machine sent, before anything is done with it."""

from __future__ import annotations

from runtime.errors import ModelError
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, ModelManifest, layer_part
from runtime.models.safetensors_file import tensor_bytes

MOST_LAYERS = 2_048
_MOST_TENSORS = 1_000_000
_MOST_DIMENSIONS = 8
_LONGEST_NAME = 512


def require_sound(manifest: ModelManifest) -> None:
    """ModelError unless the manifest agrees with itself: all parts, no others, sizes that fit."""
    if not 0 < manifest.layer_count <= MOST_LAYERS:
        raise _unsound(manifest, "its number of layers")
    layers = {layer_part(index) for index in range(manifest.layer_count)}
    if set(manifest.parts) != {EMBEDDING_PART, HEAD_PART} | layers:
        raise _unsound(manifest, "its list of parts")
    if min(manifest.hidden_size, manifest.vocabulary_size, manifest.context_tokens) <= 0:
        raise _unsound(manifest, "its sizes")
    seen: set[str] = set()
    for tensors in manifest.parts.values():
        for tensor in tensors:
            sound = (
                0 < len(tensor.name) <= _LONGEST_NAME
                and tensor.name not in seen
                and len(seen) < _MOST_TENSORS
                and len(tensor.shape) <= _MOST_DIMENSIONS
                and all(size >= 0 for size in tensor.shape)
                and tensor.nbytes == tensor_bytes(tensor.dtype, tensor.shape)
            )
            if not sound:
                raise _unsound(manifest, f"its tensor {tensor.name[:80]!r}")
            seen.add(tensor.name)


def _unsound(manifest: ModelManifest, what: str) -> ModelError:
    return ModelError(
        f"The description of {manifest.name[:80]} contradicts itself in {what}.",
        "Add the model again on the machine that sends it.",
    )
