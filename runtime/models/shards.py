"""Which safetensors files of a folder make up the model, and whether all of them are there."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from runtime.errors import ModelError

INDEX_NAME = "model.safetensors.index.json"
SINGLE_NAME = "model.safetensors"
_NUMBERED = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<total>\d{5})\.safetensors$")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


class _Index(Struct, frozen=True):
    weight_map: dict[str, str]


def find_shards(folder: Path) -> tuple[Path, ...]:
    """The safetensors files of a model, in order of name.

    Raises ModelError when there are none (saying why pickle files are refused) or some are missing.
    """
    index = folder / INDEX_NAME
    if index.is_file():
        return _indexed(folder, index)
    single = folder / SINGLE_NAME
    if single.is_file():
        return (single,)
    files = sorted(path for path in folder.glob("*.safetensors") if "adapter" not in path.name)
    if not files:
        raise ModelError(*_why_none(folder))
    if len(files) == 1 and not _NUMBERED.match(files[0].name):
        return (files[0],)
    return _numbered(folder, files)


def _indexed(folder: Path, index: Path) -> tuple[Path, ...]:
    try:
        weight_map = msgspec.json.decode(index.read_bytes(), type=_Index).weight_map
    except (OSError, msgspec.MsgspecError) as problem:
        raise ModelError(
            f"{INDEX_NAME} in {folder} cannot be read.", "Fetch the model's files again."
        ) from problem
    names = sorted(set(weight_map.values()))
    if any(len(PurePosixPath(name).parts) != 1 or "\\" in name for name in names):
        raise ModelError(
            f"{INDEX_NAME} points outside its folder.", "Fetch the model from a source you trust."
        )
    _refuse_missing(folder, [name for name in names if not (folder / name).is_file()], len(names))
    return tuple(folder / name for name in names)


def _numbered(folder: Path, files: list[Path]) -> tuple[Path, ...]:
    matches = [match for path in files if (match := _NUMBERED.match(path.name))]
    families = {(match["stem"], match["total"]) for match in matches}
    if len(families) != 1 or len(matches) != len(files):
        raise ModelError(
            f"{folder} holds several safetensors files and no {INDEX_NAME} that says which belong "
            "together.",
            "Fetch the model's index file too, or keep one model in the folder.",
        )
    stem, total = families.pop()
    wanted = [f"{stem}-{number:05d}-of-{total}.safetensors" for number in range(1, int(total) + 1)]
    present = {path.name for path in files}
    _refuse_missing(folder, [name for name in wanted if name not in present], len(wanted))
    return tuple(files)


def _refuse_missing(folder: Path, missing: list[str], total: int) -> None:
    if missing:
        raise ModelError(
            f"{len(missing)} of the model's {total} weight files are missing in {folder}: "
            f"{', '.join(missing[:3])}{' and more' if len(missing) > 3 else ''}.",
            "Fetch the missing files, then add the folder again.",
        )


def _why_none(folder: Path) -> tuple[str, str]:
    if any(any(folder.glob(pattern)) for pattern in _PICKLES):
        return (
            f"{folder} holds its weights in pickle form (.bin, .pt), which can run any program "
            "when it is opened, so HPipe does not open it.",
            "Look for a safetensors version of the model, or convert it on a machine you trust: "
            "load it with transformers and call save_pretrained(folder, safe_serialization=True).",
        )
    if any(folder.glob("adapter*.safetensors")):
        return (
            f"{folder} holds only an adapter (LoRA), not the model it belongs to.",
            "Merge it into its base model first, then add the result.",
        )
    if any(folder.glob("*.gguf")):
        return f"{folder} holds GGUF files.", "Choose the .gguf file itself; it is converted once."
    return (
        f"{folder} has a config.json but no weights (*.safetensors).",
        "The download may be unfinished: fetch the model's safetensors files.",
    )
