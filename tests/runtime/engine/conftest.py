"""Engine processes are started once per test module: each takes seconds to import torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch
import transformers
import zmq

from runtime.engine import attention
from runtime.transport.curve import new_key_pair
from tests.runtime.engine.processes import Chain, EngineProcess


@pytest.fixture(scope="session", autouse=True)
def quiet_transformers() -> None:
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    attention.register()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def chain(store: Path) -> Iterator[Chain]:
    """Four engines of one thread each, ready."""
    coordinator = new_key_pair()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    engines = [EngineProcess(store, coordinator) for _ in range(4)]
    try:
        for engine in engines:
            engine.connect(context)
        yield Chain(engines)
    finally:
        for engine in engines:
            engine.end()
        context.term()
