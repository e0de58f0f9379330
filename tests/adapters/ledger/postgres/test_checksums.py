"""Whether PostgreSQL has sums of its pages, as it says itself."""

import psycopg

from adapters.ledger import has_checksums
from tests.adapters.ledger.postgres_server import Server


def test_whether_the_pages_have_sums(postgres: Server) -> None:
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        shown = connection.execute("SHOW data_checksums").fetchone()

    assert has_checksums(url) == (shown == ("on",))
    assert has_checksums("postgresql://nobody@127.0.0.1:1/nothing") is None
