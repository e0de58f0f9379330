import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from application.forensics import ExaminedPlace, Findings, LedgerPlace, examine
from application.views import VIEWS_FILE
from domain.errors import InvalidInput
from entrypoints.settings import load_settings
from projections import call_index, views
from projections.changes import ViewChange
from projections.store import SCHEMA, ViewsUnusable, postgres_store
from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.serving import API_KEY, NOON, OTHER, TO, Serving, payload, play

BOTH = (TO, OTHER)
CALLS = views.VERSIONS["call_index"]


def looked_at(
    folder: Path, *, views: Path | None = None, campaign: str | None = None, limit: int = 10, **environ: str
) -> Findings:
    settings = load_settings({"DIALTRAIL_HOME": str(folder), "MINIVOICE_API_KEY": API_KEY, **environ})
    return examine(ExaminedPlace(settings.home, settings.ledger_url), views, campaign, limit, lambda _: None)


async def day(stage: Serving) -> None:
    """One of two was called and reached; the views have all of it."""
    await stage.campaign(*BOTH)
    await stage.dial(TO, "call_1")
    for name, seconds in (("call.answered", 3), ("call.completed", 9)):
        assert (await stage.deliver(payload(name, seconds=seconds))).status_code == 204
    assert await stage.parts.projector.wait_for(stage.ledger.position, 20)


def spoilt(folder: Path, statement: str) -> None:
    """As a fault of earlier code would have left a row."""
    with closing(sqlite3.connect(folder / VIEWS_FILE)) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.commit()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix not in {".db-wal", ".db-shm"}}


def test_a_healthy_installation_has_nothing_wrong_and_is_left_as_it_was(tmp_path: Path) -> None:
    play(tmp_path, day)
    before = files(tmp_path)

    found = looked_at(tmp_path)

    assert (found.is_healthy, list(found.statuses), list(found.rows)) == (True, [], [])
    assert (found.position > 5, found.versions["call_index"]) == (True, (CALLS, CALLS))
    assert files(tmp_path) == before


def test_who_was_shown_wrong_is_listed_with_number_instant_and_event(tmp_path: Path) -> None:
    play(tmp_path, day)
    spoilt(tmp_path, "UPDATE recipient_status SET status = 'not_reached' WHERE status = 'reached'")
    spoilt(tmp_path, "UPDATE recipient_status_history SET status = 'queued' WHERE status = 'in_progress'")

    found = looked_at(tmp_path, campaign="spring_followup")

    before, now = found.statuses
    assert [(one.number, one.campaign_id, one.is_status) for one in found.statuses] == [
        (TO, "spring_followup", True)
    ] * 2
    assert before.fields == {"status": ("queued", "in_progress")}
    assert (before.since.event, before.until) == ("call.answered", now.since)
    assert now.fields == {"status": ("not_reached", "reached")}
    assert now.since == LedgerPlace(position=found.position, recorded_at=now.since.recorded_at, event="call.completed")
    assert (now.until, now.since.recorded_at.date()) == (None, NOON.date())
    assert (found.is_healthy, found.statuses_wrong, found.rows_wrong) == (False, 2, 0)


def test_it_looks_beside_a_running_installation_that_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await day(stage)
        assert (await asyncio.to_thread(looked_at, tmp_path)).is_healthy
        spoilt(tmp_path, "UPDATE recipient_status SET status = 'failed' WHERE status = 'queued'")
        found = await asyncio.to_thread(looked_at, tmp_path)
        assert [(one.number, one.since.event) for one in found.statuses] == [(OTHER, "recipient.enrolled")]
        assert (await stage.deliver(payload("call.answered", "call_2", 3))).status_code == 204
        assert await stage.parts.projector.wait_for(stage.ledger.position, 20)
        assert (await asyncio.to_thread(looked_at, tmp_path)).position == stage.ledger.position

    play(tmp_path, scene)


def test_views_that_were_kept_are_compared_as_far_as_they_had_come(tmp_path: Path) -> None:
    async def more(stage: Serving) -> None:
        await stage.dial(OTHER, "call_2")

    play(tmp_path, day)
    kept = tmp_path / "kept.db"
    shutil.copy(tmp_path / VIEWS_FILE, kept)
    position = looked_at(tmp_path).position
    play(tmp_path, more)
    spoilt(tmp_path, "UPDATE recipient_status SET status = 'failed' WHERE status = 'reached'")

    found = looked_at(tmp_path, views=kept)

    assert (found.is_healthy, found.position) == (True, position)
    assert not looked_at(tmp_path).is_healthy


def test_at_most_so_many_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    play(tmp_path, day)
    with closing(sqlite3.connect(tmp_path / VIEWS_FILE)) as connection:
        connection.execute("UPDATE recipient_status SET reason = 'spoilt'")
        connection.commit()

    found = looked_at(tmp_path, limit=1)

    assert (len(found.statuses), found.statuses_wrong, found.statuses[0].is_status) == (1, 2, False)


def test_an_event_that_the_code_as_it_is_cannot_take_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(tmp_path, day)
    write = call_index.write

    def fails(connection: Connection, changes: Sequence[ViewChange]) -> None:
        if any(getattr(change, "call_id", None) == "call_1" for change in changes):
            raise ValueError("cannot")
        write(connection, changes)

    monkeypatch.setattr(call_index, "write", fails)
    found = looked_at(tmp_path)

    assert {one.error for one in found.left_out} >= {"ValueError in call.answered"}
    assert not found.is_healthy


def test_what_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no ledger in"):
        looked_at(tmp_path / "nowhere")
    play(tmp_path, day)
    with pytest.raises(InvalidInput, match="there was no campaign summer yet"):
        looked_at(tmp_path, campaign="summer")
    with pytest.raises(InvalidInput, match="there are no views stored"):
        looked_at(tmp_path, views=tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(ViewsUnusable, match="cannot be read as views"):
        looked_at(tmp_path, views=tmp_path / "text.db")
    spoilt(tmp_path, "UPDATE view_progress SET event_id = 'of another' WHERE view = 'call_index'")
    with pytest.raises(ViewsUnusable, match="how far they have come"):
        looked_at(tmp_path)
    with closing(sqlite3.connect(tmp_path / VIEWS_FILE)) as connection:
        connection.execute("UPDATE view_progress SET event_id = 'of another'")
        connection.commit()
    with pytest.raises(ViewsUnusable, match="the ledger is not the one"):
        looked_at(tmp_path)
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("forensics-")]


def test_in_postgresql_the_views_in_use_are_compared_with_a_file_beside(tmp_path: Path, postgres: Server) -> None:
    url = postgres.new_database()
    play(tmp_path, day, DIALTRAIL_DATABASE_URL=url)
    assert looked_at(tmp_path, DIALTRAIL_DATABASE_URL=url).is_healthy
    with closing(postgres_store(url, SCHEMA)) as store, store.writing() as connection:
        spoilt = f"UPDATE {SCHEMA}.recipient_status SET status = 'failed' WHERE status = 'queued'"
        assert connection.execute(text(spoilt)).rowcount == 1

    found = looked_at(tmp_path, DIALTRAIL_DATABASE_URL=url)

    assert [(one.number, one.fields) for one in found.statuses] == [(OTHER, {"status": ("failed", "queued")})]
    assert (found.rows_wrong, looked_at(tmp_path, campaign="spring_followup", DIALTRAIL_DATABASE_URL=url)) == (
        0,
        found,
    )
