"""Hidden states as they travel between stages: whole numbers of bytes per token, no headers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from runtime.errors import EngineError
from runtime.messages.stage import ActivationFormat

# Channels that share a scale in int8: one outlying channel spoils only its own group.
GROUP_CHANNELS = 64
_FORMATS: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def encode(hidden: torch.Tensor, form: ActivationFormat) -> list[Any]:
    """Payload frames of hidden states (tokens, width): their bytes, and for int8 the scales."""
    if form != "int8":
        return [_bytes_of(hidden.to("cpu", _FORMATS[form]).contiguous())]
    tokens, width = hidden.shape
    groups = hidden.float().view(tokens, -1, _group(width))
    # A scale has the range of the values, hence bfloat16; a little larger than needed, so that
    # the largest value still fits after the scale was rounded.
    scales = groups.abs().amax(-1, keepdim=True).mul_(1.004 / 127).clamp_(min=1e-30)
    stored = scales.to(torch.bfloat16)
    whole = (groups / stored.float()).round_().clamp_(-127, 127).to(torch.int8)
    return [_bytes_of(whole.cpu()), _bytes_of(stored.cpu())]


def decode(
    frames: Sequence[memoryview],
    form: ActivationFormat,
    *,
    tokens: int,
    width: int,
    dtype: torch.dtype,
    device: torch.device,
) -> torch.Tensor:
    """Hidden states (tokens, width) from what encode made; EngineError when the sizes are wrong."""
    if form != "int8":
        _expect(frames, [tokens * width * _FORMATS[form].itemsize])
        return _tensor(frames[0], _FORMATS[form]).view(tokens, width).to(device, dtype)
    group = _group(width)
    _expect(frames, [tokens * width, tokens * width // group * 2])
    whole = _tensor(frames[0], torch.int8).to(device).view(tokens, -1, group)
    scales = _tensor(frames[1], torch.bfloat16).to(device).view(tokens, -1, 1)
    return (whole.float() * scales.float()).view(tokens, width).to(dtype)


def decode_ids(
    frames: Sequence[memoryview], tokens: int, vocabulary: int, device: torch.device
) -> torch.Tensor:
    """Token ids (tokens,) from one int32 frame; EngineError when they are not this model's."""
    _expect(frames, [tokens * 4])
    ids = _tensor(frames[0], torch.int32).long()
    if int(ids.min()) < 0 or int(ids.max()) >= vocabulary:
        raise EngineError(
            f"A token id lies outside the model's vocabulary of {vocabulary}.",
            "The text was cut into tokens with another model's tokenizer.",
        )
    return ids.to(device)


def _group(width: int) -> int:
    return GROUP_CHANNELS if width % GROUP_CHANNELS == 0 else width


def _expect(frames: Sequence[memoryview], sizes: list[int]) -> None:
    found = [frame.nbytes for frame in frames]
    if found != sizes:
        raise EngineError(f"A chunk came with {found} bytes where {sizes} were announced.")


def _tensor(frame: memoryview, dtype: torch.dtype) -> torch.Tensor:
    """The frame's values without a copy; it is only read from, whatever torch fears."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given buffer is not writable")
        return torch.frombuffer(frame, dtype=dtype)


def _bytes_of(tensor: torch.Tensor) -> Any:
    return tensor.reshape(-1).view(torch.uint8).numpy()
