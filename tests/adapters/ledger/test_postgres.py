import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresDatastore,
    PostgresProcessRecorder,
    PostgresTrackingRecorder,
)
from eventsourcing.tests import persistence as conformance
from eventsourcing.utils import Environment, get_topic
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.ledger import Ledger
from adapters.ledger.postgres import PostgresFactory, PostgresRecorder, open_postgres_ledger
from adapters.ledger.writer import CommandOutcome
from domain.errors import LedgerUnavailable, LedgerUnusable
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.postgres_tracking import OtherTrackingRecorder
from tests.adapters.ledger.stage import (
    KEY,
    WAIT_SECONDS_MAX,
    Clock,
    ask,
    create,
    do,
    event_ids,
    feed,
    gathering,
    in_thread,
    outcome,
)

COMMIT = b"COMMIT\0"


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


def open_ledger(url: str) -> Ledger:
    return open_postgres_ledger(url, clock=Clock(), new_event_id=event_ids(), new_key=lambda _: KEY)


def recorder_of(ledger: Ledger) -> PostgresRecorder:
    recorder = ledger._recorder
    assert isinstance(recorder, PostgresRecorder)
    return recorder


class PostgresRecorderCase(conformance.RecorderTestCase):
    numbers = iter(range(10**9))

    @pytest.fixture(autouse=True)
    def _database(self, postgres: Server) -> None:
        self.parameters = conninfo_to_dict(postgres.new_database())

    def new_originator_id(self) -> str:
        return f"call:{next(self.numbers)}"

    def create_recorder(self) -> PostgresRecorder:
        datastore = PostgresDatastore(
            dbname=str(self.parameters["dbname"]),
            host=str(self.parameters["host"]),
            port="5432",
            user=str(self.parameters["user"]),
            password="",
            pool_size=3,
            max_overflow=12,
            connect_timeout=30,
            originator_id_type="text",
        )
        self.addCleanup(datastore.close)
        recorder = PostgresRecorder(datastore)
        recorder.create_table()
        return recorder


class TestTheLibrarysApplicationRecorder(PostgresRecorderCase, conformance.ApplicationRecorderTestCase[Any]):
    """The library's own cases, on ours."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTheLibrarysNonInterleavingPositions(PostgresRecorderCase, conformance.NonInterleavingNotificationIDsBaseCase):
    insert_num = 500


class TestTheLibrarysFactory(conformance.InfrastructureFactoryTestCase[Any]):
    """Ours makes our recorder, and the library's own where the ledger has none."""

    @pytest.fixture(autouse=True)
    def _environment(self, postgres: Server) -> None:
        parameters = conninfo_to_dict(postgres.new_database())
        self.env = Environment("Ledger")
        self.env[InfrastructureFactory.PERSISTENCE_MODULE] = get_topic(PostgresFactory)
        for name in ("dbname", "host", "user", "password"):
            self.env[f"POSTGRES_{name.upper()}"] = str(parameters.get(name) or "")
        self.env["ORIGINATOR_ID_TYPE"] = "text"

    def expected_factory_class(self) -> type[Any]:
        return PostgresFactory

    def expected_application_recorder_class(self) -> type[Any]:
        return PostgresRecorder

    def expected_aggregate_recorder_class(self) -> type[Any]:
        return PostgresAggregateRecorder

    def expected_tracking_recorder_class(self) -> type[Any]:
        return PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[Any]:
        return OtherTrackingRecorder

    def expected_process_recorder_class(self) -> type[Any]:
        return PostgresProcessRecorder


@pytest.fixture
def line(url: str) -> Iterator["Line"]:
    with TemporaryDirectory(prefix="line") as folder, closing(Line(url, Path(folder))) as line:
        yield line


def test_a_broken_line_during_a_commit_that_was_stored_is_a_success(line: "Line", url: str) -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        line.cut_at, line.forward_the_last = COMMIT, True

        assert do(ledger, create("c1")) == "c1"

        assert line.was_cut()
        assert ledger.position == 2
        assert do(ledger, create("c2")) == "c2"
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1", "campaign:c2"]


def test_a_broken_line_during_a_commit_that_was_not_stored_is_an_error(line: "Line") -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        with gathering(ledger):
            line.cut_at, line.forward_the_last = b"INSERT", False
            asked = [ask(ledger, create(f"c{n}")) for n in (1, 2)]

        errors = [outcome(a).error for a in asked]
        assert [type(e) for e in errors] == [LedgerUnavailable] * 2
        assert errors[0] is not errors[1]
        assert all("nothing was stored" in str(e) for e in errors)
        assert do(ledger, create("c1")) == "c1"
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1"]


def test_a_commit_that_never_reached_the_server_is_an_error(line: "Line") -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        line.cut_at, line.forward_the_last = COMMIT, False

        with pytest.raises(LedgerUnavailable, match="nothing was stored"):
            do(ledger, create("c1"))

        assert [r.stream for r in feed(ledger)] == ["campaign:c0"]


def test_where_the_server_cannot_be_asked_what_became_of_a_commit_nothing_is_claimed(line: "Line") -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        recorder_of(ledger).datastore.pool.timeout = 0.2
        line.cut_at, line.forward_the_last, line.is_down = COMMIT, True, True

        with pytest.raises(LedgerUnavailable, match="it may or may not have stored this"):
            do(ledger, create("c1"))

        line.is_down = False


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
            lose(session.append([StoredEvent("call:1", 1, "call.created", b"{}")]))
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
        recorder = recorder_of(ledger)
        recorder._lock = SQL(recorder._lock.as_string().replace("'15s'", "'50ms'"))  # type: ignore[assignment]
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


class Line:
    """A socket between a ledger and its server that is cut when a word comes by.

    With `forward_the_last` the word still reaches the server, and its answer is lost. While `is_down`, nobody gets
    through, and those who were are cut off with the first.
    """

    def __init__(self, url: str, folder: Path) -> None:
        host = Path(str(conninfo_to_dict(url)["host"]))
        self.url = make_conninfo(url, host=str(folder))
        self.cut_at: bytes | None = None
        self.forward_the_last = True
        self.is_down = False
        self._server = str(host / ".s.PGSQL.5432")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        self._open: list[socket.socket] = []
        self._threads = [in_thread(self._accept)]

    def was_cut(self) -> bool:
        """Whether the word came by."""
        return self.cut_at is None

    def close(self) -> None:
        """Hang up on all."""
        _hang_up(self._listening)
        self._cut_all()
        for thread in self._threads:
            thread.join(WAIT_SECONDS_MAX)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self.is_down:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._server)
            self._open += [near, far]
            lost: list[bool] = []
            self._threads += [
                in_thread(partial(self._to_server, near, far, lost)),
                in_thread(partial(self._to_client, near, far, lost)),
            ]

    def _to_server(self, near: socket.socket, far: socket.socket, lost: list[bool]) -> None:
        while data := _receive(near):
            if self.cut_at is not None and self.cut_at in data:
                self.cut_at = None
                lost.append(True)
                if not self.forward_the_last:
                    break
            _send(far, data)
        _hang_up(near, far)

    def _to_client(self, near: socket.socket, far: socket.socket, lost: list[bool]) -> None:
        while (data := _receive(far)) and not lost:
            _send(near, data)
        if self.is_down:
            self._cut_all()
        _hang_up(near, far)

    def _cut_all(self) -> None:
        _hang_up(*self._open)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 16)
    except OSError:
        return b""


def _send(target: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        target.sendall(data)


def _hang_up(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
