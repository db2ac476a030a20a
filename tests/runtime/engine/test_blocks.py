"""Blocks cover what is asked for, see what they must, and do not depend on where a chunk begins."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.engine.blocks import BLOCK_TOKENS, KEYS_BEFORE_WINDOW, blocks

positions = st.integers(0, 20_000)
groups = st.sampled_from([1, 2, 3, 4, 7, 8, 16, 71, 1000])
windows = st.sampled_from([None, 1, 7, 128, 500, 512, 2047, 4096])


@given(start=positions, count=st.integers(1, 1500), group=groups, window=windows)
def test_all_tokens_are_in_blocks_with_all_keys_they_see(start, count, group, window):
    end = start
    for block in blocks(start, start + count, group, window):
        assert block.start == end
        end = block.end
        assert block.first_token <= block.start < block.end <= block.key_end
        first_seen = 0 if window is None else max(0, block.start - window + 1)
        assert 0 <= block.first_key <= first_seen
    assert end == start + count


@given(start=positions, count=st.integers(2, 1500), group=groups, window=windows, data=st.data())
def test_a_cut_changes_no_block(start, count, group, window, data):
    """Or a token's attention would depend on how its text is cut into chunks."""
    cut = data.draw(st.integers(start + 1, start + count - 1))

    def place(block):
        return (block.first_token, block.first_key, block.key_end)

    whole = {place(block) for block in blocks(start, start + count, group, window)}
    parts = [*blocks(start, cut, group, window), *blocks(cut, start + count, group, window)]
    assert {place(block) for block in parts} == whole


@given(position=positions, group=groups, window=windows)
def test_a_cache_has_room_for_every_block(position, group, window):
    (block,) = blocks(position, position + 1, group, window)
    assert block.key_end <= -(-(position + 1) // BLOCK_TOKENS) * BLOCK_TOKENS
    if window is not None:
        assert block.first_key >= max(0, position - window + 1 - KEYS_BEFORE_WINDOW)
