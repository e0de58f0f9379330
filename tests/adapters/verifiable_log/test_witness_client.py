"""What a log makes of a witness's answers; with a real witness in tests/entrypoints/test_witnessing.py."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from adapters.outgoing import Bounds, OutgoingClient
from adapters.verifiable_log.add_checkpoint import AddCheckpoint
from adapters.verifiable_log.note import SignedBy
from adapters.verifiable_log.witness_client import WITNESSES_MAX, NotCosigned, WitnessClient, WitnessPlace
from domain.errors import InvalidInput
from tests.adapters.raw_server import Play, answer, hang, raw_server
from tests.adapters.verifiable_log.examples import AT, NOW, WITNESS, WITNESS_2
from tests.adapters.verifiable_log.logs import MemoryLog

HERE = (ip_network("127.0.0.1/32"),)
LOG_OF_20 = MemoryLog(20)
NOTE = LOG_OF_20.note(20)
TEXT = NOTE[: NOTE.index(b"\n\n") + 1].decode()
SIZE = "content-type: text/x.tlog.size\r\n"
ROOMY = Bounds(connect_seconds=30, total_seconds=30, answer_bytes_max=1_000)
SHORT = Bounds(connect_seconds=5, total_seconds=0.3, answer_bytes_max=1_000)
OURS = WITNESS.line(TEXT, NOW).encode()


def in_turn(*plays: Play) -> Play:
    left = list(plays)

    async def play(writer: asyncio.StreamWriter) -> None:
        await left.pop(0)(writer)

    return play


async def said(play: Play, *, allowed: bool = True) -> tuple[SignedBy | NotCosigned, Sequence[bytes]]:
    async with raw_server(play) as server, OutgoingClient(HERE if allowed else ()) as outgoing:
        client = WitnessClient(outgoing, bounds=SHORT if play is hang else ROOMY)
        place = WitnessPlace(f"http://127.0.0.1:{server.port}/w/", WITNESS.key)
        (found,) = await client.cosign_all([place], NOTE, LOG_OF_20.prove)
        return found, [one.partition(b"\r\n\r\n")[2] for one in server.asked]


def test_a_cosignature_is_found_among_those_of_others() -> None:
    lines = WITNESS_2.line(TEXT, NOW).encode() + OURS
    found, asked = asyncio.run(said(answer("200 OK", "", lines)))
    assert isinstance(found, SignedBy)
    assert (found.key, found.at) == (WITNESS.key, AT)
    assert asked == [AddCheckpoint(0, [], NOTE).to_bytes()]


def test_a_witness_that_knows_another_size_is_sent_the_proof_from_there() -> None:
    found, asked = asyncio.run(said(in_turn(answer("409 Conflict", SIZE, b"7\n"), answer("200 OK", "", OURS))))
    assert isinstance(found, SignedBy)
    assert asked[1] == LOG_OF_20.asks(7, 20)


def test_the_size_that_it_cosigned_is_remembered() -> None:
    async def scene() -> None:
        later = MemoryLog(30)
        text = later.note(30).partition(b"\n\n")[0].decode() + "\n"
        plays = in_turn(answer("200 OK", "", OURS), answer("200 OK", "", WITNESS.line(text, NOW).encode()))
        async with raw_server(plays) as server, OutgoingClient(HERE) as outgoing:
            client = WitnessClient(outgoing)
            place = WitnessPlace(f"http://127.0.0.1:{server.port}", WITNESS.key)
            await client.cosign(place, NOTE, LOG_OF_20.prove)
            await client.cosign(place, later.note(30), later.prove)
            assert server.asked[0].startswith(b"POST /add-checkpoint HTTP/1.1\r\n")
            assert server.asked[1].endswith(later.asks(20, 30))

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("play", "why", "is_refused"),
    [
        (answer("409 Conflict", SIZE, b"21\n"), "it knows 21 leaves, more than the 20", True),
        (answer("409 Conflict", SIZE, b"-1\n"), "it named no size", False),
        (answer("409 Conflict", SIZE, b"\xff"), "it named no size", False),
        (answer("409 Conflict", "", b"7\n"), "it answered HTTP 409: '7'", False),
        (answer("409 Conflict", SIZE, b"7\n"), "another size each time, 3 times", False),
        (answer("422 Unprocessable Entity", "", b"consistency\n"), "HTTP 422: 'consistency'", True),
        (answer("500 Oops", "", b"\x1b[31m" + b"a" * 100), "HTTP 500: '\\\\x1b\\[31ma", False),
        (answer("302 Found", "location: http://10.0.0.1/\r\n"), "HTTP 302", False),
        (answer("200 OK", "", b""), "no cosignature of this checkpoint", False),
        (answer("200 OK", "", b"\xff\xfe\n"), "no cosignature of this checkpoint", False),
        (answer("200 OK", "", WITNESS_2.line(TEXT, NOW).encode()), "none of its signatures", False),
        (answer("200 OK", "", WITNESS.line("other\n", NOW).encode()), "does not hold", False),
        (answer("200 OK", "", b"\n" + OURS), "no cosignature of this checkpoint", False),
        (answer("200 OK", "", OURS * 20), "its answer is too long", False),
        (hang, "no whole answer within 0.3 s|no connection in time", False),
    ],
)
def test_what_is_no_cosignature_is_said_in_words(play: Play, why: str, is_refused: bool) -> None:
    found, asked = asyncio.run(said(play))
    with pytest.raises(NotCosigned, match=why):
        raise found if isinstance(found, NotCosigned) else AssertionError(found)
    assert isinstance(found, NotCosigned)
    assert found.is_refused is is_refused
    assert len(asked) <= 3


def test_a_witness_in_a_network_of_ones_own_has_to_be_allowed() -> None:
    found, asked = asyncio.run(said(answer(), allowed=False))
    assert isinstance(found, NotCosigned)
    assert str(found).startswith("it must not be asked")
    assert asked == []


def test_too_many_witnesses_and_what_is_no_checkpoint_are_mistakes_of_ours() -> None:
    async def scene() -> None:
        async with OutgoingClient(HERE) as outgoing:
            client, place = WitnessClient(outgoing), WitnessPlace("http://127.0.0.1:1", WITNESS.key)
            with pytest.raises(InvalidInput, match="at most 16"):
                await client.cosign_all([place] * (WITNESSES_MAX + 1), NOTE, LOG_OF_20.prove)
            with pytest.raises(InvalidInput, match="no empty line"):
                await client.cosign(place, b"a", LOG_OF_20.prove)

    asyncio.run(scene())
