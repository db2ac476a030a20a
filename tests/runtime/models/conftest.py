"""Tiny models of real architectures, saved as people get them, shared by all tests here."""

from __future__ import annotations

import os

os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import transformers

from tests.runtime.engine.tiny import TinyStore


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyStore:
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    return TinyStore(tmp_path_factory.mktemp("tiny"))
