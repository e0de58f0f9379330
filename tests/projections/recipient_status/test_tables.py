"""How the tables are made."""

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from projections import recipient_status


def test_on_postgresql_numbers_are_in_the_order_of_their_characters_whatever_the_databases_language() -> None:
    made = str(CreateTable(recipient_status.ENROLLMENT).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert 'number TEXT COLLATE "C" NOT NULL' in made
