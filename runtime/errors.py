"""Every error a person can cause or mend, each with a message and a hint.

    HPipeError
    ├── DocumentError       a file that cannot be read, is empty, or is too long
    ├── ModelError          a folder, file or id that is no usable model
    ├── DoesNotFit          no plan fits the machines' memory
    ├── NetworkError        a port in use, no network, an address nobody answers at
    │   └── Refused         the other machine said no: not paired, wrong key, wrong version
    ├── PairingError        a wrong or expired code, a lock-out
    ├── MachineLost         a machine or its engine vanished during a job
    ├── EngineError         an engine could not load or compute
    ├── Cancelled           a person stopped the job
    └── SetupError          a full disk, a folder that cannot be written, a missing library

Anything else that is raised is a bug: it is logged and shown in one dialog.
"""

from __future__ import annotations


class HPipeError(Exception):
    """What went wrong in one sentence, and what to do about it in another."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class DocumentError(HPipeError):
    """A document that cannot be read, holds no text, or is too long for the model."""


class ModelError(HPipeError):
    """A folder, file or id that is no model HPipe can run."""


class DoesNotFit(HPipeError):
    """No split of the model fits the memory of the machines."""


class NetworkError(HPipeError):
    """Nobody answers, or a port cannot be had."""


class Refused(NetworkError):
    """The other machine answered and said no."""


class PairingError(HPipeError):
    """Pairing did not complete: wrong code, expired code, or too many tries."""


class MachineLost(HPipeError):
    """A machine, or the engine on it, vanished while it was needed."""


class EngineError(HPipeError):
    """An engine could not load its layers or compute with them."""


class Cancelled(HPipeError):
    """A person stopped the job."""


class SetupError(HPipeError):
    """This machine lacks something HPipe needs: disk, permission, a library."""


ERROR_KINDS: dict[str, type[HPipeError]] = {
    kind.__name__: kind
    for kind in (
        DocumentError,
        ModelError,
        DoesNotFit,
        NetworkError,
        Refused,
        PairingError,
        MachineLost,
        EngineError,
        Cancelled,
        SetupError,
    )
}


def error_from_wire(kind: str, message: str, hint: str) -> HPipeError:
    """Rebuild an error another process reported; an unknown kind becomes a plain HPipeError."""
    return ERROR_KINDS.get(kind, HPipeError)(message, hint)
