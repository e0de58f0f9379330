"""A real witness over loopback, asked by the client of a log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from adapters.outgoing import OutgoingClient
from adapters.verifiable_log.add_checkpoint import REQUEST_BYTES_MAX
from adapters.verifiable_log.checkpoint import open_checkpoint
from adapters.verifiable_log.note import SignedBy, Signer, joined, split_note
from adapters.verifiable_log.witness import LogWitness, WitnessedLog
from adapters.verifiable_log.witness_client import NotCosigned, WitnessClient, WitnessPlace
from adapters.verifiable_log.witness_folder import WitnessFolder, origin_hash
from entrypoints.witnessing import running_witness
from tests.adapters.verifiable_log.examples import LOG, NOW, ORIGIN, WITNESS, WITNESS_2
from tests.adapters.verifiable_log.logs import MemoryLog

HERE = (ip_network("127.0.0.1/32"),)
HISTORY = MemoryLog(100)
FORK = MemoryLog(100, "b", forked_at=10)


@asynccontextmanager
async def witness(folder: Path, signer: Signer = WITNESS) -> AsyncIterator[WitnessPlace]:
    held = WitnessFolder(folder)
    try:
        one = LogWitness([WitnessedLog(ORIGIN, [LOG.key])], signer, held, clock=lambda: NOW, tell=lambda _: None)
        async with running_witness(one, "127.0.0.1", 0) as url:
            yield WitnessPlace(url, signer.key)
    finally:
        held.close()


def test_two_witnesses_cosign_one_checkpoint_and_neither_a_fork(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            witness(tmp_path / "1") as first,
            witness(tmp_path / "2", WITNESS_2) as second,
            OutgoingClient(HERE) as outgoing,
        ):
            client, places = WitnessClient(outgoing), [first, second]
            await client.cosign(second, HISTORY.note(3), HISTORY.prove)
            note = HISTORY.note(40)
            found = await client.cosign_all(places, note, HISTORY.prove)
            text, lines = split_note(note)
            whole = joined(text, [lines[0].text, *(one.line.text for one in found if isinstance(one, SignedBy))])
            opened = open_checkpoint(whole, ORIGIN, [LOG.key], [WITNESS.key, WITNESS_2.key])
            assert [one.key for one in opened.note.signed] == [LOG.key, WITNESS.key, WITNESS_2.key]

            refused = await client.cosign_all(places, FORK.note(50), FORK.prove)
            assert [isinstance(one, NotCosigned) and one.is_refused for one in refused] == [True, True]
            back = await client.cosign_all(places, HISTORY.note(39), HISTORY.prove)
            assert [str(one) for one in back] == ["it knows 40 leaves, more than the 39 of this checkpoint"] * 2
            assert all(
                isinstance(one, SignedBy) for one in await client.cosign_all(places, HISTORY.note(100), HISTORY.prove)
            )

    asyncio.run(scene())


def test_a_witness_that_was_started_again_knows_what_it_cosigned(tmp_path: Path) -> None:
    async def scene() -> None:
        for log, size, is_cosigned in ((HISTORY, 40, True), (FORK, 50, False), (HISTORY, 50, True)):
            async with witness(tmp_path / "1") as place, OutgoingClient(HERE) as outgoing:
                (found,) = await WitnessClient(outgoing).cosign_all([place], log.note(size), log.prove)
                assert isinstance(found, SignedBy) is is_cosigned

    asyncio.run(scene())


def test_one_witness_that_is_not_there_keeps_no_other_from_cosigning(tmp_path: Path) -> None:
    async def scene() -> None:
        async with witness(tmp_path / "1") as gone:
            pass
        async with witness(tmp_path / "2", WITNESS_2) as there, OutgoingClient(HERE) as outgoing:
            found = await WitnessClient(outgoing).cosign_all([gone, there], HISTORY.note(5), HISTORY.prove)
            assert [type(one) for one in found] == [NotCosigned, SignedBy]

    asyncio.run(scene())


def test_what_anybody_may_send_is_answered_in_the_words_of_the_protocol(tmp_path: Path) -> None:
    async def scene() -> None:
        async with witness(tmp_path / "1") as place, httpx.AsyncClient(base_url=place.url, trust_env=False) as client:
            assert (await client.post("/add-checkpoint", content=b"old 0\n\na\n")).status_code == 400
            too_long = await client.post("/add-checkpoint", content=b"a" * (REQUEST_BYTES_MAX + 1))
            assert (too_long.status_code, too_long.text) == (413, f"at most {REQUEST_BYTES_MAX} bytes are read\n")
            other = await client.post("/add-checkpoint", content=HISTORY.asks(5, 9))
            assert (other.status_code, other.text, other.headers["content-type"]) == (409, "0\n", "text/x.tlog.size")
            assert (await client.get("/add-checkpoint")).status_code == 405
            assert (await client.get("/")).status_code == 404
            where = f"/{origin_hash(ORIGIN)}/checkpoint"
            assert (await client.get(where)).status_code == 404
            assert (await client.post("/add-checkpoint", content=HISTORY.asks(0, 9))).status_code == 200
            served = await client.get(where)
            assert served.headers["content-type"] == "text/plain; charset=utf-8"
            opened = open_checkpoint(served.content, ORIGIN, [LOG.key], [WITNESS.key])
            assert (opened.checkpoint.size, len(opened.note.signed)) == (9, 2)

    asyncio.run(scene())


def test_of_requests_at_the_same_time_one_is_cosigned_for_each_step(tmp_path: Path) -> None:
    async def scene() -> None:
        async with witness(tmp_path / "1") as place, httpx.AsyncClient(base_url=place.url, trust_env=False) as client:
            bodies = [(HISTORY if at % 2 else FORK).asks(0, 20 + at) for at in range(12)]
            answers = await asyncio.gather(*(client.post("/add-checkpoint", content=one) for one in bodies))
            assert sorted(one.status_code for one in answers) == [200] + [409] * 11

    asyncio.run(scene())


def test_an_address_that_is_taken_is_an_error_of_the_system(tmp_path: Path) -> None:
    async def scene() -> None:
        async with witness(tmp_path / "1") as place:
            held = WitnessFolder(tmp_path / "2")
            other = LogWitness([], WITNESS, held, clock=lambda: NOW, tell=lambda _: None)
            with pytest.raises(OSError, match="in use"):
                async with running_witness(other, "127.0.0.1", int(place.url.rpartition(":")[2])):
                    pass
            held.close()

    asyncio.run(scene())
