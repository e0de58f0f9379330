"""The queries of the page on analytics, in DuckDB, on events that a campaign left."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from entrypoints.cli.export.parquet import ParquetFolder, Partition
from tests.docs.shown import shown

PAGE = "analytics.md"
DOCS = Path(__file__).parents[2] / "docs"
QUERIES = [one.text for one in shown(PAGE, (DOCS / PAGE).read_text()) if one.language == "sql"]
DAY = "2026-05-29"


def event(position: int, name: str, stream: str, day: str = DAY, **body: Any) -> dict[str, Any]:
    envelope = {"version": position, "event_id": f"id_{position}", "metadata": {}}
    return {
        "position": position,
        "event": name,
        "stream": stream,
        "recorded_at": f"{day}T12:00:00Z",
        "body": body,
    } | envelope


EVENTS = [
    event(1, "attempt.started", "recipient:a", campaign_id="spring"),
    event(2, "attempt.accepted", "recipient:a", campaign_id="spring"),
    event(3, "call.created", "call:1", occurred_at=f"{DAY}T12:00:00Z"),
    event(4, "call.claimed", "call:1", campaign_id="spring"),
    event(5, "call.answered", "call:1", occurred_at=f"{DAY}T12:00:08Z"),
    event(6, "call.created", "call:2", occurred_at=f"{DAY}T12:00:01Z"),
    event(7, "call.claimed", "call:2", campaign_id="spring"),
    event(8, "call.created", "call:of_others", occurred_at=f"{DAY}T12:00:01Z"),
    event(9, "attempt.refused", "recipient:b", "2026-05-30", campaign_id="spring", code="invalid_request"),
]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    async def pages() -> AsyncIterator[Any]:
        yield {"items": EVENTS, "position": EVENTS[-1]["position"]}

    asyncio.run(ParquetFolder(tmp_path / "events", Partition.DAY).write(pages(), lambda _: None))
    monkeypatch.chdir(tmp_path)
    opened = duckdb.connect()
    opened.execute("SET TimeZone = 'UTC'")
    return opened


def test_the_queries_say_what_happened(database: duckdb.DuckDBPyConnection) -> None:
    view, by_day, by_campaign, rang = QUERIES
    database.execute(view)

    days = [(str(day), name, count) for day, name, count in database.execute(by_day).fetchall()]
    [(campaign, day, calls, answered, median)] = database.execute(rang).fetchall()

    assert days[:2] == [(DAY, "call.created", 3), (DAY, "call.claimed", 2)]
    assert days[-1] == ("2026-05-30", "attempt.refused", 1)
    assert database.execute(by_campaign).fetchall() == [
        ("spring", "attempt.accepted", None, 1),
        ("spring", "attempt.refused", "invalid_request", 1),
        ("spring", "attempt.started", None, 1),
    ]
    assert (campaign, str(day), calls, answered, median.total_seconds()) == ("spring", DAY, 2, 1, 8.0)


def test_the_columns_are_those_that_the_page_names(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(QUERIES[0])

    described = [row[0] for row in database.execute("DESCRIBE events").fetchall()]
    rows = [line for line in (DOCS / PAGE).read_text().splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == [name for name in described if name != "day"]
    [(at, body)] = database.execute("SELECT recorded_at, body FROM events WHERE position = 9").fetchall()
    assert at.astimezone().timestamp() == datetime.fromisoformat("2026-05-30T12:00:00+00:00").timestamp()
    assert json.loads(body)["code"] == "invalid_request"
