"""A plan's chunk lengths are fitted to the tokens there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.coordinator.conversation import common_prefix_length
from runtime.coordinator.reading import FEWEST_TOKENS, fit_chunks


@pytest.mark.parametrize(
    ("planned", "tokens", "expected"),
    [
        ((512, 256, 128), 896, (512, 256, 128)),
        ((512, 256, 128), 600, (512, 88)),
        ((512, 256), 1300, (512, 256, 512, 20)),
        ((), 7, (7,)),
        ((64,), 0, ()),
        ((512,), 515, (506, 9)),
        ((8, 64), 72, (63, 9)),
        ((8,), 24, (15, 9)),
    ],
)
def test_lengths(planned, tokens, expected):
    assert fit_chunks(planned, tokens) == expected


@given(
    planned=st.lists(st.integers(min_value=1, max_value=500), max_size=20),
    tokens=st.integers(min_value=0, max_value=5000),
)
def test_every_token_is_in_one_chunk_none_longer_than_planned(planned, tokens):
    lengths = fit_chunks(planned, tokens)
    assert sum(lengths) == tokens
    longest = max([*planned, 2 * FEWEST_TOKENS - 1]) if planned else tokens
    assert all(length <= longest for length in lengths)
    # Shorter ones would be computed in another way, and round elsewhere, on the engines.
    assert all(length >= min(FEWEST_TOKENS, tokens) for length in lengths)


def test_common_prefix():
    assert common_prefix_length([1, 2, 3], [1, 2, 4, 5]) == 2
    assert common_prefix_length([], [1]) == 0
    assert common_prefix_length([1, 2], [1, 2, 3]) == 2
