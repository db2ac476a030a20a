"""Hidden states survive the way to the next stage, rounded no more than they may be."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.engine.activations import GROUP_CHANNELS, decode, decode_ids, encode
from runtime.errors import EngineError

CPU = torch.device("cpu")


def travelled(hidden, form, dtype=torch.float32):
    frames = [memoryview(frame).cast("B") for frame in encode(hidden, form)]
    tokens, width = hidden.shape
    return decode(frames, form, tokens=tokens, width=width, dtype=dtype, device=CPU)


@pytest.mark.parametrize("form", ["float32", "bfloat16", "float16"])
def test_their_own_format_is_exact(form):
    hidden = torch.randn(5, 48).to(getattr(torch, form))
    assert torch.equal(travelled(hidden, form, hidden.dtype), hidden)


@settings(max_examples=50, deadline=None)
@given(
    tokens=st.integers(1, 9),
    width=st.sampled_from([48, 64, 640]),
    scale=st.sampled_from([1e-6, 1.0, 3e4]),
    outlier=st.booleans(),
)
def test_int8_errs_by_half_a_step_of_its_group(tokens, width, scale, outlier):
    """One outlying channel spoils its own group alone; nothing overflows, nothing is lost."""
    hidden = torch.randn(tokens, width, generator=torch.Generator().manual_seed(width)) * scale
    if outlier:
        hidden[:, 0] *= 100
    found = travelled(hidden, "int8")
    group = GROUP_CHANNELS if width % GROUP_CHANNELS == 0 else width
    largest = hidden.view(tokens, -1, group).abs().amax(-1, keepdim=True)
    error = (found - hidden).view(tokens, -1, group).abs()
    assert bool((error <= largest / 127 * 0.51 + 1e-7).all())


def test_int8_takes_half_the_bytes():
    frames = encode(torch.randn(16, 640), "int8")
    assert sum(memoryview(frame).nbytes for frame in frames) < 0.52 * 16 * 640 * 2


def test_zeros_stay_zeros():
    assert not travelled(torch.zeros(3, 64), "int8").any()


@pytest.mark.parametrize(("form", "sizes"), [("float32", [10]), ("int8", [8]), ("int8", [8, 3])])
def test_wrong_sizes_are_refused(form, sizes):
    frames = [memoryview(bytes(size)) for size in sizes]
    with pytest.raises(EngineError, match="announced"):
        decode(frames, form, tokens=2, width=4, dtype=torch.float32, device=CPU)


def test_ids_are_the_vocabularys():
    frame = memoryview(torch.tensor([0, 9], dtype=torch.int32).numpy().tobytes())
    assert decode_ids([frame], 2, 10, CPU).tolist() == [0, 9]
    with pytest.raises(EngineError, match="vocabulary of 9"):
        decode_ids([frame], 2, 9, CPU)
