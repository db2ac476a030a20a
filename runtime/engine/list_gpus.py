"""`python -m runtime.engine.list_gpus`: prints the GPUs torch can use, as JSON, and ends."""

from __future__ import annotations

import os
import sys

import msgspec
import torch

from runtime.profiling.gpus import Gpu


def list_gpus() -> tuple[Gpu, ...]:
    """CUDA (and ROCm), Intel and Apple GPUs, in the order engines number them."""
    return (*_cuda(), *_xpu(), *_mps())


def _cuda() -> list[Gpu]:
    gpus = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        free, total = torch.cuda.mem_get_info(index)
        gpus.append(
            Gpu(
                kind="cuda",
                index=index,
                name=properties.name,
                total_memory_bytes=total,
                free_memory_bytes=free,
                uuid=str(getattr(properties, "uuid", "")),
            )
        )
    return gpus


def _xpu() -> list[Gpu]:
    gpus = []
    for index in range(torch.xpu.device_count()):
        free, total = torch.xpu.mem_get_info(index)
        gpus.append(
            Gpu(
                kind="xpu",
                index=index,
                name=torch.xpu.get_device_name(index),
                total_memory_bytes=total,
                free_memory_bytes=free,
            )
        )
    return gpus


def _mps() -> list[Gpu]:
    if not torch.backends.mps.is_available():
        return []
    # The GPU shares the machine's memory; beyond this much Metal begins to swap.
    usable = int(torch.mps.recommended_max_memory())
    return [
        Gpu(
            kind="mps",
            index=0,
            name="Apple GPU",
            total_memory_bytes=usable,
            free_memory_bytes=usable,
        )
    ]


if __name__ == "__main__":
    # Whatever libraries print goes to standard error, so that it cannot be taken for the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        answer.write(msgspec.json.encode(list_gpus()))
    sys.exit(0)
