"""Edits of a split by hand never lose or double a layer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plan.draft import Draft, Share, alone, even
from app.plan.edits import STEPS_KEPT, Edits


def draft(*layers: int) -> Draft:
    return Draft(tuple(Share(f"m{i}", n) for i, n in enumerate(layers)))


def layers(one: Draft) -> list[int]:
    return [share.layers for share in one.shares]


def test_a_boundary_moves_layers_between_its_two_neighbours_only():
    assert layers(draft(4, 4, 4).with_boundary(0, 6)) == [6, 2, 4]
    assert layers(draft(4, 4, 4).with_boundary(1, 5)) == [4, 1, 7]


def test_a_boundary_stops_one_layer_before_the_next():
    assert layers(draft(4, 4, 4).with_boundary(0, 99)) == [7, 1, 4]
    assert layers(draft(4, 4, 4).with_boundary(0, -5)) == [1, 7, 4]
    assert draft(4, 4, 4).boundary_range(1) == (5, 11)


def test_moving_a_block_keeps_its_layers():
    moved = draft(5, 3, 4).with_place(0, 2)
    assert moved.keys == ("m1", "m2", "m0")
    assert layers(moved) == [3, 4, 5]
    assert draft(5, 3).with_place(0, 7).keys == ("m1", "m0")


def test_a_machine_left_out_gives_its_layers_to_its_neighbours():
    assert layers(draft(4, 5, 4).without(1)) == [6, 7]
    assert layers(draft(4, 5).without(0)) == [9]
    assert layers(draft(4, 5).without(1)) == [9]
    assert draft(4).without(0) == draft(4)


def test_a_machine_added_takes_half_of_the_largest_share():
    added = draft(3, 9).with_device("new")
    assert added.keys == ("m0", "m1", "new")
    assert layers(added) == [3, 5, 4]
    assert added.with_device("new") == added
    assert draft(1, 1).with_device("new") == draft(1, 1)


def test_even_shares_and_one_alone():
    assert layers(even(["a", "b", "c"], 10)) == [4, 3, 3]
    assert even(["a", "b", "c"], 2).keys == ("a", "b")
    assert layers(alone("a", 10)) == [10]


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=16),
    st.lists(st.tuples(st.sampled_from("bpwd"), st.integers(0, 15), st.integers(-3, 150))),
)
def test_no_sequence_of_edits_loses_a_layer(start, steps):
    one = draft(*start)
    total = one.layer_count
    for what, index, value in steps:
        if what == "b" and len(one.shares) > 1:
            one = one.with_boundary(index % (len(one.shares) - 1), value)
        elif what == "p":
            one = one.with_place(index % len(one.shares), value)
        elif what == "w":
            one = one.without(index % len(one.shares))
        elif what == "d":
            one = one.with_device(f"new{value}")
        assert one.layer_count == total
        assert min(layers(one)) >= 1
        assert len(set(one.keys)) == len(one.keys)
        assert one.cuts[-1] == total


def test_undo_and_redo_walk_the_steps_and_a_new_step_forgets_what_was_undone():
    edits = Edits(draft(4, 4))
    assert not edits.can_undo
    edits.do(draft(5, 3))
    edits.do(draft(6, 2))
    assert not edits.do(draft(6, 2)), "no change is no step"
    edits.undo()
    assert edits.current == draft(5, 3)
    edits.redo()
    assert edits.current == draft(6, 2)
    edits.undo()
    edits.do(draft(2, 6))
    assert not edits.can_redo
    edits.undo()
    edits.undo()
    assert edits.current == draft(4, 4)


def test_very_many_steps_do_not_grow_without_bound():
    edits = Edits(draft(500, 500))
    for layer in range(1, 400):
        edits.do(draft(layer, 1000 - layer))
    undone = 0
    while edits.can_undo:
        edits.undo()
        undone += 1
    assert undone == STEPS_KEPT - 1
    assert edits.current.layer_count == pytest.approx(1000)
