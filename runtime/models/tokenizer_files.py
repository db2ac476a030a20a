"""Seeing to it that a model added from a folder has a tokenizer.json."""

from __future__ import annotations

import shutil
from pathlib import Path

from runtime.errors import ModelError
from runtime.models.conversion import ConversionRequest, ProgressTeller, convert
from runtime.models.disk import writing
from runtime.models.manifest import ModelManifest
from runtime.models.store import ModelStore
from runtime.models.workspace import workspace

TOKENIZER_FILE = "tokenizer.json"
_OTHER_FORMS = (
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.json",
    "vocab.txt",
)
_SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
)


def ensure_tokenizer(store: ModelStore, manifest: ModelManifest, tell: ProgressTeller) -> None:
    """Convert an older tokenizer into the store, beside copies of the small files.

    ModelError when the folder has no tokenizer at all; the model is then forgotten again.
    """
    stored = store.open(manifest.model_id)
    folder = stored.source_folder
    if (folder / TOKENIZER_FILE).is_file() or (stored.home / TOKENIZER_FILE).is_file():
        return
    try:
        if not any((folder / name).is_file() for name in _OTHER_FORMS):
            raise ModelError(
                f"{folder} has no tokenizer, without which no text can be given to the model.",
                "Fetch its tokenizer.json too, then add the folder again.",
            )
        with workspace(store.root) as made:
            request = ConversionRequest(kind="tokenizer", source=str(folder), target=str(made))
            convert(request, tell)
            _keep(folder, made, stored.home)
    except BaseException:
        store.remove(manifest.model_id)
        raise


def _keep(folder: Path, made: Path, home: Path) -> None:
    with writing(home, "the tokenizer"):
        for name in _SMALL_FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, home / name)
        # Last, since a home with a tokenizer stands in for the folder.
        (made / TOKENIZER_FILE).replace(home / TOKENIZER_FILE)
