"""Links are measured in rounds in which no machine is measured twice at once."""

import itertools

import pytest

from runtime.coordinator.pool import disjoint_pairs


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8])
def test_every_pair_once_and_no_machine_twice_in_a_round(count):
    machines = [f"machine-{index}" for index in range(count)]
    rounds = disjoint_pairs(machines)
    pairs = [frozenset(pair) for together in rounds for pair in together]
    assert sorted(map(sorted, pairs)) == sorted(
        sorted(pair) for pair in itertools.combinations(machines, 2)
    )
    for together in rounds:
        used = list(itertools.chain.from_iterable(together))
        assert len(used) == len(set(used))
