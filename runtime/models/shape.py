"""From a manifest to what the planner needs to know: each layer's kind, weight and KV cache."""

from __future__ import annotations

from runtime.models import configuration
from runtime.models.configuration import Config
from runtime.models.manifest import (
    EMBEDDING_PART,
    HEAD_PART,
    ModelManifest,
    TensorEntry,
    layer_part,
)
from runtime.models.safetensors_file import BITS_BY_DTYPE
from runtime.planner.values import LayerShape, ModelShape
from runtime.planner.weights import stored_bits

# KV caches are kept in the format that is computed in, 16 bits wide.
_KV_VALUE_BYTES = 2
_HEADS = ("num_attention_heads", "n_head", "n_heads")
_KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num")
_INTERMEDIATE = ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "d_ff")
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
_CHOSEN_EXPERTS = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k")
# What of attention comes after keys and values are kept; latent ones are widened then.
_AFTER_KEEPING = ("o_proj", "out_proj", "dense", "c_proj", "wo", "kv_b_proj")
_WINDOW = ("sliding_window", "attention_chunk_size", "window_size")
_WINDOWED = ("sliding_attention", "chunked_attention", "local")


def model_shape(manifest: ModelManifest, weight_bits: int = 16) -> ModelShape:
    """The model as the planner sees it.

    Weights are counted at 16 bits, as they are computed with, and those of layers in fewer bits
    where fewer are asked for.
    """
    config = configuration.text_config(manifest.config)
    layers = tuple(
        _layer_shape(config, manifest.parts[layer_part(index)], index, weight_bits)
        for index in range(manifest.layer_count)
    )
    heads = configuration.positive(config, _HEADS) or 1
    return ModelShape(
        name=manifest.name,
        hidden_size=manifest.hidden_size,
        vocabulary_size=manifest.vocabulary_size,
        context_tokens=manifest.context_tokens,
        layers=layers,
        embedding_bytes=_computed_bytes(manifest.parts[EMBEDDING_PART]),
        head_bytes=_computed_bytes(manifest.parts[HEAD_PART]),
        intermediate_size=configuration.positive(config, _INTERMEDIATE) or 4 * manifest.hidden_size,
        attention_heads=heads,
        tied=manifest.tied,
        last_layer_share=_kept_share(
            manifest.parts[layer_part(manifest.layer_count - 1)], layers[-1].parameters_per_token
        ),
    )


def representative_layers(shape: ModelShape) -> dict[str, int]:
    """For each kind of layer, the first layer that is of it: the one that is measured."""
    representatives: dict[str, int] = {}
    for index, layer in enumerate(shape.layers):
        representatives.setdefault(layer.kind, index)
    return representatives


def window_tokens(config: Config, index: int) -> int | None:
    """How far back a layer looks, or None when it sees everything; as transformers decides it."""
    window = configuration.positive(config, _WINDOW)
    kinds = config.get("layer_types")
    if isinstance(kinds, list) and index < len(kinds):
        return window if kinds[index] in _WINDOWED else None
    if window is None or config.get("use_sliding_window") is False:
        return None
    every = configuration.positive(config, ("sliding_window_pattern", "_sliding_window_pattern"))
    family = str(config.get("model_type", ""))
    if family.startswith("gemma2"):
        every = 2
    elif family.startswith(("gemma3", "cohere2")):
        every = every or (6 if family.startswith("gemma3") else 4)
    elif family.startswith("gpt_oss"):
        return window if index % 2 == 0 else None
    elif family.startswith(("qwen2", "qwen3")):
        first = config.get("max_window_layers")
        full = index < (first if isinstance(first, int) else 28)
        return None if full or not config.get("use_sliding_window") else window
    if every is not None:
        return window if (index + 1) % every else None
    return window


