"""Reading just a stage's tensors from safetensors files into the cut model."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import safe_open

from runtime.engine.few_bits import keep_in_few_bits
from runtime.engine.split import Extent, stage_class
from runtime.errors import ModelError
from runtime.models.manifest import EMBEDDING_PART, HEAD_PART, ModelManifest, layer_part

ByteListener = Callable[[int, int], None]

_NUMBERED = re.compile(r"^(?P<container>.+?)\.(?P<index>\d+)\.(?P<rest>.+)$")


class TensorSource(Protocol):
    """A model on this machine's disk: what is in it, and which file holds a tensor."""

    @property
    def manifest(self) -> ModelManifest: ...

    def tensor_file(self, name: str) -> Path: ...


def load_model(
    source: TensorSource,
    config: Any,
    extent: Extent,
    *,
    device: torch.device,
    dtype: torch.dtype,
    on_progress: ByteListener,
    weight_bits: int = 16,
) -> Any:
    """The cut model with its weights on the device, in as many bits as on_device says.

    On a CPU, weights stored in the wanted format are mapped from their files, not copied.
    Raises ModelError when tensors are missing or of other shapes than the configuration says.
    """
    names = stage_names(
        source.manifest, extent, bool(getattr(config, "tie_word_embeddings", False))
    )
    kind = stage_class(config, extent)
    with ExitStack() as files:
        state = _lazy_state(
            source,
            names,
            kind.base_model_prefix,
            min(extent.layers),
            files,
            on_progress=on_progress,
        )
        try:
            model, report = kind.from_pretrained(
                None,
                config=config,
                state_dict=state,
                dtype=dtype,
                local_files_only=True,
                output_loading_info=True,
            )
        except (RuntimeError, ValueError, KeyError) as problem:
            raise ModelError(
                f"The weights of {source.manifest.name} do not fit its configuration "
                f"({str(problem).strip().splitlines()[0][:200]}).",
                "Fetch the model again from its source.",
            ) from problem
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(
            f"{source.manifest.name} lacks {len(missing)} tensors, first {missing[0]}.",
            "Some files of the model may be missing: fetch it again.",
        )
    return on_device(model, device, weight_bits)


def on_device(model: Any, device: torch.device, weight_bits: int) -> Any:
    """A loaded model ready to compute: tensors moved one by one, nothing left to be trained.

    A GPU gets the matrices of layers in 8 or 4 bits where so few are asked for, and never in more.
    A CPU quantises them once they are packed. transformers' device_map would move tensors too, but
    only where accelerate is installed.
    """
    if device.type != "cpu" and weight_bits < 16:
        keep_in_few_bits(model.base_model.layers, weight_bits, device)
    return model.to(device).eval().requires_grad_(False)


def stage_names(manifest: ModelManifest, extent: Extent, tied: bool) -> list[str]:
    """The checkpoint's names of all tensors a stage needs."""
    parts = [layer_part(index) for index in sorted(set(extent.layers))]
    if extent.has_embedding or (extent.has_head and tied):
        parts.append(EMBEDDING_PART)
    if extent.has_head:
        parts.append(HEAD_PART)
    return [tensor.name for part in parts for tensor in manifest.parts.get(part, ())]


def renamed(name: str, container: str, prefix: str, first_layer: int) -> str:
    """A checkpoint's tensor name as the cut model knows it: layers counted from its own first.

    container is the checkpoint's name of the list of layers, such as "model.layers" or, in a model
    that also sees, "language_model.model.layers"; prefix the architecture's name of its base model.
    """
    match = _NUMBERED.match(name)
    if match and match["container"] == container:
        number = int(match["index"]) - first_layer
        if container.rpartition(".")[2] == "layers":
            container = f"{prefix}.layers"
        return f"{container}.{number}.{match['rest']}"
    parent = container.rpartition(".")[0]
    if parent and name.startswith(f"{parent}."):
        return f"{prefix}.{name.removeprefix(f'{parent}.')}"
    outer = parent.rpartition(".")[0]
    return name.removeprefix(f"{outer}.") if outer else name


def _lazy_state(
    source: TensorSource,
    names: Iterable[str],
    prefix: str,
    first_layer: int,
    files: ExitStack,
    *,
    on_progress: ByteListener,
) -> dict[str, _CountedSlice]:
    sizes = {
        tensor.name: tensor.nbytes
        for tensors in source.manifest.parts.values()
        for tensor in tensors
    }
    container = _container(source.manifest)
    names = list(names)
    meter = _Meter(sum(sizes[name] for name in names), on_progress)
    opened: dict[Path, Any] = {}
    state = {}
    for name in names:
        path = source.tensor_file(name)
        if path not in opened:
            opened[path] = files.enter_context(_open(path))
        state[renamed(name, container, prefix, first_layer)] = _CountedSlice(
            opened[path].get_slice(name), sizes[name], meter
        )
    return state


def _open(path: Path) -> Any:
    # A mapped file cannot be replaced or deleted on Windows, and counts as committed memory.
    backend = "pread" if sys.platform == "win32" else "mmap"
    try:
        return safe_open(path, framework="pt", backend=backend)
    except Exception as problem:
        raise ModelError(
            f"{path.name} cannot be read as a safetensors file ({problem}).",
            "Fetch the model's files again.",
        ) from problem


def _container(manifest: ModelManifest) -> str:
    for tensor in manifest.parts.get(layer_part(0), ()):
        match = _NUMBERED.match(tensor.name)
        if match:
            return match["container"]
    raise ModelError(f"{manifest.name} has no numbered layers.")


class _Meter:
    def __init__(self, total: int, on_progress: ByteListener) -> None:
        self._done = 0
        self._total = total
        self._on_progress = on_progress

    def add(self, count: int) -> None:
        self._done += count
        self._on_progress(self._done, self._total)


class _CountedSlice:
    """A tensor that is read when it is indexed, and then counted."""

    def __init__(self, tensor_slice: Any, nbytes: int, meter: _Meter) -> None:
        self._slice = tensor_slice
        self._nbytes = nbytes
        self._meter = meter

    def __getitem__(self, place: Any) -> torch.Tensor:
        tensor: torch.Tensor = self._slice[place]
        self._meter.add(self._nbytes)
        return tensor

    def get_shape(self) -> Any:
        return self._slice.get_shape()

    def get_dtype(self) -> Any:
        return self._slice.get_dtype()
