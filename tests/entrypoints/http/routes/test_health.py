import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.ledger import writer
from adapters.wal_files import wal_bytes
from entrypoints.http.access import GUARDED_PREFIX
from entrypoints.http.routes.health import told_to_anybody
from tests.entrypoints.ledger_trouble import full_disk, held_writer
from tests.entrypoints.serving import SECRET, SPRING, TOKENS, Serving, payload, play, until, waited_for

READY_PARTS = {"ledger": "ready", "clock": "ready", "in_flight": "ready", "views": "ready"}
READY = {"status": "ready", "parts": READY_PARTS, "notes": []}


def test_live_is_answered_to_everybody_whatever_is_wrong(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage):
            live = stage.client.get("/health/live", headers={"host": "anywhere.example"})
            assert await waited_for(live, 200) == {"status": "live"}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_ready_names_each_part_without_a_token(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert not "/health/ready".startswith(GUARDED_PREFIX)
        await stage.parts.follower.wait_live()
        assert await waited_for(stage.client.get("/health/ready"), 200) == READY

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET=SECRET)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            (
                'the database cannot be asked who dials (connection to server at "db.internal" (10.0.0.5), port 5432 failed: '
                'FATAL: password authentication failed for user "dialtrail")'
            ),
            (
                "the database cannot be asked who dials (connection to server at … …, … failed: "
                "FATAL: password authentication failed for user …)"
            ),
        ),
        ("failed to resolve host 'db.internal': [Errno -2] unknown", "failed to resolve host …: [Errno -2] unknown"),
        ("host: 'db', port: 5432, hostaddr: 'fe80::1': refused", "host: …, …, hostaddr: …: refused"),
        ("dialtrail dial (process 71 on web-3.internal) dials", "dialtrail dial … dials"),
        ("dialtrail dial (process 71 on a-host-whose-na dials", "dialtrail dial … dials"),
        ("at position 3 of 7; it isn't the caller's (5)", "at position 3 of 7; it isn't the caller's (5)"),
    ],
)
def test_where_the_database_and_other_servers_are_is_told_to_nobody_without_a_token(text: str, told: str) -> None:
    assert told_to_anybody(text) == told


def test_a_part_in_trouble_says_where_to_those_who_have_a_token(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        stage.parts.follower.trouble = why = 'connection to server at "db.internal" failed'
        ready = await waited_for(stage.client.get("/health/ready"), 503)
        assert ready["parts"]["in_flight"] == "connection to server at … failed"
        assert (await stage.json("/v1/integrity"))["parts"]["in_flight"] == why

    play(tmp_path, scene)


def test_a_full_disk_is_shown_until_something_could_be_written_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        with full_disk(stage.ledger):
            assert (await stage.deliver(payload("call.answered", note="x" * 50_000))).status_code == 503
            trouble = "the ledger could not be written (database or disk is full); nothing was stored"
            assert await waited_for(stage.client.get("/health/ready"), 503) == {
                "status": "not ready",
                "parts": {**READY_PARTS, "ledger": trouble},
                "notes": [],
            }
        assert (await stage.deliver(payload("call.answered"))).status_code == 204
        assert await waited_for(stage.client.get("/health/ready"), 200) == READY

    play(tmp_path, scene)


def test_a_program_that_reads_for_long_is_noted_turns_nothing_back_and_is_forgotten_once_it_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.01)

    async def notes(stage: Serving) -> list[str]:
        found = await waited_for(stage.client.get("/health/ready"), 200)
        # The views' file may be as large by itself, for its limit is the same.
        return [one for one in cast("list[str]", found["notes"]) if one.startswith("ledger.db-wal")]

    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.created"))
        await stage.parts.follower.wait_live()
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM stored_events").fetchone()
            for place in range(30):
                report = payload("call.answered", f"call_{place}", note="x" * 50_000)
                assert (await stage.deliver(report)).status_code == 204
            (note,) = await notes(stage)
            assert re.match(r"ledger\.db-wal has grown to \d\.\d MiB, more than DIALTRAIL_WAL_BYTES_MAX=1048576 ", note)
        await until(lambda: wal_bytes(tmp_path / "ledger.db") == 0)
        assert await notes(stage) == []
        assert len(stage.feed()) == 31

    play(tmp_path, scene, DIALTRAIL_WAL_BYTES_MAX="1048576")


def test_once_there_is_room_again_it_is_ready_though_nobody_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.01)

    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        with full_disk(stage.ledger):
            assert (await stage.deliver(payload("call.answered", note="x" * 50_000))).status_code == 503
            assert (await stage.client.get("/health/ready")).status_code == 503
        await until(lambda: stage.ledger.trouble is None)
        assert await waited_for(stage.client.get("/health/ready"), 200) == READY
        assert stage.feed() == []

    play(tmp_path, scene)


def test_a_writer_whose_connection_is_gone_is_not_ready(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        cast("Any", stage.ledger)._recorder.datastore.writer.close()
        assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 503
        found = await waited_for(stage.client.get("/health/ready"), 503)
        assert found["parts"].pop("ledger").startswith("the ledger could not be written (")
        assert found["parts"] == {"clock": "ready", "in_flight": "ready", "views": "ready"}

    play(tmp_path, scene)


def test_what_the_views_could_not_take_in_is_red_and_names_its_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise ZeroDivisionError

    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        monkeypatch.setattr("projections.call_index.write", cannot)
        await stage.deliver(payload("call.answered", "call_7"))
        await until(lambda: stage.parts.projector.position == stage.ledger.position)
        found = await waited_for(stage.client.get("/health/ready"), 503)
        assert found["parts"]["views"].startswith(
            "call.answered of call call_7, at position 1, could not be applied (ZeroDivisionError in call.answered)"
        )
        assert (await stage.client.get("/v1/views")).json()["parked"][0]["stream"] == "call:call_7"

    play(tmp_path, scene)


def test_a_writer_that_has_ended_is_not_ready(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        cast("Any", stage.ledger)._writer.stop(10.0)
        assert await waited_for(stage.client.get("/health/ready"), 503) == {
            "status": "not ready",
            "parts": {**READY_PARTS, "ledger": "the writer has stopped"},
            "notes": [],
        }
        assert (await stage.deliver(payload("call.answered"))).status_code == 503

    play(tmp_path, scene)


def test_what_is_in_flight_that_is_behind_or_cannot_go_on_are_not_ready(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        in_flight: Any = stage.parts.in_flight
        applies = in_flight.apply

        def broken(_: object) -> None:
            raise ValueError("poison")

        in_flight.apply = broken
        assert (await stage.deliver(payload("call.answered"))).status_code == 204
        await until(lambda: stage.parts.follower.trouble)
        found = await waited_for(stage.client.get("/health/ready"), 503)
        # What an error says may hold what was read, and this is for everybody to see: it names the place instead.
        told = r"the event after position 0 could not be taken in: ValueError \(test_health\.py:\d+\)"
        assert re.fullmatch(told, found["parts"].pop("in_flight"))
        assert found["parts"] == {"ledger": "ready", "clock": "ready", "views": "ready"}
        assert (await stage.json("/v1/calls/call_1"))["state"]["phase"] == "in_progress"
        in_flight.apply = applies
        await stage.parts.follower.wait_live()
        assert await waited_for(stage.client.get("/health/ready"), 200) == READY

    play(tmp_path, scene)
