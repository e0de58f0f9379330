"""What tells one ledger from another, and from a copy of it."""

from contextlib import closing

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server


def test_a_ledger_is_the_same_whenever_it_is_opened_and_another_in_another_database(postgres: Server, url: str) -> None:
    found = []
    for each in (url, url, postgres.new_database()):
        with closing(open_ledger(each)) as ledger:
            found.append(ledger.identity())

    assert found[0] is not None
    assert set(found[0]) == {"key", "system", "timeline", "database"}
    assert found[0] == found[1] != found[2]


def test_a_role_that_may_not_ask_the_server_who_it_is_is_told_nothing(postgres: Server, url: str) -> None:
    database, role = str(conninfo_to_dict(url)["dbname"]), f"plain_{conninfo_to_dict(url)['dbname']}"
    postgres.run(
        SQL("CREATE ROLE {} LOGIN").format(Identifier(role)),
        SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(database), Identifier(role)),
    )
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")

    with closing(open_ledger(make_conninfo(url, user=role))) as ledger:
        assert ledger.identity() is None
        assert ledger.last_event() == (0, "")
