"""Tensors by name into the parts that travel between machines, for any decoder architecture."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runtime.errors import ModelError
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, TensorEntry, layer_part
from runtime.models.safetensors_file import BITS_BY_DTYPE

_INDEXED = re.compile(r"^(?P<container>.+?)\.(?P<index>\d+)\.")
# Towers for other senses than reading, and what joins them to the decoder.
_OTHER_SENSES = re.compile(r"(^|[._])(vision|visual|audio|image|speech|video|multi_modal|mm_)")
_EMBEDDING_WORDS = re.compile(r"(^|[._])(\w*embed(?!_out)\w*|wte|wpe|emb_norm)([._]|$)")
# Recomputed from the configuration by every architecture; old checkpoints still carry it.
_RECOMPUTED = re.compile(r"(^|\.)(inv_freq|rotary_emb\.\w+|masked_bias)$")


def group_parts(
    tensors: Iterable[TensorEntry], layer_count: int
) -> dict[str, tuple[TensorEntry, ...]]:
    """Group into embedding, layers 0 to layer_count - 1 and head.

    Inside a part the tensors are ordered by falling element size, then by name, so that each
    lies aligned when they are laid end to end. ModelError when layers are missing.
    """
    kept = [tensor for tensor in tensors if not _is_recomputed(tensor)]
    container = _layer_container(kept, layer_count)
    parts: dict[str, list[TensorEntry]] = {EMBEDDING_PART: []}
    parts |= {layer_part(index): [] for index in range(layer_count)}
    parts[HEAD_PART] = []
    for tensor in kept:
        match = _INDEXED.match(tensor.name)
        if match and match["container"] == container:
            # Layers beyond the count are draft heads for speculation, which is not used here.
            if int(match["index"]) < layer_count:
                parts[layer_part(int(match["index"]))].append(tensor)
        elif match is None and not _OTHER_SENSES.search(tensor.name):
            parts[_end_part(tensor.name)].append(tensor)
    if not parts[EMBEDDING_PART]:
        raise ModelError(
            "The model has no token embedding that HPipe can recognise.",
            "It is incomplete, or no language model.",
        )
    return {part: tuple(sorted(found, key=_laying_order)) for part, found in parts.items()}


def _layer_container(tensors: list[TensorEntry], layer_count: int) -> str:
    """The name under which exactly the decoder's layers are numbered, the heaviest if several."""
    indices: dict[str, set[int]] = {}
    weight: dict[str, int] = {}
    for tensor in tensors:
        match = _INDEXED.match(tensor.name)
        if match and not _OTHER_SENSES.search(match["container"]):
            container = match["container"]
            indices.setdefault(container, set()).add(int(match["index"]))
            weight[container] = weight.get(container, 0) + tensor.nbytes
    if not indices:
        raise ModelError(
            "The model has no numbered decoder layers.",
            "HPipe runs decoder language models (Llama, Qwen, Mistral, Gemma and the like).",
        )
    wanted = set(range(layer_count))
    whole = [container for container, found in indices.items() if wanted <= found]
    if not whole:
        largest = max(indices, key=lambda each: (len(indices[each] & wanted), weight[each]))
        missing = sorted(wanted - indices[largest])
        raise ModelError(
            f"The weights lack {len(missing)} of {layer_count} layers, first layer {missing[0]}.",
            "Some files of the model may be missing: fetch it again.",
        )
    return max(whole, key=lambda each: weight[each])


def _end_part(name: str) -> str:
    return EMBEDDING_PART if _EMBEDDING_WORDS.search(name) else HEAD_PART


def _is_recomputed(tensor: TensorEntry) -> bool:
    # GPT-2 style causal masks share the name of a projection's bias, which is a row.
    if tensor.name.endswith((".attention.bias", ".attn.bias")):
        return len(tensor.shape) > 2
    return bool(_RECOMPUTED.search(tensor.name))


def _laying_order(tensor: TensorEntry) -> tuple[int, str]:
    return (-BITS_BY_DTYPE[tensor.dtype], tensor.name)
