"""What all servers share beside the ledger: who signed out, and what is remembered of alerts."""

from contextlib import closing

import psycopg
import pytest

from adapters.shared_database import SharedAlerts, SharedDatabase, SharedEndedSessions
from domain.errors import NotReady
from tests.adapters.ledger.postgres_server import Server

NOW = 1_000
ALERTS_NTH = 1_795_000_000_000_000


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


def test_a_session_that_ended_at_one_server_is_ended_at_the_other_once_it_looked(url: str) -> None:
    with closing(SharedDatabase(url)) as here, closing(SharedDatabase(url)) as there:
        one, other = SharedEndedSessions(here, NOW), SharedEndedSessions(there, NOW)

        one.remember("s1", NOW + 10, NOW)
        seen = [one.has("s1"), other.has("s1")]
        other.refresh(NOW)

        assert [*seen, other.has("s1"), other.has("s2")] == [True, False, True, False]
        assert SharedEndedSessions(here, NOW + 9).has("s1")
        other.remember("s2", NOW + 99, NOW + 10)
        one.refresh(NOW)
        assert [one.has("s1"), one.has("s2")] == [False, True]


def test_what_is_remembered_of_alerts_is_one_servers_after_another(url: str) -> None:
    with closing(SharedDatabase(url)) as here, closing(SharedDatabase(url)) as there:
        one, other = SharedAlerts(here), SharedAlerts(there)
        assert one.read() is None
        one.set_aside()
        one.write(b"{}")
        other.write(b'{"on": {}}')
        assert one.read() == b'{"on": {}}'
        one.set_aside()
        assert other.read() == b'{"on": {}}'


def test_a_line_that_was_cut_is_made_anew_and_a_server_that_is_gone_is_said(url: str, postgres: Server) -> None:
    with closing(SharedDatabase(url)) as database:
        alerts = SharedAlerts(database)
        alerts.write(b"{}")
        name = url.partition("?")[0].rpartition("/")[2]
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
            admin.execute(ended)
            assert alerts.read() == b"{}"
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            admin.execute(ended)
            with pytest.raises(NotReady, match="what all servers share could not be reached"):
                alerts.read()
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert alerts.read() == b"{}"


def test_tables_of_an_earlier_version_take_an_alerts_letter_too(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as earlier:
        earlier.execute(
            "CREATE SCHEMA dialtrail_shared; SET search_path TO dialtrail_shared; CREATE TABLE letter (subscription text NOT "
            "NULL, position bigint NOT NULL, nth integer NOT NULL, lane text, body bytea, dead_at float8); CREATE TABLE attempt (number bigint, subscription text, "
            "position bigint, nth integer NOT NULL); INSERT INTO letter VALUES ('crm', 5, 1)"
        )
        with closing(SharedDatabase(url)) as database, database.talking() as talk:
            talk.execute("INSERT INTO letter VALUES ('crm', 5, ?)", (ALERTS_NTH,))
            talk.execute("INSERT INTO attempt VALUES (1, 'crm', 5, ?)", (ALERTS_NTH,))
            assert talk.execute("SELECT nth FROM letter ORDER BY nth").fetchall() == [(1,), (ALERTS_NTH,)]


def test_what_the_database_refuses_is_no_fault_of_the_network(url: str) -> None:
    with closing(SharedDatabase(url)) as database:
        for value, what in ((2**63, "out of range"), ("no number", "invalid input"), ("9" * 400, "out of range")):
            with (
                pytest.raises(
                    NotReady, match=f"the database refuses what all servers share .*{what}.* a mistake inside"
                ),
                database.talking() as talk,
            ):
                talk.execute("INSERT INTO ended_session VALUES ('s', ?)", (value,))
        assert SharedAlerts(database).read() is None
