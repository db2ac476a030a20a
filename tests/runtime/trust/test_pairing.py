"""The exchange without sockets: only the same code, seen by the same two machines, pairs."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import PairingError
from runtime.messages.pairing import BeginPairing, Introduced
from runtime.transport.curve import new_key_pair
from runtime.trust.guard import PairingGuard
from runtime.trust.pairing import ShowingSide, TypingSide, typed_code
from runtime.version import PROTOCOL_VERSION

TYPIST = new_key_pair().public_key
SHOWER = new_key_pair().public_key
STRANGER = new_key_pair().public_key
INTRODUCED = Introduced(
    public_key=SHOWER, name="Attic", version="1", protocol=PROTOCOL_VERSION, control_port=47650
)


def begin(side: TypingSide, public_key: str = TYPIST, name: str = "Desk") -> BeginPairing:
    return BeginPairing(
        public_key=public_key, name=name, share=side.share, protocol=PROTOCOL_VERSION
    )


def guard_with(code: str) -> PairingGuard:
    guard = PairingGuard(make_code=lambda: code)
    guard.offer()
    return guard


def test_the_right_code_convinces_both_sides() -> None:
    typing = TypingSide("123 456", TYPIST, "Desk", INTRODUCED)
    showing = ShowingSide(guard_with("123456"), SHOWER, "Attic", begin(typing))
    typing.verify(showing.confirm(typing.answer(showing.share)))


def test_a_wrong_code_is_told_and_uses_the_code_up() -> None:
    guard = guard_with("123456")
    typing = TypingSide("123457", TYPIST, "Desk", INTRODUCED)
    showing = ShowingSide(guard, SHOWER, "Attic", begin(typing))
    with pytest.raises(PairingError, match="wrong"):
        showing.confirm(typing.answer(showing.share))
    with pytest.raises(PairingError, match="No pairing code"):
        ShowingSide(guard, SHOWER, "Attic", begin(typing))


@pytest.mark.parametrize(
    ("told_to_typist", "told_to_shower"),
    [
        ({"public_key": STRANGER}, {}),  # a machine in the middle offers its own key
        ({}, {"public_key": STRANGER}),
        ({"public_key": STRANGER}, {"public_key": STRANGER}),
        ({"name": "Cellar"}, {}),
        ({}, {"name": "Somebody"}),
        ({"protocol": PROTOCOL_VERSION + 1}, {}),
    ],
)
def test_whatever_is_swapped_on_the_way_fails_with_the_right_code(
    told_to_typist: dict[str, object], told_to_shower: dict[str, object]
) -> None:
    introduced = msgspec.structs.replace(INTRODUCED, **told_to_typist)
    typing = TypingSide("123456", TYPIST, "Desk", introduced)
    begun = msgspec.structs.replace(begin(typing), **told_to_shower)
    showing = ShowingSide(guard_with("123456"), SHOWER, "Attic", begun)
    with pytest.raises(PairingError, match="wrong"):
        showing.confirm(typing.answer(showing.share))


def test_a_recorded_exchange_cannot_be_played_again() -> None:
    typing = TypingSide("123456", TYPIST, "Desk", INTRODUCED)
    showing = ShowingSide(guard_with("123456"), SHOWER, "Attic", begin(typing))
    recorded = typing.answer(showing.share)
    showing.confirm(recorded)
    # Even where chance gives the same code again, the other share of the second run differs.
    again = ShowingSide(guard_with("123456"), SHOWER, "Attic", begin(typing))
    with pytest.raises(PairingError, match="wrong"):
        again.confirm(recorded)


def test_a_proof_cannot_be_sent_back_as_the_other_sides_proof() -> None:
    typing = TypingSide("123456", TYPIST, "Desk", INTRODUCED)
    showing = ShowingSide(guard_with("123456"), SHOWER, "Attic", begin(typing))
    own_proof = typing.answer(showing.share)
    with pytest.raises(PairingError, match="could not prove"):
        typing.verify(own_proof)


def test_a_machine_that_confirms_without_the_code_is_not_believed() -> None:
    typing = TypingSide("123456", TYPIST, "Desk", INTRODUCED)
    impostor = ShowingSide(guard_with("999999"), SHOWER, "Attic", begin(typing))
    typing.answer(impostor.share)
    for confirmation in (b"", b"\0" * 32):
        with pytest.raises(PairingError, match="could not prove"):
            typing.verify(confirmation)


def test_the_words_of_a_liar_are_made_safe_to_show() -> None:
    """Defect: who cannot prove the code writes over a person's terminal instead."""
    liar = msgspec.structs.replace(INTRODUCED, name="Attic\x1b[2J\n" + "x" * 1000)
    typing = TypingSide("123456", TYPIST, "Desk", liar)
    with pytest.raises(PairingError) as problem:
        typing.verify(b"\0" * 32)
    assert problem.value.message.isprintable()
    assert len(problem.value.message) < 200


def test_verifying_before_there_is_a_key_fails() -> None:
    typing = TypingSide("123456", TYPIST, "Desk", INTRODUCED)
    with pytest.raises(PairingError):
        typing.verify(b"\0" * 32)


@given(share=st.binary(max_size=80) | st.binary(min_size=32, max_size=32).map(b"A".__add__))
def test_no_share_breaks_the_exchange_or_convinces_it(share: bytes) -> None:
    guard = guard_with("123456")
    begun = BeginPairing(public_key=TYPIST, name="Desk", share=share, protocol=PROTOCOL_VERSION)
    with pytest.raises(PairingError):
        ShowingSide(guard, SHOWER, "Attic", begun).confirm(b"\0" * 32)


def test_its_own_share_sent_back_is_refused() -> None:
    typing = TypingSide("123456", TYPIST, "Desk", INTRODUCED)
    with pytest.raises(PairingError, match="does not follow"):
        typing.answer(b"B" + typing.share[1:])


@pytest.mark.parametrize("text", ["123456", " 123456 ", "123 456", "123-456", "123\u00a0456\n"])
def test_codes_may_be_typed_as_people_do(text: str) -> None:
    assert typed_code(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "12.456", "²23456"])
def test_what_cannot_be_a_code_costs_no_guess(text: str) -> None:
    with pytest.raises(PairingError, match="6 digits"):
        typed_code(text)
