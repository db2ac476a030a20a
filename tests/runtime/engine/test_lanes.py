"""Which chunk a stage begins next: steps of answers first, and nobody is left waiting for good."""

from __future__ import annotations

from runtime.engine.lanes import Lanes, Outgoing, Waiting
from runtime.messages.stage import Chunk


def waiting(session: str, sequence: int, *, is_step: bool = False) -> Waiting:
    tokens = 1 if is_step else 256
    chunk = Chunk(session=session, sequence=sequence, position=0, tokens=tokens, is_step=is_step)
    return Waiting(chunk, ())


def begun(lanes: Lanes, count: int) -> list[tuple[str, int]]:
    taken = [lanes.next() for _ in range(count)]
    return [(one.chunk.session, one.chunk.sequence) for one in taken if one is not None]


def test_a_step_goes_before_the_chunks_of_another_document() -> None:
    lanes = Lanes()
    for sequence in range(3):
        lanes.take(waiting("read", sequence))
    lanes.take(waiting("answered", 7, is_step=True))
    assert begun(lanes, 5) == [("answered", 7), ("read", 0), ("read", 1), ("read", 2)]


def test_steps_without_end_do_not_stop_the_reading() -> None:
    """Defect: with several answers under way a stage never comes to the next document."""
    lanes = Lanes()
    lanes.take(waiting("read", 0))
    order = []
    for sequence in range(20):
        lanes.take(waiting("answered", sequence, is_step=True))
        order += begun(lanes, 1)
    assert ("read", 0) in order
    assert len(order) == 20


def test_what_cannot_leave_holds_back_its_own_lane_only() -> None:
    lanes = Lanes()
    lanes.take(waiting("read", 0))
    lanes.take(waiting("read", 1))
    assert begun(lanes, 1) == [("read", 0)]
    lanes.chunks.outgoing = Outgoing(None, None, (), 0.0)  # type: ignore[arg-type]
    assert not lanes.is_ready and lanes.next() is None
    lanes.take(waiting("answered", 3, is_step=True))
    assert lanes.is_ready
    assert begun(lanes, 2) == [("answered", 3)]


def test_dropping_a_session_leaves_the_others() -> None:
    lanes = Lanes()
    for session in ("one", "other"):
        lanes.take(waiting(session, 0))
        lanes.take(waiting(session, 1, is_step=True))
    lanes.drop("one")
    assert begun(lanes, 4) == [("other", 1), ("other", 0)]


def test_only_so_much_is_taken_in_hand() -> None:
    """A stage before this one cannot fill its memory with hidden states."""
    lanes = Lanes()
    taken = 0
    while lanes.has_room:
        lanes.take(waiting("read", taken))
        taken += 1
    assert 8 <= taken <= 64
    lanes.next()
    assert lanes.has_room
