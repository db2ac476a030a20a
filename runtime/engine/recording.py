"""Recording what a GPU is given to do, as CUDA graphs, on one stream that is kept for it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

from runtime.engine.cache import StageCache

# What is recorded: carries tokens (n,) or hidden states (n, hidden) at positions (1, n) through the
# layers, and adds them to the cache.
Forward = Callable[[torch.Tensor, torch.Tensor, StageCache], torch.Tensor]


@cache
def side_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream that recordings are made on: each stream takes workspace that is never freed."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def on_side_stream(device: torch.device) -> Iterator[None]:
    """After all that was given to the device so far, and before all that will be."""
    side = side_stream(device)
    side.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(side):
        yield
    torch.cuda.current_stream(device).wait_stream(side)


class Borrowed:
    """Where a tensor of a recording lies: to be used between replays, and else for other things.

    The tensor itself, if it were kept, would keep its memory from the graphs that follow.
    """

    def __init__(self, tensor: torch.Tensor) -> None:
        self._dtype, self._device = tensor.dtype, tensor.device
        # The interface by which libraries lend each other memory of a GPU; it knows no bfloat16.
        self.__cuda_array_interface__ = {
            "version": 2,
            "data": (tensor.data_ptr(), False),
            "shape": tuple(tensor.shape),
            "strides": tuple(stride * tensor.itemsize for stride in tensor.stride()),
            "typestr": f"<i{tensor.itemsize}",
        }

    def tensor(self) -> torch.Tensor:
        """The memory as the tensor that it was; not while something is recorded."""
        return torch.as_tensor(self, device=self._device).view(self._dtype)


class Recorder:
    """Records one graph after another into memory that they share, as they are replayed in turn.

    Several recorders can share a pool if all graphs of one are replayed before those of another.

    To be used on the side stream. What torch.cuda.graph does beside this, collecting garbage and
    giving back memory, takes longer than recording.
    """

    def __init__(self, pool: Any = None) -> None:
        self.graphs: list[torch.cuda.CUDAGraph] = []
        self._pool = torch.cuda.graph_pool_handle() if pool is None else pool
        self._is_open = False
        self._collects = False

    def begin(self) -> None:
        graph = torch.cuda.CUDAGraph()
        # A graph that is found to be garbage must not be freed meanwhile.
        self._collects = gc.isenabled()
        gc.disable()
        # Other threads may go on using the device.
        self.graphs.append(graph)
        self._is_open = True
        graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")

    def end(self) -> None:
        self._is_open = False
        try:
            self.graphs[-1].capture_end()
        finally:
            if self._collects:
                gc.enable()

    def abandon(self) -> None:
        """End what was begun, after an error."""
        if self._is_open:
            with contextlib.suppress(RuntimeError):
                self.end()
        self.graphs.clear()
