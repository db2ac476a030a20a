"""`python -m runtime.engine`: the process that computes on one device, started by a worker."""

from __future__ import annotations

import os
import signal
import sys

from runtime.engine.parent import Parent
from runtime.errors import HPipeError
from runtime.messages.spawn import EngineConfig


def main() -> int:
    """Run until the parent is gone; the exit code is 1 if the engine could not start."""
    parent = Parent()
    # Ctrl-C reaches every process of a terminal; the worker decides when its engines end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        config = parent.read_config()
        _prepare_environment(config)
        # Only now: how many threads torch uses is decided when it is imported.
        from runtime.engine.service import open_service  # noqa: PLC0415

        service = open_service(config)
    except HPipeError as problem:
        parent.tell_failed(problem)
        return 1
    parent.follow(service.change_admission)
    parent.tell_ready(service.ready())
    service.run()
    return 0


def _prepare_environment(config: EngineConfig) -> None:
    if config.threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(config.threads)
        os.environ["MKL_NUM_THREADS"] = str(config.threads)
    # Weights are read in order, in this thread, so that progress can be told while they are.
    os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"
    # oneDNN keeps kernels of half a MB for each shape, and a long text has a thousand of them. One
    # chunk needs a few dozen; those of earlier chunks need not wait for the next text.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"


if __name__ == "__main__":
    sys.exit(main())
