"""Indexes of some rows only, in either database; what PostgreSQL needs is not loaded where the views are in a file."""

from typing import Any

from sqlalchemy import ColumnElement, Index, MetaData

_OF_ROWS = "of rows"


def partial_index(name: str, *columns: Any, where: ColumnElement[bool]) -> None:
    """An index of the rows for which this holds."""
    Index(name, *columns, sqlite_where=where, info={_OF_ROWS: where})


def tell_postgresql(metadata: MetaData) -> None:
    """Say it in PostgreSQL's way, too, before tables are made there: what is said of a database has its dialect loaded."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if _OF_ROWS in index.info:
                index.dialect_options["postgresql"]["where"] = index.info[_OF_ROWS]
