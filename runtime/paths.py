"""Where HPipe keeps what is its own: state (keys, pairings, history) and caches (models)."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

STATE_VARIABLE = "HPIPE_STATE"
CACHE_VARIABLE = "HPIPE_CACHE"


def state_directory() -> Path:
    """Small files that must not be lost: identity, pairings, settings, history."""
    chosen = os.environ.get(STATE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("hpipe", appauthor=False))


def cache_directory() -> Path:
    """Large files that can be made again: model layers, measurements."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("hpipe", appauthor=False))
