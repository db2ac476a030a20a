"""Kernels of our own for an NVIDIA GPU: compiled, tried, and done without where either fails.

By the compiler that comes with torch itself (NVRTC). They are tried against torch's own operations
before they are used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import torch

Kernels = TypeVar("Kernels")


def tried(
    device: torch.device,
    compile_for: Callable[[torch.device], Kernels],
    wrong_of: Callable[[Kernels, torch.device], list[str]],
) -> Kernels | None:
    """The kernels of a device, or None where they cannot be compiled or are not right.

    wrong_of names those that do not compute what torch's operations do.
    """
    if device.type != "cuda" or torch.version.hip is not None:
        return None
    log = logging.getLogger(compile_for.__module__)
    try:
        kernels = compile_for(device)
        with torch.inference_mode():
            wrong = wrong_of(kernels, device)
    except Exception:  # whatever a driver, an older GPU, or a torch without the compiler, says
        log.info("no kernels of our own", exc_info=True)
        return None
    if wrong:
        log.warning("these kernels are not right: %s", ", ".join(wrong))
        return None
    return kernels


def capability_of(device: torch.device) -> str:
    """Which instructions a GPU has, as its compiler is told: "90"."""
    return "".join(map(str, torch.cuda.get_device_capability(device)))


def compiled(source: str, name: str, capability: str) -> Any:
    """A kernel of a source in CUDA C++, for the current device."""
    return torch.cuda._compile_kernel(source, name, compute_capability=capability)
