"""What all servers share beside the ledger: who signed out, and what is remembered of alerts."""

from contextlib import closing

import psycopg
import pytest

from adapters.shared_database import SharedAlerts, SharedDatabase, SharedEndedSessions
from domain.errors import NotReady
from tests.adapters.ledger.postgres_server import Server

NOW = 1_000


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
