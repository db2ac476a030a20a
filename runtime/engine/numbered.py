"""Kernels that read what a trace cannot hold: its recording has their number instead."""

from __future__ import annotations

import itertools
from typing import Any, Protocol
from weakref import WeakValueDictionary

import torch

is_traced: Any = torch._C._is_tracing


class Kernel(Protocol):
    """Weights in a form of their own, and what multiplies rows with them."""

    number: int

    def products(self, rows: torch.Tensor) -> torch.Tensor: ...


_numbers = itertools.count()
_by_number: WeakValueDictionary[int, Kernel] = WeakValueDictionary()


def number_of(kernel: Kernel) -> int:
    """A number for as long as the kernel lives."""
    number = next(_numbers)
    _by_number[number] = kernel
    return number


def products(kernel: Kernel, rows: torch.Tensor) -> torch.Tensor:
    """The kernel's products with rows, also where they are recorded."""
    if is_traced():
        output: torch.Tensor = torch.ops.hpipe.products(rows, kernel.number)
        return output
    return kernel.products(rows)


def _products(rows: torch.Tensor, number: int) -> torch.Tensor:
    return _by_number[number].products(rows)


_library: Any = torch.library.Library("hpipe", "FRAGMENT")  # type: ignore[no-untyped-call]
_library.define("products(Tensor rows, int number) -> Tensor")
_library.impl("products", _products, "CompositeExplicitAutograd")
