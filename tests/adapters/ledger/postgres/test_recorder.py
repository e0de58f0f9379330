from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.ledger.postgres import PostgresFactory, PostgresSession
from adapters.ledger.ticket import CommandOutcome
from domain.errors import LedgerUnavailable, LedgerUnusable
from tests.adapters.ledger.postgres_ledger import open_ledger, recorder_of
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import (
    WAIT_SECONDS_MAX,
    Clock,
    ask,
    create,
    do,
    feed,
    outcome,
)


def test_connections_that_died_are_replaced(postgres: Server, url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        postgres.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{conninfo_to_dict(url)['dbname']}'"
        )

        assert len(feed(ledger)) == 1
        with suppress(LedgerUnavailable):
            do(ledger, create("c1"))
        assert do(ledger, create("c2")) == "c2"


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync"])
def test_a_server_that_may_forget_what_it_acknowledged_is_refused(postgres: Server, url: str, setting: str) -> None:
    with postgres.setting(setting, "off"), pytest.raises(LedgerUnusable) as refused:
        open_ledger(url)

    assert str(refused.value) == (
        f"PostgreSQL's {setting} is off, so that what was acknowledged could be lost: set {setting} = on "
        "(in postgresql.conf, for this database or for this role), then start again"
    )
    open_ledger(url).close()


def test_a_database_that_may_forget_is_refused_on_a_server_that_does_not(postgres: Server, url: str) -> None:
    name = Identifier(str(conninfo_to_dict(url)["dbname"]))
    postgres.run(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))

    with pytest.raises(LedgerUnusable, match="PostgreSQL's synchronous_commit is off"):
        open_ledger(url)


@pytest.mark.parametrize(
    ("meanwhile", "holds"),
    [
        ("off", "on"),
        ("local", "on"),
        ("on", "on"),
        ("remote_write", "remote_write"),
        ("remote_apply", "remote_apply"),
    ],
)
def test_what_a_commit_waits_for_is_raised_where_it_was_lowered_and_is_never_lowered(
    postgres: Server, url: str, meanwhile: str, holds: str
) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        recorder = recorder_of(ledger)
        with postgres.setting("synchronous_commit", meanwhile):
            with recorder.datastore.get_connection() as connection:
                outside = connection.execute("SHOW synchronous_commit").fetchone()
            with recorder.writing(Clock()) as session:
                assert isinstance(session, PostgresSession)
                within = session._cursor.execute("SHOW synchronous_commit").fetchone()

    assert (outside, within) == ({"synchronous_commit": meanwhile}, (holds,))


def test_nothing_is_acknowledged_while_the_server_writes_without_fsync(postgres: Server, url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        with (
            postgres.setting("fsync", "off"),
            pytest.raises(LedgerUnavailable, match=r"PostgreSQL's fsync is off.*set it to on\); nothing was stored"),
        ):
            do(ledger, create("c1"))
        assert do(ledger, create("c2")) == "c2"

        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c2"]


@pytest.mark.parametrize("url", ["postgresql://ada:s3cret@host/%zz", "postgresql://ada:s3cret@[/db", "host"])
def test_a_url_that_is_not_understood_is_not_shown(url: str) -> None:
    with pytest.raises(LedgerUnusable, match="DIALTRAIL_DATABASE_URL is not understood; it looks like") as refused:
        open_ledger(url)
    assert "s3cret" not in str(refused.value)


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="DIALTRAIL_DATABASE_URL: the database cannot be reached") as refused:
        open_ledger(f"postgresql://ada:s3cret@/db?host={tmp_path}")
    assert "s3cret" not in str(refused.value)


def test_what_else_the_url_says_reaches_every_connection(url: str) -> None:
    with closing(open_ledger(make_conninfo(url, application_name="dialtrail-test"))) as ledger:
        with recorder_of(ledger).datastore.get_connection() as connection:
            row = connection.execute("SHOW application_name").fetchone()
        assert row == {"application_name": "dialtrail-test"}


def test_functions_that_insert_without_the_lock_are_refused(url: str) -> None:
    parameters = conninfo_to_dict(url)
    env = {f"POSTGRES_{n.upper()}": str(parameters.get(n) or "") for n in ("dbname", "host", "user", "password")}
    with pytest.raises(LedgerUnusable, match="POSTGRES_ENABLE_DB_FUNCTIONS inserts without the table's lock"):
        PostgresFactory({**env, "POSTGRES_ENABLE_DB_FUNCTIONS": "y"})


def test_no_function_is_made_in_the_database(postgres: Server, url: str) -> None:
    open_ledger(url).close()
    with psycopg.connect(url) as connection:
        made = connection.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'es\\_%'").fetchall()
    assert made == []


def test_what_was_rolled_back_leaves_a_gap_that_readers_do_not_mind(url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        recorder = recorder_of(ledger)
        with pytest.raises(ZeroDivisionError), recorder.writing(Clock()) as session:
            lose(session.append([("call:1", 1, "call.created", b"{}")]))
        do(ledger, create("c1"))

        assert [r.position for r in feed(ledger)] == [1, 3]
        assert [r.position for r in ledger.read_feed(2, 1)] == [3]


def test_the_table_is_locked_before_a_command_reads_and_readers_go_on(url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        with recorder_of(ledger).writing(Clock()), psycopg.connect(url) as other:
            modes = other.execute("SELECT mode FROM pg_locks WHERE mode='ExclusiveLock' AND relation IS NOT NULL")
            assert modes.fetchall() == [("ExclusiveLock",)]
            assert other.execute("SELECT count(*) FROM ledger_events").fetchone() == (1,)
            other.execute("SET lock_timeout='50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("INSERT INTO ledger_events VALUES ('call:1', 1, 'call.created', '{}')")


def test_a_lock_that_cannot_be_had_in_time_is_an_error_and_the_next_commit_works(url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        sql = recorder_of(ledger)._sql
        sql.begin = SQL(sql.begin.as_string().replace("'15s'", "'50ms'"))  # type: ignore[assignment]
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE ledger_events IN EXCLUSIVE MODE")
            with pytest.raises(LedgerUnavailable, match=r"lock timeout.*nothing was stored"):
                do(ledger, create("c0"))

        assert outcome(ask(ledger, create("c0"))) == CommandOutcome("c0", 1)


def test_those_who_listen_hear_of_a_commit(url: str) -> None:
    with closing(open_ledger(url)) as ledger, psycopg.connect(url, autocommit=True) as other:
        other.execute("LISTEN ledger_events")
        do(ledger, create("c0"))

        assert [n.channel for n in other.notifies(timeout=WAIT_SECONDS_MAX, stop_after=1)] == ["ledger_events"]


def lose(positions: object) -> None:
    """Fail after the insert."""
    raise ZeroDivisionError(positions)
