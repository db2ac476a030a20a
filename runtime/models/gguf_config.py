"""The configuration of a model in a GGUF file, as transformers would write it."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from transformers import CONFIG_MAPPING, modeling_gguf_pytorch_utils

from runtime.errors import ModelError

USE_SAFETENSORS = "Choose the model's safetensors version in the Hugging Face format instead."
_FETCH_AGAIN = "The file may be damaged or half downloaded: fetch it again."
# Of transformers, without types of its own.
_library: Any = modeling_gguf_pytorch_utils
_LONG_ARRAY = 4096
# What transformers leaves at its default, though the file says it.
_PASSED_OVER = {
    "attention.key_length": "head_dim",
    "attention.sliding_window": "sliding_window",
    "expert_feed_forward_length": "moe_intermediate_size",
    "expert_shared_feed_forward_length": "shared_expert_intermediate_size",
}
# The largest Gemmas scale their queries by another number, which only their layer count tells.
_LARGEST_GEMMAS = {("gemma2", 46), ("gemma3_text", 62)}
_YARN = ("beta_fast", "beta_slow", "attention_factor")


class HeaderReader(gguf.GGUFReader):
    """Skips the vocabulary: a hundred thousand small arrays, which take most of the time."""

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> tuple[int, list[Any], Any, Any]:
        kind = gguf.GGUFValueType(raw_type)
        if kind is gguf.GGUFValueType.ARRAY:
            item = gguf.GGUFValueType(self._get(orig_offs, np.uint32)[0])
            count = int(self._get(orig_offs + 4, np.uint64)[0])
            if count > _LONG_ARRAY and item is not gguf.GGUFValueType.ARRAY:
                end = self._end_of(orig_offs + 12, item, count)
                return end - orig_offs, [np.empty(0, np.uint8)], [], [kind, item]
        size, parts, indices, kinds = super()._get_field_parts(orig_offs, raw_type)
        return size, parts, indices, kinds

    def _end_of(self, start: int, item: gguf.GGUFValueType, count: int) -> int:
        if item is not gguf.GGUFValueType.STRING:
            return start + count * int(self.gguf_scalar_to_np[item](0).nbytes)
        for _ in range(count):
            (length,) = struct.unpack("<Q", self.data[start : start + 8].tobytes())
            start += 8 + length
        return start


def read_header(source: Path) -> HeaderReader:
    """Open a GGUF file. ModelError when it is none, or not whole."""
    try:
        return HeaderReader(source)
    except OSError as problem:
        raise ModelError(
            f"{source} cannot be read ({problem.strerror}).", "Check the path and its permissions."
        ) from problem
    except Exception as problem:
        raise ModelError(f"{source.name} is no whole GGUF file.", _FETCH_AGAIN) from problem


def read_configuration(source: Path, reader: HeaderReader) -> Any:
    """The model's configuration. ModelError for one that would not come out right."""
    # transformers opens the file by itself, with a reader that takes ten seconds for a vocabulary.
    its_reader = gguf.GGUFReader
    vars(gguf)["GGUFReader"] = lambda _path: reader
    try:
        values = _library.load_gguf_checkpoint(str(source))["config"]
        config = _complete(values, reader)
    except ModelError:
        raise
    except Exception as problem:
        raise ModelError(
            f"{source.name} holds a model that cannot be converted ({_words(problem)}).",
            USE_SAFETENSORS,
        ) from problem
    finally:
        vars(gguf)["GGUFReader"] = its_reader
    _stretch_positions(config, reader)
    return config


def stated(reader: HeaderReader, key: str) -> Any:
    """What the file says under a key of its architecture, or None."""
    architecture = reader.fields["general.architecture"].contents()
    field = reader.fields.get(f"{architecture}.{key}")
    return None if field is None else field.contents()


def _complete(values: dict[str, Any], reader: HeaderReader) -> Any:
    kind = values.pop("model_type")
    embedding = next(each for each in reader.tensors if each.name == "token_embd.weight")
    values["vocab_size"] = int(embedding.shape[1])
    known = CONFIG_MAPPING[kind]()
    for key, name in _PASSED_OVER.items():
        value = stated(reader, key)
        if value is not None and name not in values and hasattr(known, name):
            values[name] = value
    if hasattr(known, "query_pre_attn_scalar"):
        values["query_pre_attn_scalar"] = values.get("head_dim", known.head_dim)
        if (kind, values.get("num_hidden_layers")) in _LARGEST_GEMMAS:
            values["query_pre_attn_scalar"] = values["hidden_size"] // values["num_attention_heads"]
    return CONFIG_MAPPING[kind](**values)


def _stretch_positions(config: Any, reader: HeaderReader) -> None:
    """Take over how positions are scaled, which transformers passes over for most architectures.

    ModelError for a way that is not known: the model would fail on long texts, silently.
    """
    tables = {tensor.name: tensor.data for tensor in reader.tensors if "rope_f" in tensor.name}
    kind = stated(reader, "rope.scaling.type")
    if tables:
        if set(tables) != {"rope_freqs.weight"}:
            raise _unknown_stretching()
        config.rope_parameters = _llama3_rope(tables["rope_freqs.weight"], config)
    elif kind in ("linear", "yarn"):
        rope = {"rope_type": kind, "factor": float(stated(reader, "rope.scaling.factor"))}
        original = stated(reader, "rope.scaling.original_context_length")
        if original is not None:
            rope["original_max_position_embeddings"] = int(original)
        for name in _YARN:
            value = stated(reader, f"rope.scaling.{name}")
            if value is not None:
                rope[name] = float(value)
        # Where windowed layers have positions of their own, these stay as they are.
        own = config.rope_parameters.get("full_attention")
        (config.rope_parameters if own is None else own).update(rope)
    elif kind not in (None, "none"):
        raise _unknown_stretching()


def _llama3_rope(table: Any, config: Any) -> dict[str, Any]:
    """The scaling behind a table of divisors of rotary frequencies.

    Llama 3.1 and its kin differ in one factor, the largest divisor. ModelError when the table does
    not come out of it.
    """
    rope: dict[str, Any] = {**config.rope_parameters, "rope_type": "llama3"}
    rope |= {"factor": float(table.max()), "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    rope["original_max_position_embeddings"] = 8192
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    expected = []
    for index in range(width // 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (2 * index / width)
        smooth = min(max((8192 / wavelength - 1.0) / 3.0, 0.0), 1.0)
        expected.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    if len(table) != len(expected) or not np.allclose(table, expected, rtol=1e-3):
        raise _unknown_stretching()
    return rope


def _unknown_stretching() -> ModelError:
    return ModelError(
        "The model stretches its positions in a way that is not known here.", USE_SAFETENSORS
    )


def _words(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0][:200] if lines else type(problem).__name__
