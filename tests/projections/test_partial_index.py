import subprocess
import sys
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from projections.partial_index import partial_index, tell_postgresql

CHECKOUT = Path(__file__).resolve().parents[2]


def test_it_is_of_the_same_rows_in_either_database() -> None:
    metadata = MetaData()
    table = Table("people", metadata, Column("a", Integer), Column("b", Integer))
    partial_index("people_open", table.c.a, where=table.c.b.is_(None))
    tell_postgresql(metadata)
    (index,) = table.indexes
    for database in (sqlite, postgresql):
        made = str(CreateIndex(index).compile(dialect=database.dialect()))
        assert made == "CREATE INDEX people_open ON people (a) WHERE b IS NULL"


def test_who_keeps_the_views_in_a_file_loads_nothing_of_postgresql() -> None:
    asked = "import sys, entrypoints.views_process; print([one for one in sys.modules if 'dialects.postgresql' in one])"
    told = subprocess.run([sys.executable, "-c", asked], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
