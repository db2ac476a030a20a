"""The machines this one was paired with, and those it threw out, in files only workers write."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypeVar

import msgspec

from runtime.errors import PairingError, SetupError
from runtime.files import write_atomically
from runtime.messages.control import PairedMachine
from runtime.trust.identity import is_public_key
from runtime.trust.names import plain_name

__all__ = ["PairedMachine", "Pairings"]

FILE_NAME = "paired.json"
FORGOTTEN_FILE_NAME = "forgotten.json"

Content = TypeVar("Content")


class Pairings:
    """Each change is on the disk before it counts. Nobody else's is undone by it: two windows that
    are opened at once may each have started a worker of this machine."""

    def __init__(self, state_folder: Path) -> None:
        """Raises SetupError for a file that cannot be read: no pairing is dropped silently."""
        self._path = state_folder / FILE_NAME
        self._machines = _paired(self._path)
        self._forgotten_path = state_folder / FORGOTTEN_FILE_NAME
        self._forgotten = _forgotten(self._forgotten_path)

    def machines(self) -> tuple[PairedMachine, ...]:
        return tuple(self._machines.values())

    def keys(self) -> frozenset[str]:
        return frozenset(self._machines)

    @property
    def forgotten(self) -> frozenset[str]:
        """Keys that a person threw out, and nobody else may bring back."""
        return self._forgotten

    def remember(self, public_key: str, name: str) -> None:
        """Pair with a machine, or give a paired one its new name."""
        if not is_public_key(public_key):
            raise PairingError("This is not the key of a machine.", "Pair with a code again.")
        machine = PairedMachine(public_key=public_key, name=plain_name(name), paired_at=time.time())
        machines = _paired(self._path) | {public_key: machine}
        _write(self._path, tuple(machines.values()))
        self._machines = machines
        forgotten = _forgotten(self._forgotten_path)
        if public_key in forgotten:
            forgotten -= {public_key}
            _write(self._forgotten_path, sorted(forgotten))
        self._forgotten = forgotten

    def forget(self, public_key: str) -> None:
        """Throw a machine out until it is paired again, paired or not."""
        forgotten = _forgotten(self._forgotten_path)
        if public_key not in forgotten:
            forgotten |= {public_key}
            _write(self._forgotten_path, sorted(forgotten))
        self._forgotten = forgotten
        machines = _paired(self._path)
        if machines.pop(public_key, None) is not None:
            _write(self._path, tuple(machines.values()))
        self._machines = machines


def _paired(path: Path) -> dict[str, PairedMachine]:
    machines = _read(path, tuple[PairedMachine, ...], ())
    if not all(is_public_key(machine.public_key) for machine in machines):
        raise _damaged(path)
    return {machine.public_key: machine for machine in machines}


def _forgotten(path: Path) -> frozenset[str]:
    return _read(path, frozenset[str], frozenset())


def _read(path: Path, kind: type[Content], without_file: Content) -> Content:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return without_file
    except OSError as problem:
        raise SetupError(
            f"{path} could not be read ({problem.strerror}).",
            "Check the permissions of the file and its folder.",
        ) from problem
    except msgspec.DecodeError as problem:
        raise _damaged(path) from problem


def _write(path: Path, content: object) -> None:
    write_atomically(path, msgspec.json.format(msgspec.json.encode(content)), private=True)


def _damaged(path: Path) -> SetupError:
    return SetupError(
        f"{path}, which says what machines this one was paired with, is damaged.",
        "Restore it from a backup, or delete it and pair the machines again.",
    )
