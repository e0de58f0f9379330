"""The calls that ended within a window, by both databases."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from projections.call_index import CALL
from projections.ended_calls import EndedTotals, ended_page, ended_totals, first_heard_at
from projections.row_writes import insert_rows
from projections.store import ViewStore, micros, postgres_store
from tests.adapters.ledger.postgres_server import Server
from tests.projections.kept_views import new_store

DAY = datetime(2026, 5, 29, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
OTHERS: dict[str, Any] = {"recipient": None, "campaign": None, "campaign_id": None}


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ViewStore]:
    if request.param == "sqlite":
        with new_store(tmp_path / "views.db") as made:
            yield made
        return
    server: Server = request.getfixturevalue("postgres")
    with closing(postgres_store(server.new_database(), "views")) as made:
        made.create()
        yield made


def call(place: int, began: float, ended: float | None, **more: Any) -> dict[str, Any]:
    """A call that was heard of as it began and as it ended, in seconds since the day began; answered 2.5 s before its end."""
    start, end = (None if at is None else micros(DAY + timedelta(seconds=at)) for at in (began, ended))
    row: dict[str, Any] = dict.fromkeys(column.name for column in CALL.columns)
    row |= {"place": place, "call_id": f"call_{place}", "campaign": 1, "campaign_id": "spring", "recipient": "r:1"}
    row |= {"phase": "ended", "outcome": "completed", "reached": True, "plain_outcome": "answered"}
    row |= {"person_proofs": "", "anomalies": "", "is_open": False, "is_unclaimed": False, "is_echoing": False}
    row |= {"created_at": start, "ended_at": end, "answered_at": None if end is None else end - 2_500_000}
    row |= {"first_heard_at": start, "heard_at": end or start}
    return row | more


ROWS = [
    call(5, -90_000, -89_990),
    call(10, -20, 10),
    call(20, 100, 110),
    call(30, 100, 110, outcome="failed", reached=False, plain_outcome="busy", answered_at=None),
    call(40, 200, None, phase="dialing", outcome=None),
    call(50, 300, 310, **OTHERS),
    call(60, 400, None),  # nobody said when: by our clock
    call(70, 86_390, 86_410),
    call(80, 86_500, 86_510),
]


def filled(connection: Connection) -> None:
    insert_rows(connection, CALL, [tuple(row[column.name] for column in CALL.columns) for row in ROWS])


def test_ours_come_one_by_one_from_a_place_on(store: ViewStore) -> None:
    with store.writing() as connection:
        filled(connection)
        assert ended_page(connection, DAY, NEXT, 0, 10) == [
            (10, "call_10"),
            (20, "call_20"),
            (30, "call_30"),
            (60, "call_60"),
        ]
        assert ended_page(connection, DAY, NEXT, 10, 2) == [(20, "call_20"), (30, "call_30")]
        assert first_heard_at(connection) == DAY - timedelta(seconds=90_000)


def test_the_sums_have_all_calls_and_how_many_lie_across_an_end_of_the_window(store: ViewStore) -> None:
    with store.writing() as connection:
        assert first_heard_at(connection) is None
        filled(connection)
        assert ended_totals(connection, DAY, NEXT, 5) == EndedTotals(
            ours_ended=4, ours_answered=3, talk_seconds=6, others_ended=1, at_edge=2
        )
