"""Checkpoints are cosigned by real witnesses over loopback; one that knows another history ends the signing."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from adapters.verifiable_log.checkpoint import open_checkpoint
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import Signer
from adapters.verifiable_log.store import LogHead
from adapters.verifiable_log.witness import LogWitness, WitnessedLog
from adapters.verifiable_log.witness_client import WitnessPlace
from adapters.verifiable_log.witness_folder import WitnessFolder
from application.log_keeping.publishing import CHECKPOINT_FILE, CheckpointPlaces
from application.log_keeping.signer import AskWitnesses, LogSigner, Witnessed
from application.log_keeping.witnesses import Witnesses
from domain.errors import Conflict
from entrypoints.witnessing import running_witness
from tests.adapters.verifiable_log.examples import NOW, WITNESS, WITNESS_2
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import MINUTE, ORIGIN, T0, alter, caught_up, made, put, row, rows, store_of

HERE = [ip_network("127.0.0.1/32")]


@asynccontextmanager
async def witness(folder: Path, log: Signer, signer: Signer = WITNESS) -> AsyncIterator[WitnessPlace]:
    held = WitnessFolder(folder)
    try:
        one = LogWitness([WitnessedLog(ORIGIN, [log.key])], signer, held, clock=lambda: NOW, tell=lambda _: None)
        async with running_witness(one, "127.0.0.1", 0) as url:
            yield WitnessPlace(url, signer.key)
    finally:
        held.close()


def cosigned(place: Place, folder: Path, witnesses: list[WitnessPlace], minutes: int) -> LogSigner:
    """As the log's thread does it: signed, cosigned, and published once more."""
    head = caught_up(place).head
    assert head is not None
    with store_of(place) as store:
        ask = Witnesses(store, witnesses, HERE)
        signer = LogSigner(store, LogKeys(folder, bytes), CheckpointPlaces(folder), MINUTE, ask)
        now = T0 + minutes * MINUTE
        signer.tick(head, now)
        signer.witness()
        signer.tick(head, now)
        return signer


def cosigned_last(place: Place, folder: Path, witnesses: list[WitnessPlace]) -> None:
    """As where a ledger is left: what was cosigned already is once more, and has one line of each witness."""
    head = caught_up(place).head
    assert head is not None
    with store_of(place) as store:
        ask = Witnesses(store, witnesses, HERE)
        signer = LogSigner(store, LogKeys(folder, bytes), CheckpointPlaces(folder), MINUTE, ask)
        signer.tick(head, T0 + MINUTE)
        assert signer.witness_last(head) == []
        signer.tick(head, T0 + MINUTE)


def test_what_witnesses_cosign_is_published_and_a_silent_one_is_said(place: Place, tmp_path: Path) -> None:
    key = LogKeys(tmp_path, bytes).make(ORIGIN)
    made(place, 300)

    async def scene() -> None:
        async with witness(tmp_path / "gone", key) as gone:
            pass
        async with witness(tmp_path / "1", key) as one, witness(tmp_path / "2", key, WITNESS_2) as two:
            first = await asyncio.to_thread(partial(cosigned, place, tmp_path, [one, two], 0))
            put(place, rows(400, after=300))
            second = await asyncio.to_thread(partial(cosigned, place, tmp_path, [one, gone, two], 1))
            await asyncio.to_thread(partial(cosigned_last, place, tmp_path, [one]))
        assert (first.fork, first.notes) == (None, [])
        assert second.fork is None
        assert len(second.notes) == 1
        assert second.notes[0].startswith(f"the witness {gone.key.name} did not cosign the log's checkpoint: ")

    asyncio.run(scene())

    note = (tmp_path / CHECKPOINT_FILE).read_bytes()
    opened = open_checkpoint(note, ORIGIN, [key.key], [WITNESS.key, WITNESS_2.key])
    assert opened.checkpoint.size == 700
    assert [one.key for one in opened.note.signed] == [key.key, WITNESS_2.key, WITNESS.key]
    with store_of(place) as store:
        newest = store.newest()
        assert newest is not None
        assert newest.note.encode() == note


def test_a_witness_that_knows_another_history_ends_the_signing(place: Place, tmp_path: Path) -> None:
    key = LogKeys(tmp_path, bytes).make(ORIGIN)
    made(place, 300)
    back = tmp_path / "back"
    shutil.copytree(tmp_path / "keys", back / "keys")

    async def scene() -> LogSigner:
        async with witness(tmp_path / "1", key) as one:
            await asyncio.to_thread(partial(cosigned, place, tmp_path, [one], 0))
            forget = ("log.db: DELETE FROM log", "log.db: DELETE FROM log_tile", "log.db: DELETE FROM log_checkpoint")
            alter(place, "DELETE FROM stored_events WHERE rowid>200", *forget)
            put(place, [row(position, "another") for position in range(201, 400)])
            return await asyncio.to_thread(partial(cosigned, place, back, [one], 1))

    signer = asyncio.run(scene())

    assert signer.fork is not None
    assert signer.fork.startswith(f"the witness {WITNESS.key.name} has cosigned another history of the log {ORIGIN}")


def test_after_a_refusal_nothing_is_signed_at_the_next_starts_until_all_cosign(place: Place, tmp_path: Path) -> None:
    made(place, 3)

    def refuse(head: LogHead, note: bytes) -> Witnessed:
        raise Conflict("it has cosigned another history")

    def cosign(head: LogHead, note: bytes) -> Witnessed:
        return Witnessed(note, [])

    def start(minutes: int, ask: AskWitnesses) -> list[int]:
        put(place, rows(1, after=3 + minutes))
        head = caught_up(place).head
        assert head is not None
        with store_of(place) as store:
            signer = LogSigner(store, LogKeys(tmp_path, bytes), CheckpointPlaces(tmp_path), MINUTE, ask)
            for _ in range(2):
                signer.tick(head, T0 + minutes * MINUTE)
                signer.witness()
            return [one.size for one in store.checkpoints(1)]

    assert [start(minutes, refuse) for minutes in range(3)] == [[4]] * 3
    assert start(3, cosign) == [4, 7]
