"""Small steps of a layer, each as one kernel of an NVIDIA GPU.

torch makes a kernel of its own for every product and sum, and a GPU is done with one token's sooner
than the next can begin.
"""

from __future__ import annotations

from functools import cache

import torch

from runtime.engine.agreement import agree
from runtime.engine.gpu_compiling import capability_of, compiled, tried
from runtime.engine.gpu_source import ACTIVATIONS, SOURCE, WARPS_PER_BLOCK

# Values that a thread reads at once.
_STEP = 8
_THREADS = 256
_MOST_THREADS = 1024
_RELATIVE_ERROR = 0.01


class GpuKernels:
    """The kernels of one device, for bfloat16. Tensors given must satisfy `takes` where it says."""

    def __init__(self, device: torch.device) -> None:
        capability = capability_of(device)
        with torch.cuda.device(device):
            self._rotate = compiled(SOURCE, "rotate", capability)
            self._norm = compiled(SOURCE, "root_mean_square_norm", capability)
            self._gate = compiled(SOURCE, "gate", capability)
            self._multiply = compiled(SOURCE, "multiply_row", capability)
            self._merge = compiled(SOURCE, "merge", capability)

    def rotated(
        self, query: torch.Tensor, key: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn (1, heads, tokens, width), first halves against second, by (1, tokens, width).

        Rounded where torch's own steps round. The results lie in memory token by token.
        """
        _, heads, tokens, width = query.shape
        kv_heads = key.shape[1]
        outputs = [
            torch.empty((1, tokens, count, width), dtype=query.dtype, device=query.device)
            for count in (heads, kv_heads)
        ]
        lanes = tokens * (heads + kv_heads) * (width // (2 * _STEP))
        sizes = [tokens, heads, kv_heads, width]
        strides = [query.stride(2), query.stride(1), key.stride(2), key.stride(1)]
        self._rotate(
            grid=(_blocks(lanes), 1, 1),
            block=(_THREADS, 1, 1),
            args=[query, key, *outputs, cos, sin, *sizes, *strides],
        )
        return outputs[0].transpose(1, 2), outputs[1].transpose(1, 2)

    def normed(self, given: torch.Tensor, scale: torch.Tensor, epsilon: float) -> torch.Tensor:
        """given / sqrt(mean(given ** 2) + epsilon) * scale in rows; scale is float32."""
        width = given.shape[-1]
        output = torch.empty_like(given)
        threads = min(_MOST_THREADS, -(-width // _STEP // 32) * 32)
        self._norm(
            grid=(given.numel() // width, 1, 1),
            block=(threads, 1, 1),
            args=[given, scale, output, width, epsilon],
        )
        return output

    def gated(self, gate_and_up: torch.Tensor, activation: str) -> torch.Tensor:
        """activation(first half) * second half of the last dimension of a contiguous tensor."""
        width = gate_and_up.shape[-1] // 2
        output = gate_and_up.new_empty((*gate_and_up.shape[:-1], width))
        self._gate(
            grid=(_blocks(output.numel() // _STEP), 1, 1),
            block=(_THREADS, 1, 1),
            args=[gate_and_up, output, output.numel() // _STEP, width, ACTIVATIONS[activation]],
        )
        return output

    def row_times(
        self, given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        """One row (..., in) by weight (out, in), as torch.nn.functional.linear."""
        outputs, inputs = weight.shape
        output = given.new_empty((*given.shape[:-1], outputs))
        self._multiply(
            grid=(-(-outputs // WARPS_PER_BLOCK), 1, 1),
            block=(32 * WARPS_PER_BLOCK, 1, 1),
            args=[
                weight,
                given,
                weight if bias is None else bias,
                output,
                outputs,
                inputs,
                int(bias is not None),
            ],
        )
        return output

    def merged(
        self,
        output: torch.Tensor,
        sums: torch.Tensor,
        other: torch.Tensor,
        other_sums: torch.Tensor,
    ) -> torch.Tensor:
        """Add to attention output (1, tokens, heads, width), in place, what other keys gave.

        sums are log-sum-exps (1, heads, tokens) in float32; returns those of both together.
        """
        _, tokens, heads, width = output.shape
        both = torch.empty_like(sums)
        self._merge(
            grid=(_blocks(output.numel() // _STEP), 1, 1),
            block=(_THREADS, 1, 1),
            args=[output, sums, other, other_sums, both, tokens, heads, width],
        )
        return both


def takes(*tensors: torch.Tensor) -> bool:
    """Whether the kernels can read tensors: eight neighbouring values at a time."""
    return all(
        tensor.dtype == torch.bfloat16
        and tensor.stride(-1) == 1
        and tensor.shape[-1] % _STEP == 0
        and tensor.data_ptr() % 16 == 0
        and all(
            stride % _STEP == 0
            for stride, size in zip(tensor.stride()[:-1], tensor.shape[:-1], strict=True)
            if size > 1
        )
        for tensor in tensors
    )


@cache
def gpu_kernels(device: torch.device) -> GpuKernels | None:
    """The kernels of a device, or None where they cannot be compiled or are not right."""
    return tried(device, GpuKernels, _wrong)


def is_recording() -> bool:
    """Whether kernels are being recorded, so that what it takes to start them does not count."""
    return torch.cuda.is_current_stream_capturing()


def _blocks(threads: int) -> int:
    return -(-threads // _THREADS)


def _wrong(kernels: GpuKernels, device: torch.device) -> list[str]:
    """The names of kernels that do not compute what torch's operations do."""
    functional = torch.nn.functional
    generator = torch.Generator().manual_seed(4)

    def random(*sizes: int) -> torch.Tensor:
        return torch.randn(sizes, generator=generator).to(device, torch.bfloat16)

    found: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    joint = random(1, 5, (6 + 2) * 64)
    query = joint[..., : 6 * 64].view(1, 5, 6, 64).transpose(1, 2)
    key = joint[..., 6 * 64 :].view(1, 5, 2, 64).transpose(1, 2)
    cos, sin = random(1, 5, 64), random(1, 5, 64)
    for name, rows, rotated in zip(
        ("rotated query", "rotated key"),
        (query, key),
        kernels.rotated(query, key, cos, sin),
        strict=True,
    ):
        found[name] = (rotated, turned(rows, cos, sin))
    given, scale = random(1, 3, 2_560), random(2_560).float()
    square = given.float().pow(2).mean(-1, keepdim=True)
    found["norm"] = (
        kernels.normed(given, scale, 1e-5),
        given.float() * torch.rsqrt(square + 1e-5) * scale,
    )
    wide = random(1, 7, 2 * 136) * 3
    gate, up = wide.chunk(2, -1)
    for activation, result in {
        "silu": functional.silu(gate),
        "gelu": functional.gelu(gate),
        "gelu_tanh": functional.gelu(gate, approximate="tanh"),
        "relu": functional.relu(gate),
    }.items():
        found[activation] = (kernels.gated(wide, activation), result * up)
    row, weight, bias = random(1, 1, 712), random(203, 712), random(203)
    for name, added in (("row", None), ("row with bias", bias)):
        found[name] = (
            kernels.row_times(row, weight, added),
            functional.linear(
                row.float(), weight.float(), None if added is None else added.float()
            ),
        )
    output, other = random(1, 5, 6, 64), random(1, 5, 6, 64)
    sums, more = (torch.randn(1, 6, 5, generator=generator).to(device) * 3 for _ in range(2))
    share = torch.sigmoid(more - sums).transpose(1, 2)[..., None]
    wanted = torch.lerp(output.float(), other.float(), share)
    both = kernels.merged(output, sums, other, more)
    found["merged"] = (output, wanted)
    found["merged sums"] = (both, torch.logaddexp(sums, more))
    return [
        name for name, (ours, theirs) in found.items() if not agree(ours, theirs, _RELATIVE_ERROR)
    ]


def turned(rows: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """What rotary embeddings are: rows (1, heads, tokens, width) turned by (1, tokens, width)."""
    first, second = rows.chunk(2, -1)
    return rows * cos[:, None] + torch.cat((-second, first), dim=-1) * sin[:, None]
