"""Rows written, many at once: added, put in the place of others, or joined with them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import Boolean, Connection, Insert, Table, case
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
    """By the driver's own many-rows call where rows are tuples to it: naming each value costs more than storing it.

    A truth comes as 0 or 1, which SQLite stores as it is; for a `bool` its driver looks up an adapter, each time anew.
    """
    if not rows:
        return
    rows = storable_rows(table, rows)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_sqlite_text(table, how), list(rows))
    else:
        connection.execute(_statement(table, how, "postgresql"), [_named(table, row) for row in rows])


def _named(table: Table, row: Row) -> dict[str, Any]:
    named = dict(zip(_names_of(table), row, strict=True))
    for name in _truths_of(table):
        named[name] = bool(named[name])
    return named


@cache
def _names_of(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _truths_of(table: Table) -> tuple[str, ...]:
    """The columns with truths, each of which is one or the other."""
    return tuple(column.name for column in table.columns if isinstance(column.type, Boolean))


def insert_text(table: Table) -> str:
    """What adds a row of all columns to a file."""
    return _sqlite_text(table, "insert")


@cache
def _sqlite_text(table: Table, how: How) -> str:
    return str(_statement(table, how, "sqlite").compile(dialect=sqlite.dialect(), column_keys=list(_names_of(table))))


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
