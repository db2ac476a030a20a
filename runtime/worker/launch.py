"""Starting a worker that belongs to this process and ends with it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from runtime.errors import HPipeError, MachineLost
from runtime.messages.spawn import WorkerConfig, WorkerReady
from runtime.program import PROGRAM_FOLDER
from runtime.worker.child import ChildEnd, ChildProcess, start_child

_START_SECONDS = 60.0

EndListener = Callable[[HPipeError], None]


class ManagedWorker:
    """A running worker of this machine. on_ended is called if it ends without being stopped."""

    def __init__(self, child: ChildProcess, ready: WorkerReady) -> None:
        self.ready = ready
        self.on_ended: EndListener | None = None
        self._child = child
        self._is_stopping = False
        child.on_end(self._on_end)

    @property
    def process_id(self) -> int:
        return self._child.process_id

    async def stop(self) -> None:
        """End it and its engines. Safe to call twice."""
        self._is_stopping = True
        await self._child.stop()

    def _on_end(self, end: ChildEnd) -> None:
        if self._is_stopping or self.on_ended is None:
            return
        self.on_ended(_explain(end))


async def start_managed_worker(config: WorkerConfig) -> ManagedWorker:
    """Start a worker and wait until it answers. Raises what kept it from starting."""
    log = logging.getLogger(f"{__name__}.{config.name}")
    main = str(PROGRAM_FOLDER / "main.py")
    child = start_child([main, "worker", "--managed"], config, log)
    try:
        ready = await child.ready(
            WorkerReady, _START_SECONDS, "The worker of this machine", _explain
        )
    except BaseException:
        await child.stop()
        raise
    return ManagedWorker(child, ready)


def _explain(end: ChildEnd) -> HPipeError:
    words = f": {end.last_words[-1]}" if end.last_words else ""
    return MachineLost(
        f"The worker of this machine ended with code {end.exit_code}{words}.",
        "Start HPipe again; the log in its state folder says more.",
    )
