"""The tables of the views in a SQLite file, made in a moment: most files that are begun are looked at once, and removed."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement


def create_tables(connection: Connection, metadata: MetaData) -> None:
    """As `create_all`, which asks for each table, and composes each statement anew."""
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").scalars())
    for table in metadata.tables.values():
        if table.name not in there:
            for statement in _creating(table):
                connection.exec_driver_sql(statement)


@cache
def _creating(table: Table) -> Sequence[str]:
    """What makes a table, and its indexes."""
    parts: list[DDLElement] = [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    return [str(part.compile(dialect=sqlite.dialect())) for part in parts]
