"""Tokens are drawn as asked: greedy, by temperature, among the likeliest few, repeatably."""

from collections import Counter

import pytest
import torch

from runtime.engine.sampling import Sampler, likeliest
from runtime.errors import EngineError
from runtime.messages.stage import Sampling

LOGITS = torch.log(torch.tensor([0.05, 0.5, 0.3, 0.1, 0.05]))


def drawn(count=4_000, **asked):
    sampler = Sampler(Sampling(**asked))
    return Counter(sampler.draw(LOGITS) for _ in range(count))


def test_temperature_zero_takes_the_likeliest():
    assert drawn(20) == {1: 20}


@pytest.mark.parametrize("vocabulary", [64, 640, 1_000])
def test_the_likeliest_is_found_as_argmax_finds_it(vocabulary):
    """Among numbers that are equal, as those of 16 bits often are, the first."""
    torch.manual_seed(2)
    logits = torch.randn(40, vocabulary).mul_(3).round_().to(torch.bfloat16)
    assert torch.equal(likeliest(logits), logits.float().argmax(-1))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_rows_whose_greatest_is_no_number_are_told(bad):
    logits = torch.zeros(3, 640)
    logits[1, 100] = bad
    with pytest.raises(EngineError, match="no numbers"):
        likeliest(logits)


def test_by_chance_as_often_as_the_model_says():
    counts = drawn(temperature=1.0, seed=3)
    for index, share in enumerate(LOGITS.exp().tolist()):
        assert counts[index] / 4_000 == pytest.approx(share, abs=0.03)


def test_a_low_temperature_sharpens():
    assert drawn(temperature=0.5, seed=3)[1] > 2_500


@pytest.mark.parametrize(
    ("asked", "possible"),
    [
        ({"top_p": 0.5}, {1}),
        ({"top_p": 0.6}, {1, 2}),
        ({"top_p": 0.01}, {1}),
        ({"top_k": 3}, {1, 2, 3}),
        ({"top_k": 2, "top_p": 0.9}, {1, 2}),
        ({"top_k": 99}, {0, 1, 2, 3, 4}),
    ],
)
def test_only_the_likeliest_few(asked, possible):
    assert set(drawn(temperature=1.0, seed=1, **asked)) == possible


def test_a_seed_repeats_and_another_does_not():
    def text(seed):
        sampler = Sampler(Sampling(temperature=1.0, seed=seed))
        return [sampler.draw(LOGITS) for _ in range(30)]

    assert text(7) == text(7) != text(8)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_numbers_that_are_none_are_told(bad, temperature):
    logits = LOGITS.clone()
    logits[3] = bad
    with pytest.raises(EngineError, match="no numbers"):
        Sampler(Sampling(temperature=temperature)).draw(logits)
