"""Models of the Hugging Face hub: looked for by words, fetched file by file, resumed, checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import get_session, hf_raise_for_status
from msgspec import Struct

from runtime.errors import ModelError, NetworkError
from runtime.models.conversion import ProgressTeller
from runtime.models.disk import require_space, writing
from runtime.snapshots import ModelSummary

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Only these are fetched, whatever else a repository holds: no code, no pickles.
_WANTED = re.compile(
    r"config\.json|generation_config\.json|chat_template\.(jinja|json)|"
    r"tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|"
    r"vocab\.(json|txt)|merges\.txt|(tokenizer|spiece|sentencepiece\.bpe)\.model|"
    r"model\.safetensors\.index\.json|model(-[0-9]{5}-of-[0-9]{5})?\.safetensors"
)
_SEARCH_LIMIT = 20
_BLOCK_BYTES = 1024**2
_TIMEOUT_SECONDS = 30.0


class _RemoteFile(Struct, frozen=True):
    name: str
    size: int
    sha256: str


def is_hub_id(source: str) -> bool:
    """Whether this is written like "owner/name"."""
    return bool(_HUB_ID.fullmatch(source)) and ".." not in source


def search_hub(words: str) -> tuple[ModelSummary, ...]:
    """Text models with safetensors weights whose name holds these words, the most used first.

    Raises NetworkError when the hub cannot be reached.
    """
    with _reaching_the_hub(words):
        found = HfApi().list_models(
            search=words.strip(),
            filter="safetensors",
            pipeline_tag="text-generation",
            sort="downloads",
            limit=_SEARCH_LIMIT,
        )
        names = [model.id for model in found if is_hub_id(model.id)]
    return tuple(
        ModelSummary(model_id="", name=name, source=name, is_installed=False) for name in names
    )


def fetch_from_hub(root: Path, model_id: str, tell: ProgressTeller) -> Path:
    """Fetch a model's files into a folder under root, going on where an earlier try stopped.

    Raises NetworkError without a network, ModelError for a model that has no safetensors weights
    or that must be asked for, SetupError when the disk is full.
    """
    tell(f"Looking up {model_id}", 0, 0)
    hub = HfApi()
    with _reaching_the_hub(model_id):
        info = hub.model_info(model_id, files_metadata=True, timeout=_TIMEOUT_SECONDS)
    commit = info.sha or ""
    if not _COMMIT.fullmatch(commit):
        raise ModelError(f"The hub gave no version of {model_id}.", "Try again later.")
    files = [
        _RemoteFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs is not None else "")
        for file in info.siblings or ()
        if _WANTED.fullmatch(file.rfilename)
    ]
    if not any(file.name.endswith(".safetensors") for file in files):
        raise ModelError(
            f"{model_id} has no weights in the safetensors format.",
            "Choose another version of the model.",
        )
    folder = root / ".hub" / f"{model_id.replace('/', '--')}--{commit}"
    files.sort(key=lambda file: file.size)
    total = sum(file.size for file in files)
    with writing(root, model_id):
        folder.mkdir(parents=True, exist_ok=True)
        here = sum(path.stat().st_size for path in folder.iterdir())
        require_space(folder, max(0, total - here), model_id)
        done = 0
        for file in files:
            url = f"{hub.endpoint}/{model_id}/resolve/{commit}/{file.name}"
            with _reaching_the_hub(model_id):
                for length in _fetched(url, file, folder):
                    tell(f"Fetching {model_id}", done + length, total)
            done += file.size
    return folder


def _fetched(url: str, file: _RemoteFile, folder: Path) -> Iterator[int]:
    """Fetch a file, yielding how much of it is here. ModelError when it arrives damaged."""
    whole = folder / file.name
    partial = folder / f"{file.name}.partial"
    if whole.is_file():
        yield file.size
        return
    with partial.open("ab") as output:
        length = output.tell()
        # Ranges of a compressed transfer could not be put together.
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        if length:
            headers["Range"] = f"bytes={length}-"
        if length != file.size:
            with get_session().stream(
                "GET", url, headers=headers, timeout=_TIMEOUT_SECONDS, follow_redirects=True
            ) as response:
                hf_raise_for_status(response)
                if response.status_code != httpx2.codes.PARTIAL_CONTENT:
                    output.truncate(0)
                    length = 0
                for block in response.iter_bytes():
                    output.write(block)
                    length += len(block)
                    yield length
                    if length > file.size:
                        break
    if length != file.size or not _is_sound(partial, file):
        partial.unlink()
        raise ModelError(f"{file.name} arrived damaged.", "Add the model again to fetch it anew.")
    partial.replace(whole)


def _is_sound(path: Path, file: _RemoteFile) -> bool:
    if not _SHA256.fullmatch(file.sha256):
        return True
    digest = hashlib.sha256()
    with path.open("rb") as data:
        while block := data.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == file.sha256


@contextmanager
def _reaching_the_hub(what: str) -> Iterator[None]:
    try:
        yield
    except GatedRepoError as problem:
        raise ModelError(
            f"{what} must be asked for: its owner wants you to accept a licence first.",
            "Accept it on the model's page, log in once with `hf auth login`, then try again.",
        ) from problem
    except RepositoryNotFoundError as problem:
        raise ModelError(
            f"There is no model {what} on the hub that you may read.",
            "Check its name; a private model needs `hf auth login` first.",
        ) from problem
    except OfflineModeIsEnabled as problem:
        raise NetworkError(
            "The hub is switched off by HF_HUB_OFFLINE.", "Unset it, or choose a local model."
        ) from problem
    except (HfHubHTTPError, httpx2.HTTPStatusError) as problem:
        raise NetworkError(
            f"The hub answered with an error ({_status(problem)}).", "Try again later."
        ) from problem
    except (httpx2.HTTPError, ConnectionError) as problem:
        raise NetworkError(
            "The Hugging Face hub cannot be reached.",
            "Connect to the internet and try again (what has arrived is kept), or choose a model "
            "folder or a .gguf file on this machine.",
        ) from problem


def _status(problem: Exception) -> str:
    response = getattr(problem, "response", None)
    return f"status {response.status_code}" if response is not None else type(problem).__name__
