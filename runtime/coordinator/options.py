"""How a service is started: over the network or with workers of this machine alone."""

from __future__ import annotations

import platform
from pathlib import Path

from msgspec import Struct

from runtime.paths import cache_directory, state_directory


class ServiceOptions(Struct, frozen=True, kw_only=True):
    """local_workers: that many workers of this machine instead of the network; None: the network.

    threads limits each worker's engine. addresses are machines to reach where mDNS does not.
    all_take_part gives every machine layers, even where fewer are quicker: to show how it works.
    """

    local_workers: int | None = None
    threads: int | None = None
    name: str = ""
    control_port: int = 0
    interfaces: tuple[str, ...] = ()
    announce: bool = True
    addresses: tuple[str, ...] = ()
    all_take_part: bool = False
    state: Path = Path()
    cache: Path = Path()
    models: Path = Path()

    @property
    def machine_name(self) -> str:
        return self.name or platform.node() or "This computer"

    @property
    def state_folder(self) -> Path:
        return self.state if self.state != Path() else state_directory()

    @property
    def cache_folder(self) -> Path:
        return self.cache if self.cache != Path() else cache_directory()

    @property
    def model_folder(self) -> Path:
        return self.models if self.models != Path() else self.cache_folder / "models"
