"""Turning a GGUF file into a Hugging Face folder, one tensor at a time; for the child process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import gguf
import msgspec
import numpy as np
import torch
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, modeling_gguf_pytorch_utils

from runtime.errors import ModelError
from runtime.models.conversion import ProgressTeller
from runtime.models.disk import require_space, writing
from runtime.models.gguf_config import (
    USE_SAFETENSORS,
    HeaderReader,
    read_configuration,
    read_header,
)
from runtime.models.gguf_tokenizer import convert_gguf_tokenizer
from runtime.models.manifest import TensorEntry
from runtime.models.safetensors_file import header_for

# Of transformers, without types of its own.
_library: Any = modeling_gguf_pytorch_utils
_BYTES_PER_VALUE = 2


def convert_gguf(source: Path, target: Path, tell: ProgressTeller) -> None:
    """Write config.json, generation_config.json, the tokenizer's files and model.safetensors.

    Weights become bfloat16. ModelError for a damaged file or an architecture transformers does
    not know; SetupError when the disk is full.
    """
    tell("Reading the model file", 0, 0)
    reader = read_header(source)
    config = read_configuration(source, reader)
    with writing(target, "the converted model"):
        tell("Converting the tokenizer", 0, 0)
        end_tokens = convert_gguf_tokenizer(source, target)
        plain = config.to_dict()
        plain["architectures"] = [_model_class(config).__name__]
        (target / "config.json").write_bytes(msgspec.json.encode(_plain(plain)))
        generation = {"eos_token_id": end_tokens} if end_tokens else {}
        (target / "generation_config.json").write_bytes(msgspec.json.encode(generation))
        _write_weights(reader, config, target, tell)


def _model_class(config: Any) -> Any:
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise ModelError(f"{config.model_type} models do not continue a text.", USE_SAFETENSORS)
    found = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    return found[0] if isinstance(found, tuple) else found


def _write_weights(reader: HeaderReader, config: Any, target: Path, tell: ProgressTeller) -> None:
    with torch.device("meta"):
        model = _model_class(config)(config)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    architecture = reader.fields["general.architecture"].contents()
    processor = _library.TENSOR_PROCESSORS.get(architecture, _library.TensorProcessor)(
        config=config.to_dict()
    )
    names = _library.get_gguf_hf_weights_map(model, processor)
    given = {names[key] for tensor in reader.tensors if (key := _key(tensor.name, names))}
    missing = sorted(set(shapes) - given - set(getattr(model, "all_tied_weights_keys", {})))
    if missing:
        raise ModelError(
            f"The file lacks {len(missing)} tensors, first {missing[0]}.", USE_SAFETENSORS
        )
    entries = [
        TensorEntry(
            name=name,
            dtype="BF16",
            shape=shapes[name],
            nbytes=math.prod(shapes[name]) * _BYTES_PER_VALUE,
        )
        for name in sorted(given)
    ]
    total = sum(entry.nbytes for entry in entries)
    require_space(target, total, "The converted model")
    header = header_for(entries)
    places: dict[str, int] = {}
    end = len(header)
    for entry in entries:
        places[entry.name] = end
        end += entry.nbytes
    done = 0
    with (target / "model.safetensors").open("wb") as file:
        file.write(header)
        file.truncate(end)
        for name, values in _converted(reader, processor, names):
            done += _put(file, places[name], shapes[name], name, values)
            tell("Converting the weights", done, total)


def _converted(
    reader: HeaderReader, processor: Any, names: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    """Each of transformers' tensors by name; those put together from several come when whole."""
    together: dict[str, Any] = {}
    sources = Counter(names[key] for tensor in reader.tensors if (key := _key(tensor.name, names)))
    seen: Counter[str] = Counter()
    for tensor in reader.tensors:
        key = _key(tensor.name, names)
        if not key:
            continue
        name = names[key]
        seen[name] += 1
        result = processor.process(
            weights=gguf.dequantize(tensor.data, tensor.tensor_type),
            name=tensor.name,
            tensor_key_mapping=names,
            parsed_parameters={"tensors": together},
        )
        if result.name is not None:
            yield name, torch.tensor(np.asarray(result.weights))
        elif seen[name] == sources[name]:
            yield name, together.pop(name)


def _key(name: str, names: dict[str, str]) -> str:
    """What the mapping calls a tensor: experts are listed there without their ending."""
    return next((key for key in (name, name.removesuffix(".weight")) if key in names), "")


def _put(file: BinaryIO, place: int, shape: tuple[int, ...], name: str, values: Any) -> int:
    if tuple(values.shape) != shape:
        raise ModelError(
            f"The file's {name} is {tuple(values.shape)}, {shape} was expected.", USE_SAFETENSORS
        )
    data = values.to(torch.bfloat16).contiguous().view(torch.uint8).numpy()
    file.seek(place)
    file.write(data.tobytes())
    return int(data.nbytes)


def _plain(values: Any) -> Any:
    """Configuration values without what JSON does not know (types, infinities)."""
    if isinstance(values, dict):
        return {str(key): _plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_plain(value) for value in values]
    if values is None or isinstance(values, bool | int | float | str):
        return values
    return str(values)
