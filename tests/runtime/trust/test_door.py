"""The pairing door over real loopback sockets: pairs, refuses in sentences, survives anybody."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.discovery.addresses import HostPort
from runtime.errors import NetworkError, PairingError, Refused, SetupError
from runtime.messages.pairing import (
    BeginPairing,
    ConfirmPairing,
    Hello,
    Introduced,
    PairingShare,
    pairing_reply_codec,
    pairing_request_codec,
)
from runtime.transport.curve import new_key_pair
from runtime.trust import pairing_client
from runtime.trust.guard import PairingGuard
from runtime.trust.pairing_client import introduce, pair_by_code
from runtime.version import PROTOCOL_VERSION
from runtime.worker import pairing_door
from runtime.worker.pairing_door import MOST_VISITS_PER_HOST, PairingDoor

SHOWER = new_key_pair()
TYPIST = new_key_pair()


class House:
    """A door, what it let in, and what it said of those it did not."""

    def __init__(self, guard: PairingGuard | None = None) -> None:
        self.guard = guard or PairingGuard()
        self.paired: list[tuple[str, str]] = []
        self.refusals: list[str] = []
        self.problem: Exception | None = None
        self.door = PairingDoor(
            SHOWER, "Attic", 47650, self.guard, self._paired, on_refused=self.refusals.append
        )
        self.address = HostPort("127.0.0.1", 0)

    def _paired(self, public_key: str, name: str) -> None:
        if self.problem is not None:
            raise self.problem
        self.paired.append((public_key, name))

    async def pair(self, code: str, name: str = "Desk") -> Introduced:
        return await pair_by_code(self.address, code, TYPIST, name, SHOWER.public_key)


@asynccontextmanager
async def open_house(guard: PairingGuard | None = None) -> AsyncIterator[House]:
    house = House(guard)
    house.address = HostPort("127.0.0.1", await house.door.open(["127.0.0.1"], 0))
    try:
        yield house
    finally:
        await house.door.close()


def in_house(visit: Callable[[House], Awaitable[None]], guard: PairingGuard | None = None) -> House:
    async def run() -> House:
        async with open_house(guard) as house:
            await visit(house)
        assert len(asyncio.all_tasks()) == 1, "the door left tasks behind"
        return house

    return asyncio.run(run())


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_machine_says_who_it_is() -> None:
    async def visit(house: House) -> None:
        other = await introduce(house.address, "Desk")
        assert (other.public_key, other.name) == (SHOWER.public_key, "Attic")
        assert (other.control_port, other.protocol) == (47650, PROTOCOL_VERSION)

    assert in_house(visit).refusals == []


def test_two_machines_pair_by_the_code() -> None:
    async def visit(house: House) -> None:
        other = await house.pair(house.guard.offer().code)
        assert other.public_key == SHOWER.public_key

    house = in_house(visit)
    assert house.paired == [(TYPIST.public_key, "Desk")]
    assert house.refusals == []


def test_a_wrong_code_is_told_on_both_sides_and_the_code_changes() -> None:
    async def visit(house: House) -> None:
        code = house.guard.offer().code
        with pytest.raises(PairingError, match="The code was wrong"):
            await house.pair(other_code(code))
        with pytest.raises(PairingError, match="No pairing code is shown"):
            await house.pair(code)
        await house.pair(house.guard.offer().code)

    house = in_house(visit)
    assert house.refusals[0] == (
        "Desk tried to pair and was refused: The code was wrong, and counts no more."
    )
    assert len(house.paired) == 1


def test_five_wrong_codes_lock_everybody_out_with_the_seconds() -> None:
    async def visit(house: House) -> None:
        for _ in range(5):
            with pytest.raises(PairingError, match="wrong"):
                await house.pair(other_code(house.guard.offer().code))
        with pytest.raises(PairingError, match=r"locked for (60|59) more seconds"):
            await house.pair("123456")

    assert "locked for" in in_house(visit).refusals[-1]


def test_an_expired_code_is_told() -> None:
    now = [0.0]

    async def visit(house: House) -> None:
        code = house.guard.offer().code
        now[0] += 301.0
        with pytest.raises(PairingError, match="expired"):
            await house.pair(code)

    in_house(visit, PairingGuard(clock=lambda: now[0]))


def test_the_machine_must_be_the_one_that_was_chosen() -> None:
    async def visit(house: House) -> None:
        code = house.guard.offer().code
        with pytest.raises(Refused, match="not the one that was chosen"):
            await pair_by_code(house.address, code, TYPIST, "Desk", TYPIST.public_key)
        await house.pair(code)  # the code was not used up by that

    in_house(visit)


def test_another_protocol_is_named_on_both_sides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_client, "PROTOCOL_VERSION", 7)
    monkeypatch.setattr(pairing_client, "VERSION", "9.9")

    async def visit(house: House) -> None:
        for _ in range(2):
            with pytest.raises(Refused, match=r"protocol 1, this machine HPipe 9.9 .* protocol 7"):
                await house.pair(house.guard.offer().code)

    refusals = in_house(visit).refusals
    assert len(refusals) == 1
    assert "Desk runs HPipe 9.9 with protocol 7" in refusals[0]


def test_a_machine_that_insists_on_another_protocol_is_refused_at_the_door() -> None:
    async def visit(house: House) -> None:
        house.guard.offer()
        begin = BeginPairing(
            public_key=TYPIST.public_key, name="Desk", share=b"A" * 33, protocol=7, version="9.9"
        )
        async with pairing_client._visit(house.address) as call:
            with pytest.raises(Refused, match=r"HPipe 9.9 with protocol 7"):
                await call.ask(begin, PairingShare)

    assert "protocol 7" in in_house(visit).refusals[0]


def test_a_pairing_that_cannot_be_kept_is_not_confirmed() -> None:
    async def visit(house: House) -> None:
        house.problem = SetupError("The disk is full.", "Free some space.")
        with pytest.raises(SetupError, match="disk is full"):
            await house.pair(house.guard.offer().code)

    assert "The disk is full." in in_house(visit).refusals[0]


def test_several_machines_at_once_share_the_one_guess() -> None:
    async def visit(house: House) -> None:
        code = house.guard.offer().code
        results = await asyncio.gather(
            *(house.pair(code, f"Desk {number}") for number in range(4)), return_exceptions=True
        )
        assert sum(isinstance(result, Introduced) for result in results) == 1
        assert all(isinstance(result, Introduced | PairingError) for result in results)

    assert len(in_house(visit).paired) == 1


def test_nobody_there_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(NetworkError, match=f"Nobody answers at 127.0.0.1:{port}"):
        asyncio.run(introduce(HostPort("127.0.0.1", port), "Desk"))


def test_a_program_that_says_nothing_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_client, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(NetworkError, match="did not answer"):
            asyncio.run(introduce(HostPort("127.0.0.1", port), "Desk"))


@pytest.mark.parametrize(
    "noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x01\xff", b"\x00\x00"]
)
def test_a_program_that_is_not_hpipe_is_told_from_one(noise: bytes) -> None:
    async def run() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(noise)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises((NetworkError, PairingError)):
                await introduce(HostPort("127.0.0.1", port), "Desk")

    asyncio.run(run())


def test_a_taken_port_is_a_sentence() -> None:
    async def visit(house: House) -> None:
        second = House()
        with pytest.raises(NetworkError, match="could not be opened"):
            await second.door.open(["127.0.0.1"], house.address.port)

    in_house(visit)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has one loopback address")
def test_one_port_serves_all_chosen_addresses() -> None:
    async def run() -> None:
        house = House()
        port = await house.door.open(["127.0.0.1", "127.0.0.2"], 0)
        for host in ("127.0.0.1", "127.0.0.2"):
            assert (await introduce(HostPort(host, port), "Desk")).name == "Attic"
        await house.door.close()

    asyncio.run(run())


def test_idle_visits_end_and_do_not_keep_others_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_door, "VISIT_SECONDS", 0.3)

    async def visit(house: House) -> None:
        idle = [
            await asyncio.open_connection(house.address.host, house.address.port)
            for _ in range(2 * MOST_VISITS_PER_HOST)
        ]
        ends = await asyncio.gather(*(reader.read() for reader, _ in idle), return_exceptions=True)
        assert all(end == b"" or isinstance(end, OSError) for end in ends)
        for _, writer in idle:
            writer.close()
        await house.pair(house.guard.offer().code)

    assert len(in_house(visit).paired) == 1


def test_half_an_exchange_uses_no_guess_and_leaves_nothing() -> None:
    async def visit(house: House) -> None:
        code = house.guard.offer().code
        begin = BeginPairing(
            public_key=TYPIST.public_key,
            name="Desk",
            share=pairing_client.TypingSide(
                code, TYPIST.public_key, "Desk", await introduce(house.address, "Desk")
            ).share,
            protocol=PROTOCOL_VERSION,
        )
        for _ in range(3):
            async with pairing_client._visit(house.address) as call:
                await call.ask(begin, PairingShare)
        await house.pair(code)

    assert len(in_house(visit).paired) == 1


def test_a_flood_of_exchanges_is_slowed_down() -> None:
    async def visit(house: House) -> None:
        house.guard.offer()
        share = pairing_client.TypingSide(
            "123456", TYPIST.public_key, "Desk", await introduce(house.address, "Desk")
        ).share
        begin = BeginPairing(
            public_key=TYPIST.public_key, name="Desk", share=share, protocol=PROTOCOL_VERSION
        )
        with pytest.raises(PairingError, match="Too many"):
            for _ in range(20):
                async with pairing_client._visit(house.address) as call:
                    await call.ask(begin, PairingShare)
        assert (await introduce(house.address, "Desk")).name == "Attic"

    in_house(visit)


def test_confirming_what_was_not_begun_is_refused() -> None:
    async def visit(house: House) -> None:
        house.guard.offer()
        async with pairing_client._visit(house.address) as call:
            with pytest.raises(PairingError, match="no pairing under way"):
                await call.ask(ConfirmPairing(confirmation=b"\0" * 32), PairingShare)

    assert in_house(visit).paired == []


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


messages = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(frame),
    st.just(frame(pairing_request_codec.encode(1, Hello(protocol=1)))),
    st.builds(
        lambda key, name, share, protocol: frame(
            pairing_request_codec.encode(
                1, BeginPairing(public_key=key, name=name, share=share, protocol=protocol)
            )
        ),
        st.text(max_size=50),
        st.text(max_size=50),
        st.binary(max_size=50),
        st.integers(-1, 3),
    ),
    st.builds(
        lambda confirmation: frame(
            pairing_request_codec.encode(1, ConfirmPairing(confirmation=confirmation))
        ),
        st.binary(max_size=50),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sent=st.lists(st.lists(messages, max_size=6), min_size=1, max_size=4))
def test_nothing_that_is_sent_opens_the_door_or_breaks_it(sent: list[list[bytes]]) -> None:
    async def visit(house: House) -> None:
        house.guard.offer()
        for pieces in sent:
            reader, writer = await asyncio.open_connection(house.address.host, house.address.port)
            try:
                writer.write(b"".join(pieces))
                writer.write_eof()
                answered = await asyncio.wait_for(reader.read(), 5.0)
            except ConnectionError:
                continue
            finally:
                writer.close()
            while answered:
                length = int.from_bytes(answered[:2], "big")
                pairing_reply_codec.decode(answered[2 : 2 + length])
                answered = answered[2 + length :]
        assert (await introduce(house.address, "Desk")).name == "Attic"

    assert in_house(visit).paired == []
