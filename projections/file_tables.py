"""The tables of the views in a SQLite file, made in a moment: most files that are begun are looked at once, and removed."""

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable


def create_tables(connection: Connection, metadata: MetaData, indexed: Collection[Table] | None = None) -> None:
    """As `create_all`, which asks for each table, and composes each statement anew; with the indexes of all of them, or of these."""
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").scalars())
    for table in metadata.tables.values():
        if table.name not in there:
            connection.exec_driver_sql(table_statement(table))
            for statement in index_statements(table) if indexed is None or table in indexed else ():
                connection.exec_driver_sql(statement)


@cache
def table_statement(table: Table) -> str:
    """What makes a table."""
    return str(CreateTable(table).compile(dialect=sqlite.dialect()))


@cache
def index_statements(table: Table) -> Sequence[str]:
    """What makes its indexes."""
    return [str(CreateIndex(index).compile(dialect=sqlite.dialect())) for index in table.indexes]
