from pathlib import Path

from sqlalchemy import select

from projections.attempt_index import ATTEMPT
from projections.campaign_summary import PACE
from projections.row_writes import insert_rows, join_rows, put_rows
from tests.projections.kept_views import new_store


def test_a_row_with_the_same_key_is_replaced(tmp_path: Path) -> None:
    with new_store(tmp_path / "views.db") as store:
        with store.writing() as connection:
            put_rows(connection, ATTEMPT, [])
            insert_rows(connection, ATTEMPT, [])
            insert_rows(connection, ATTEMPT, [("a1", 1, "recipient:a", True, None)])
            put_rows(connection, ATTEMPT, [("a1", 1, "recipient:a", False, 5), ("a2", 1, "recipient:b", True, None)])
        with store.reading() as connection:
            rows = connection.execute(select(ATTEMPT).order_by(ATTEMPT.c.attempt_id)).all()
    assert [tuple(row) for row in rows] == [("a1", 1, "recipient:a", False, 5), ("a2", 1, "recipient:b", True, None)]


def test_a_row_with_the_same_key_is_joined_column_by_column(tmp_path: Path) -> None:
    # Campaign and minute; sent, answered and ended are summed, the most at once is kept, what is left open is the last.
    with new_store(tmp_path / "views.db") as store:
        for rows in ([(1, 5, 2, 0, 1, 7, 3)], [(1, 5, 4, 1, 0, 6, 9), (1, 6, 1, 0, 0, 1, 1)], []):
            with store.writing() as connection:
                join_rows(connection, PACE, rows)
        with store.reading() as connection:
            found = [tuple(row) for row in connection.execute(select(PACE).order_by(PACE.c.minute))]
    assert found == [(1, 5, 6, 1, 1, 7, 9), (1, 6, 1, 0, 0, 1, 1)]
