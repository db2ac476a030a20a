"""From a local Hugging Face folder to a manifest: what it is, what is in it, where it lies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from runtime.errors import ModelError
from runtime.models import configuration
from runtime.models.configuration import Config
from runtime.models.grouping import group_parts
from runtime.models.manifest import HEAD_PART, ModelManifest, TensorEntry
from runtime.models.safetensors_file import TensorSpan, read_spans
from runtime.models.shards import find_shards

_SAMPLE_BYTES = 64
# Written by the program that saved the model, not part of what the model is.
_INCIDENTAL = frozenset({"_name_or_path", "transformers_version", "torch_dtype", "dtype"})


class Inspection(Struct, frozen=True, kw_only=True):
    """A manifest, and the file that holds each of its tensors."""

    manifest: ModelManifest
    files: dict[str, Path]


def inspect_folder(folder: Path, name: str = "") -> Inspection:
    """Read a folder's configuration and tensor headers; ModelError when it is no model.

    Only headers and small samples of the weights are read, so that large models take moments.
    """
    config = read_json(folder / "config.json")
    if config is None:
        raise ModelError(*_why_no_config(folder))
    _refuse_packed(config)
    files: dict[str, Path] = {}
    spans: dict[str, TensorSpan] = {}
    for shard in find_shards(folder):
        for tensor, span in read_spans(shard).items():
            files[tensor] = shard
            spans[tensor] = span
    parts = group_parts(entries_of(spans), _layer_count(config))
    kept = {tensor.name for tensors in parts.values() for tensor in tensors}
    manifest = _manifest(folder, name, config, parts, _tied(config, parts[HEAD_PART]))
    identity = model_identity(
        config,
        {tensor: spans[tensor] for tensor in kept},
        {tensor: files[tensor] for tensor in kept},
    )
    return Inspection(
        manifest=msgspec.structs.replace(manifest, model_id=identity),
        files={tensor: files[tensor] for tensor in kept},
    )


def entries_of(spans: Mapping[str, TensorSpan]) -> tuple[TensorEntry, ...]:
    """The manifest's entries for these spans."""
    return tuple(
        TensorEntry(name=name, dtype=span.dtype, shape=span.shape, nbytes=span.end - span.start)
        for name, span in spans.items()
    )


def model_identity(
    config: Config, spans: Mapping[str, TensorSpan], files: Mapping[str, Path]
) -> str:
    """SHA-256 over configuration, tensor names, types, shapes and samples of their contents.

    It does not depend on how the tensors are spread over files.
    """
    lasting = {key: value for key, value in config.items() if key not in _INCIDENTAL}
    digest = hashlib.sha256(msgspec.json.encode(lasting, order="deterministic"))
    samples: dict[str, bytes] = {}
    by_file: dict[Path, list[str]] = {}
    for name, path in files.items():
        by_file.setdefault(path, []).append(name)
    for path, names in by_file.items():
        with path.open("rb") as file:
            for name in sorted(names, key=lambda each: spans[each].start):
                span = spans[name]
                pieces = []
                for place in _sample_places(span):
                    file.seek(place)
                    pieces.append(file.read(min(_SAMPLE_BYTES, span.end - place)))
                samples[name] = b"".join(pieces)
    for name in sorted(spans):
        described = (name, spans[name].dtype, spans[name].shape)
        digest.update(msgspec.json.encode(described))
        digest.update(hashlib.sha256(samples[name]).digest())
    return digest.hexdigest()


def read_json(path: Path) -> Config | None:
    """A JSON object, or None where there is no such file. ModelError when it is not JSON."""
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise ModelError(
            f"{path} cannot be read ({problem.strerror}).", "Check that you may read the folder."
        ) from problem
    try:
        return msgspec.json.decode(text, type=dict)
    except msgspec.MsgspecError as problem:
        raise ModelError(
            f"{path.name} in {path.parent} is not valid JSON.",
            "The file may be damaged or half downloaded: fetch it again.",
        ) from problem


def _sample_places(span: TensorSpan) -> tuple[int, ...]:
    last = max(span.start, span.end - _SAMPLE_BYTES)
    return (span.start, (span.start + last) // 2, last)


def _layer_count(config: Config) -> int:
    text = configuration.text_config(config)
    return configuration.required(text, configuration.LAYER_COUNT, "number of layers")


def _manifest(
    folder: Path,
    name: str,
    config: Config,
    parts: dict[str, tuple[TensorEntry, ...]],
    tied: bool,
) -> ModelManifest:
    text = configuration.text_config(config)
    generation = read_json(folder / "generation_config.json") or {}
    return ModelManifest(
        model_id="",
        name=name or folder.resolve().name,
        architecture=configuration.architecture(config),
        config=config,
        parts=parts,
        layer_count=_layer_count(config),
        hidden_size=configuration.required(text, configuration.HIDDEN_SIZE, "hidden size"),
        vocabulary_size=configuration.required(
            text, configuration.VOCABULARY_SIZE, "vocabulary size"
        ),
        context_tokens=configuration.positive(text, configuration.CONTEXT)
        or configuration.UNSTATED_CONTEXT_TOKENS,
        tied=tied,
        eos_token_ids=configuration.eos_token_ids(config, generation),
        has_chat_template=_has_chat_template(folder),
    )


def _tied(config: Config, head: tuple[TensorEntry, ...]) -> bool:
    """Whether the embedding serves as output projection: there is no projection of its own."""
    if any(len(tensor.shape) > 1 for tensor in head):
        return False
    stated = configuration.text_config(config).get("tie_word_embeddings")
    if stated is False or (stated is None and config.get("tie_word_embeddings") is False):
        raise ModelError(
            "The model lacks its output projection (lm_head).",
            "A shard may be missing: fetch the whole model again.",
        )
    return True


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file() or (folder / "chat_template.json").is_file():
        return True
    tokenizer = read_json(folder / "tokenizer_config.json") or {}
    return bool(tokenizer.get("chat_template"))


def _refuse_packed(config: Config) -> None:
    packed = config.get("quantization_config") or configuration.text_config(config).get(
        "quantization_config"
    )
    if packed:
        method = packed.get("quant_method", "packed") if isinstance(packed, dict) else "packed"
        raise ModelError(
            f"The model's weights are quantised ({str(method)[:40]}), which HPipe does not read.",
            "Choose the model's 16-bit version, or a GGUF file of it.",
        )


def _why_no_config(folder: Path) -> tuple[str, str]:
    if not folder.exists():
        return f"There is no folder {folder}.", "Check the path."
    if not folder.is_dir():
        return f"{folder} is a file, not a model folder.", "Choose the folder that contains it."
    if (folder / "adapter_config.json").is_file():
        return (
            f"{folder} holds an adapter (LoRA), not a whole model.",
            "Merge it into its base model first (merge_and_unload in peft), then add the result.",
        )
    if any(folder.glob("*.gguf")):
        return f"{folder} holds GGUF files.", "Choose the .gguf file itself; it is converted once."
    return (
        f"{folder} is no model folder: it has no config.json.",
        "Choose a folder in the Hugging Face format, with config.json, tokenizer.json and "
        "*.safetensors files.",
    )
