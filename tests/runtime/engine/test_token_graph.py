"""A token whose position is known to the device alone goes the same way; recording needs a GPU."""

import pytest
import torch

from runtime.engine.cache import StageCache
from runtime.engine.split import Extent
from runtime.engine.token_graph import DevicePosition, on_device, recorded
from tests.runtime.engine.test_split import CPU, load
from tests.runtime.engine.tiny import some_ids


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "phi3", "gpt_neox"])
@torch.inference_mode()
def test_positions_in_the_devices_memory_change_nothing(tiny, architecture):
    """The same recorded steps serve every token, as a replay does."""
    _, manifest = tiny.model(architecture)
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    ids = torch.tensor(some_ids(20))
    plain, recording = stage.new_cache(40), stage.new_cache(40)
    for cache in (plain, recording):
        stage.advance(ids[:12], 0, cache)
    position = DevicePosition(40, CPU)
    for number in range(12, 20):
        wanted = stage.advance(ids[number : number + 1], number, plain)
        position.move(number)
        position.count()
        with on_device(recording, position):
            found = stage._carry(ids[number : number + 1], position.positions, recording)
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-4)
    # Afterwards the cache is an ordinary one again.
    recording.truncate(20)
    more = torch.tensor(some_ids(5, seed=1))
    torch.testing.assert_close(
        stage.advance(more, 20, recording), stage.advance(more, 20, plain), rtol=0, atol=1e-4
    )


def test_a_cache_with_windows_is_not_recorded(tiny):
    _, manifest = tiny.model("mistral")
    stage = load(tiny, manifest, Extent.of_range(0, 4, 4))
    cache: StageCache = stage.new_cache(10)
    hidden = stage.advance(torch.tensor([5]), 0, cache)
    assert recorded(stage._carry, torch.tensor([5]), 0, cache, hidden) is None
