"""What a parent process tells a child it starts, and what the child answers.

The child reads one JSON line from its standard input and prints one JSON line when it is ready. The
secret key travels only there, never in arguments or the environment. The parent keeps the child's
standard input open: its end means the parent is gone, and the child leaves at once. Later lines on
the same input carry an Admission.
"""

from __future__ import annotations

from msgspec import Struct

from runtime.errors import HPipeError


class Admission(Struct, frozen=True, kw_only=True):
    """Which keys an engine lets in, all of them; also a later line on its standard input.

    Coordinators may give commands. Neighbours, who were only vouched for, may send activations.
    """

    coordinators: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()


class EngineConfig(Struct, frozen=True, kw_only=True):
    """What `python -m runtime.engine` needs. Ports are tried from first_port upwards; 0: any."""

    public_key: str
    secret_key: str
    device_id: str
    device_kind: str
    device_index: int
    threads: int | None
    bind_addresses: tuple[str, ...]
    first_port: int
    admission: Admission
    store_directory: str
    memory_limit_bytes: int | None = None


class EngineReady(Struct, frozen=True, kw_only=True):
    """The engine answers on these ports; floor_memory_bytes is what it takes while idle."""

    command_port: int
    activation_port: int
    floor_memory_bytes: int


class WorkerConfig(Struct, frozen=True, kw_only=True):
    """What `main.py worker --managed` needs: a worker that belongs to the process that started it.

    name, state and store directories, loopback or chosen interfaces, keys it admits from the start.
    """

    name: str
    state_directory: str
    store_directory: str
    control_port: int = 0
    interfaces: tuple[str, ...] = ()
    loopback_only: bool = False
    announce: bool = True
    threads: int | None = None
    memory_limit_bytes: int | None = None
    admitted_keys: tuple[str, ...] = ()


class WorkerReady(Struct, frozen=True, kw_only=True):
    """The worker answers: its identity, and where."""

    public_key: str
    name: str
    addresses: tuple[str, ...]
    control_port: int
    pairing_port: int


class ChildFailed(Struct, frozen=True, kw_only=True, tag="child_failed"):
    """Printed instead of the ready line when a child cannot start; kind as in runtime.errors."""

    kind: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, problem: HPipeError) -> ChildFailed:
        """What the parent rebuilds the error from (runtime.errors.error_from_wire)."""
        return cls(kind=type(problem).__name__, message=problem.message, hint=problem.hint)
