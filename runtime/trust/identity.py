"""Who this machine is: one long-term key pair in a private file; the public key is its identity."""

from __future__ import annotations

import contextlib
import os
import re
import struct
import tempfile
from pathlib import Path

import msgspec
import zmq.utils.z85

from runtime.errors import SetupError
from runtime.transport.curve import KeyPair, new_key_pair

FILE_NAME = "identity.json"

_KEY_TEXT = re.compile(r"[0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")


def load_or_create_identity(state_folder: Path) -> KeyPair:
    """This machine's keys, made at the first call. Raises SetupError for a file that is damaged.

    A damaged file is never replaced: every machine this one was paired with knows the old key.
    """
    path = state_folder / FILE_NAME
    if not path.exists():
        _create(path, new_key_pair())
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=KeyPair)
    except OSError as problem:
        raise SetupError(
            f"{path} could not be read ({problem.strerror}).",
            "Check the permissions of the file and its folder.",
        ) from problem
    except msgspec.DecodeError as problem:
        raise _damaged(path) from problem
    if not (is_public_key(keys.public_key) and is_public_key(keys.secret_key)):
        raise _damaged(path)
    return keys


def is_public_key(text: str) -> bool:
    """Whether a text from a file or the network is a CURVE key: 40 characters of Z85."""
    if not _KEY_TEXT.fullmatch(text):
        return False
    try:
        return len(zmq.utils.z85.decode(text.encode())) == 32
    except (struct.error, ValueError):  # five characters that stand for more than 32 bits
        return False


def _create(path: Path, keys: KeyPair) -> None:
    """Put a whole file in place; where another process was first, its file stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp creates the file readable by its owner alone.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        written = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(keys))
                file.flush()
                os.fsync(file.fileno())
            _place(written, path)
        finally:
            written.unlink(missing_ok=True)
    except OSError as problem:
        raise SetupError(
            f"{path} could not be written ({problem.strerror}).",
            "Free some disk space or check the folder's permissions.",
        ) from problem


def _place(written: Path, path: Path) -> None:
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(written)
    except OSError:  # a file system without hard links
        written.replace(path)


def _damaged(path: Path) -> SetupError:
    return SetupError(
        f"{path}, which holds this machine's identity, is damaged.",
        "Restore it from a backup, or delete it and pair this machine with the others again.",
    )
