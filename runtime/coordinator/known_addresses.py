"""Where paired machines were reached last, for networks on which nothing announces them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from runtime.discovery.records import Sighting
from runtime.errors import SetupError
from runtime.files import write_atomically

FILE_NAME = "addresses.json"


class KnownAddresses:
    """A convenience: a file that is lost or cannot be written costs a typed address, no more."""

    def __init__(self, state_folder: Path) -> None:
        self._path = state_folder / FILE_NAME
        self._sightings: dict[str, Sighting] = {}
        try:
            self._sightings = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Sighting])
        except (OSError, msgspec.DecodeError):
            self._sightings = {}

    def get(self, machine_id: str, name: str) -> Sighting | None:
        """Where to look for a machine, under the name it is paired as."""
        known = self._sightings.get(machine_id)
        if known is None or known.public_key != machine_id:
            return None
        return msgspec.structs.replace(known, name=name)

    def remember(self, sighting: Sighting) -> None:
        if self._sightings.get(sighting.public_key) != sighting:
            self._sightings[sighting.public_key] = sighting
            self._write()

    def forget(self, machine_id: str) -> None:
        if self._sightings.pop(machine_id, None) is not None:
            self._write()

    def _write(self) -> None:
        try:
            write_atomically(self._path, msgspec.json.encode(self._sightings), private=True)
        except SetupError:
            return
