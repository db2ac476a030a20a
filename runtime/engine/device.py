"""Which torch device an engine computes on, and in which number formats."""

from __future__ import annotations

import platform

import torch

from runtime.errors import EngineError


def open_device(kind: str, index: int) -> torch.device:
    """The torch device of a kind ("cpu", "cuda", "mps", "xpu") and index; EngineError if absent."""
    if kind == "cpu":
        return torch.device("cpu")
    counts = {
        "cuda": torch.cuda.device_count,
        "mps": lambda: int(torch.backends.mps.is_available()),
        "xpu": torch.xpu.device_count,
    }
    if kind not in counts:
        raise EngineError(f"{kind!r} is no kind of device HPipe knows.")
    if index >= counts[kind]():
        raise EngineError(
            f"This machine has no {kind} device number {index} that torch can use.",
            "Check the driver, and that the installed torch build supports the device.",
        )
    if kind == "cuda":
        # Streams, graphs and kernels that do not say where they belong belong there.
        torch.cuda.set_device(index)
    return torch.device(kind, index)


def compute_dtype(device: torch.device, weight_bits: int) -> torch.dtype:
    """The format of matrix products and hidden states on a device.

    32 is exact float32. Below, bfloat16 wherever it is not slower than the alternatives, since it
    holds the range that current models were trained in.
    """
    if weight_bits == 32:
        return torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.bfloat16 if torch.backends.mps.is_macos_or_newer(14, 0) else torch.float16
    if device.type == "cpu" and not has_bfloat16():
        return torch.float32
    return torch.bfloat16


def has_bfloat16() -> bool:
    """Whether processors here multiply numbers of that format."""
    return bool(torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def is_x86() -> bool:
    """Whether processors here have the instructions that most of torch's kernels are made of."""
    return platform.machine().lower() in ("x86_64", "amd64")


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    elif device.type == "xpu":
        torch.xpu.synchronize(device)
