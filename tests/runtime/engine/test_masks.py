"""Which masks are known by their pattern alone, and that nothing computes with a stand-in."""

import pytest
import torch
from transformers import masking_utils

from runtime.engine.masks import Pattern, PatternMask, TouchedMask, pattern_mask, recognise


def test_patterns_of_transformers_are_recognised():
    """Should transformers rename or rebuild its mask functions, this says so."""
    assert recognise(masking_utils.causal_mask_function) == Pattern()
    assert recognise(masking_utils.sliding_window_causal_mask_function(9)) == Pattern(9)


def test_other_functions_get_a_real_mask():
    chunked = masking_utils.chunked_causal_mask_function(4, torch.zeros(1, dtype=torch.long))
    bidirectional = masking_utils.bidirectional_mask_function
    both = masking_utils.and_masks(chunked, masking_utils.causal_mask_function)
    assert recognise(chunked) is recognise(bidirectional) is recognise(both) is None
    mask = pattern_mask(1, 4, 4, mask_function=bidirectional, device=torch.device("cpu"))
    assert mask is None or not isinstance(mask, PatternMask)


def test_a_stand_in_cannot_be_computed_with():
    """A model that touches its mask must fall back, not compute nonsense."""
    mask = pattern_mask(1, 4, 9, q_offset=5)
    assert isinstance(mask, PatternMask)
    assert mask.pattern == Pattern()
    assert mask.dim() == 1
    for touch in (lambda: mask[..., :3], lambda: torch.cat([mask, mask]), mask.sum):
        with pytest.raises(TouchedMask):
            touch()
    # torch turns a TypeError of an operator into one of its own.
    with pytest.raises(TypeError):
        mask + 1