def kept_in_few_bits(tensor: TensorEntry, weight_bits: int) -> bool:
    """Whether a tensor of a layer is one that an engine keeps in so few bits.

    Matrices are, if their shape suits the kernels; experts are not, since they are one tensor.
    """
    if weight_bits > 16 or len(tensor.shape) != 2 or _is_of_experts(tensor):
        return False
    outputs, inputs = tensor.shape
    return weight_bits >= 8 or (outputs % 16 == 0 and inputs % 32 == 0)


def _layer_shape(
    config: Config, tensors: tuple[TensorEntry, ...], index: int, weight_bits: int
) -> LayerShape:
    window = window_tokens(config, index)
    experts = tuple(tensor for tensor in tensors if _is_of_experts(tensor))
    kind = "full" if window is None else "sliding"
    total = sum(_values(tensor) for tensor in tensors)
    active = total
    if experts:
        kind += "+experts"
        of_experts = sum(_values(tensor) for tensor in experts)
        active -= of_experts - int(of_experts * _chosen_share(config))
    return LayerShape(
        kind=kind,
        weight_bytes=_computed_bytes(tensors, weight_bits),
        kv_bytes_per_token=_kv_values(config, tensors) * _KV_VALUE_BYTES,
        parameters_per_token=active,
        window_tokens=window,
    )


def _kept_share(tensors: tuple[TensorEntry, ...], parameters_per_token: int) -> float:
    """The part of a layer's parameters that a token goes through up to its keys and values.

    1 where nothing is called attention.
    """
    before = 0
    for tensor in tensors:
        *path, name = tensor.name.removesuffix(".weight").removesuffix(".bias").split(".")
        if name not in _AFTER_KEEPING and any("att" in part for part in path):
            before += _values(tensor)
    return min(1.0, before / parameters_per_token) if before else 1.0


def _is_of_experts(tensor: TensorEntry) -> bool:
    return ".experts." in tensor.name or ".block_sparse_moe.experts" in tensor.name


def _chosen_share(config: Config) -> float:
    """Which part of the experts' weights one token uses."""
    experts = configuration.positive(config, _EXPERTS)
    chosen = configuration.positive(config, _CHOSEN_EXPERTS)
    return min(1.0, chosen / experts) if experts and chosen else 1.0


def _kv_values(config: Config, tensors: tuple[TensorEntry, ...]) -> int:
    """Keys and values one token leaves in a layer's cache, by the projections where they are plain.

    Architectures with latent attention keep the latent vector and the rotated part of the key.
    """
    latent = configuration.positive(config, ("kv_lora_rank",))
    if latent is not None:
        return latent + (configuration.positive(config, ("qk_rope_head_dim",)) or 0)
    rows: dict[str, int] = {}
    for tensor in tensors:
        projection = tensor.name.removesuffix(".weight").rpartition(".")[2]
        if projection in ("k_proj", "v_proj") and len(tensor.shape) == 2:
            rows[projection] = tensor.shape[0]
    if len(rows) == 2:
        return sum(rows.values())
    heads = configuration.positive(config, _HEADS) or 1
    kv_heads = configuration.positive(config, _KV_HEADS) or heads
    if config.get("multi_query") is True:
        kv_heads = 1
    hidden = configuration.positive(config, configuration.HIDDEN_SIZE) or heads
    width = configuration.positive(config, ("head_dim",)) or hidden // heads
    return 2 * kv_heads * width


def _computed_bytes(tensors: tuple[TensorEntry, ...], weight_bits: int = 16) -> int:
    """Bytes in memory: floats wider than 16 bits are narrowed when they are loaded."""
    total = 0.0
    for tensor in tensors:
        bits: float = min(BITS_BY_DTYPE[tensor.dtype], 16)
        if kept_in_few_bits(tensor, weight_bits):
            bits = stored_bits(weight_bits)
        total += _values(tensor) * bits / 8
    return int(total)


def _values(tensor: TensorEntry) -> int:
    return tensor.nbytes * 8 // BITS_BY_DTYPE[tensor.dtype]
