"""Engine processes are started once and shared: each takes seconds to import torch."""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch
import transformers

from runtime.engine import attention
from runtime.transport.curve import KeyPair, new_key_pair
from tests.runtime.engine.processes import Chain, EngineProcess, connected
from tests.runtime.engine.tiny import TinyStore


@pytest.fixture(scope="session", autouse=True)
def quiet_transformers() -> None:
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    attention.register()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyStore:
    return TinyStore(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def coordinator() -> KeyPair:
    return new_key_pair()


@pytest.fixture(scope="session")
def four_engines(tiny: TinyStore, coordinator: KeyPair) -> Iterator[list[EngineProcess]]:
    """Engines of one thread each, ready."""
    with connected([EngineProcess(tiny.store.root, coordinator) for _ in range(4)]) as engines:
        yield engines


@pytest.fixture
def chain(four_engines: list[EngineProcess]) -> Chain:
    """The engines as a chain, with nothing left over from an earlier test."""
    for engine in four_engines:
        engine.events.clear()
        engine.progress.clear()
    return Chain(four_engines)
