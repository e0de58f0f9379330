"""Rows written, many at once: added, put in the place of others, or joined with them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Insert, Table, case
from sqlalchemy.dialects import sqlite

from projections.storable import Row, storable_rows

How = Literal["insert", "put", "join"]
SUM, GREATEST = ({"join": "sum"}, {"join": "greatest"})
"""As a column's `info`: what becomes of its values where rows are joined; of any other column, the new one is kept."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, each a tuple of all columns in the order of the table."""
    _write_rows(connection, table, rows, "insert")


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, or replace those that have the same key."""
    _write_rows(connection, table, rows, "put")


def join_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, or join them with those that have the same key, as their columns say."""
    _write_rows(connection, table, rows, "join")


def _write_rows(connection: Connection, table: Table, rows: Sequence[Row], how: How) -> None:
    """By the driver's own many-rows call where rows are tuples to it: naming each value costs more than storing it."""
    if not rows:
        return
    rows = storable_rows(table, rows)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_sqlite_text(table, how), list(rows))
    else:
        names = [column.name for column in table.columns]
        connection.execute(_statement(table, how, "postgresql"), [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _sqlite_text(table: Table, how: How) -> str:
    names = [column.name for column in table.columns]
    return str(_statement(table, how, "sqlite").compile(dialect=sqlite.dialect(), column_keys=names))


@cache
def _statement(table: Table, how: How, dialect: str) -> Insert:
    if how == "insert":
        return table.insert()
    statement = (sqlite.insert if dialect == "sqlite" else _postgresql_insert())(table)
    keys = [column.name for column in table.primary_key]
    new: Any = statement.excluded
    after: dict[str, Any] = {}
    for column in table.columns:
        match column.info.get("join") if how == "join" else None:
            case "sum":
                after[column.name] = column + new[column.name]
            case "greatest":
                after[column.name] = case((column > new[column.name], column), else_=new[column.name])
            case None if column.name not in keys:
                after[column.name] = new[column.name]
    return statement.on_conflict_do_update(index_elements=keys, set_=after)


def _postgresql_insert() -> Any:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a tenth of what the views' process imports

    return postgresql.insert
