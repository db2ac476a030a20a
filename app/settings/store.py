"""The settings a person makes, kept as JSON beside the other state. No Qt in here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from runtime.files import write_atomically
from runtime.paths import state_directory

FILE_NAME = "settings.json"
log = logging.getLogger(__name__)


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be set. Empty text or 0: HPipe decides."""

    theme: str = "system"  # "system", "light", "dark"
    language: str = ""  # "en", "zh_CN", or empty for the system's
    model_folder: str = ""
    machine_name: str = ""
    network_interface: str = ""
    port: int = 0
    model_id: str = ""
    first_start_done: bool = False
    window_geometry: str = ""


def settings_file() -> Path:
    return state_directory() / FILE_NAME


def load_settings() -> Settings:
    """The kept settings; the defaults where there are none or they cannot be read."""
    try:
        return msgspec.json.decode(settings_file().read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("The settings could not be read and are the defaults now: %s", error)
        return Settings()


class SettingsStore:
    """Holds the current settings and writes every change."""

    def __init__(self) -> None:
        self.current = load_settings()

    def change(self, **values: Any) -> None:
        """Set fields and keep them. Raises SetupError if they cannot be written."""
        changed = msgspec.structs.replace(self.current, **values)
        if changed == self.current:
            return
        self.current = changed
        write_atomically(settings_file(), msgspec.json.format(msgspec.json.encode(changed)))
