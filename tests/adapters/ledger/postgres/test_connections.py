"""ServerConnections to the ledger's server: had at once or not at all, and given up where the server says nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from adapters.ledger import Ledger
from adapters.ledger.postgres import connections
from adapters.ledger.postgres.connections import ServerConnection, ServerConnections
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.line import Line
from tests.adapters.ledger.postgres_ledger import open_ledger, recorder_of
from tests.adapters.ledger.stage import create, do, feed, until
from tests.journeys.wires import Wire, Wires, through

OUTAGE_TRIES = 5


class Stub:
    """A connection to nothing."""

    def __init__(self) -> None:
        self.closed = False
        self.silent_seconds_max: float | None = None
        self.info: Any = self
        self.transaction_status = TransactionStatus.IDLE

    def close(self) -> None:
        self.closed = True


class Stock:
    """ServerConnections to nothing, with a clock that stands."""

    def __init__(self) -> None:
        self.made: list[Stub] = []
        self.now = 0.0
        self.connections = ServerConnections(self._connect, lambda: self.now)

    def _connect(self) -> Any:
        self.made.append(Stub())
        return self.made[-1]

    def use(self, at_once: int) -> list[Any]:
        """Have so many, and put them back."""
        with ExitStack() as stack:
            return [stack.enter_context(self.connections.connection()) for _ in range(at_once)]


def test_one_that_was_put_back_is_the_next_ones() -> None:
    stock = Stock()
    assert stock.use(1) == stock.use(1)
    assert len(stock.made) == 1
    stock.use(3)
    assert len(stock.made) == 3
    assert not any(one.closed for one in stock.made)


def test_where_one_is_found_broken_none_of_those_that_were_kept_is_given_to_anybody() -> None:
    stock = Stock()
    stock.use(3)
    with stock.connections.connection() as line:
        line.close()
    assert all(one.closed for one in stock.made)
    [fresh] = stock.use(1)
    assert not fresh.closed


def test_one_in_a_transaction_is_not_kept() -> None:
    stock = Stock()
    stock.use(2)
    with stock.connections.connection() as line:
        line.info.transaction_status = TransactionStatus.INTRANS  # type: ignore[misc]
    assert line.closed
    assert [one.closed for one in stock.made].count(True) == 1


def test_so_many_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "FREE_SECONDS_MAX", 0.01)
    stock = Stock()
    with ExitStack() as stack:
        for _ in range(connections.LINES_MAX):
            stack.enter_context(stock.connections.connection())
        with pytest.raises(psycopg.OperationalError, match="all 16 connections to the database have been in use for"):
            stock.use(1)
    assert len(stock.use(connections.LINES_MAX)) == connections.LINES_MAX


def test_one_that_cannot_be_made_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    stock = Stock()

    def refused() -> Any:
        raise psycopg.OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(stock.connections, "_connect", refused)
        for _ in range(connections.LINES_MAX + 1):
            with pytest.raises(psycopg.OperationalError, match="connection refused"):
                stock.use(1)
    assert len(stock.use(connections.LINES_MAX)) == connections.LINES_MAX


def test_those_that_nobody_has_needed_for_long_are_closed_one_by_one() -> None:
    stock = Stock()
    stock.use(5)
    stock.now = connections.KEPT_SECONDS_MAX + 1
    for _ in range(5):
        stock.use(1)
    assert [one.closed for one in stock.made].count(False) == connections.KEPT_MIN


def test_once_closed_there_are_none() -> None:
    stock = Stock()
    with stock.connections.connection() as line:
        stock.use(1)
        stock.connections.close()
        assert not line.closed
    assert all(one.closed for one in stock.made)
    with pytest.raises(psycopg.OperationalError, match="the ledger is closed"):
        stock.use(1)


def test_during_an_outage_each_hears_at_once_why_and_the_first_one_after_it_is_stored(url: str) -> None:
    with TemporaryDirectory(prefix="line") as folder, closing(Line(url, Path(folder))) as line:
        server = f"{conninfo_to_dict(url)['host']}/.s.PGSQL.5432"
        with closing(open_ledger(line.url)) as ledger:
            do(ledger, create("c0"))
            line.go_down()
            for _ in range(OUTAGE_TRIES):
                with pytest.raises(LedgerUnavailable, match="connection"):
                    do(ledger, create("c1"))
                with pytest.raises(LedgerUnavailable, match="connection"):
                    feed(ledger)
            line.come_back(server)
            assert do(ledger, create("c1")) == "c1"
            assert len(feed(ledger)) == 2


def test_who_waited_for_nothing_tells_others_so_for_as_long_or_until_somebody_has_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stock, tries = Stock(), []

    def silent() -> Any:
        tries.append(stock.now)
        stock.now += 4
        raise psycopg.OperationalError("timeout expired")

    with stock.connections.connection(), monkeypatch.context() as patch:
        patch.setattr(stock.connections, "_connect", silent)
        for at in (None, None, 8.0, None):
            stock.now = stock.now if at is None else at
            with pytest.raises(psycopg.OperationalError, match="timeout expired"):
                stock.use(1)
        assert tries == [0, 8]
    assert len(stock.use(2)) == 2


@pytest.fixture
def wire(url: str) -> Iterator[Wire]:
    with Wires() as wires:
        yield wires.to(f"{conninfo_to_dict(url)['host']}/.s.PGSQL.5432")


def is_stored(ledger: Ledger, name: str) -> bool:
    """Whether a campaign can be created just now."""
    try:
        return bool(do(ledger, create(name)) == name)
    except LedgerUnavailable:
        return False


def test_a_line_on_which_nothing_comes_is_closed(url: str, wire: Wire) -> None:
    with closing(ServerConnection.connect(through(wire, url), autocommit=True)) as line:
        line.silent_seconds_max = 30.0
        assert line.execute("SELECT 1").fetchone() is not None
        wire.freeze()
        line.silent_seconds_max = 0.2
        with pytest.raises(psycopg.OperationalError, match=r"the server has said nothing for 0\.2 s"):
            line.execute("SELECT 1")
        assert line.closed


def test_who_waits_for_a_lock_waits_on_while_the_server_answers_others(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_ledger(url)) as ledger, psycopg.connect(url) as other:
        do(ledger, create("c0"))
        asked: list[int] = []

        def is_there() -> bool:
            asked.append(1)
            if len(asked) == 2:
                other.rollback()
            return True

        other.execute("LOCK TABLE ledger_events IN EXCLUSIVE MODE")
        with monkeypatch.context() as patch:
            patch.setattr(recorder_of(ledger).datastore.pool, "silent_seconds_max", 1.0)
            patch.setattr(ServerConnection, "is_there", property(lambda _: is_there, lambda *_: None))
            assert do(ledger, create("c1")) == "c1"
        assert len(asked) >= 2


def test_a_server_that_takes_everything_and_says_nothing_is_an_error_in_time_and_all_goes_on_by_itself(
    url: str, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_ledger(through(wire, url))) as ledger:
        do(ledger, create("c0"))
        wire.freeze()
        with monkeypatch.context() as patch:
            patch.setattr(recorder_of(ledger).datastore.pool, "silent_seconds_max", 0.2)
            for _ in range(OUTAGE_TRIES):
                with pytest.raises(LedgerUnavailable, match=r"(said nothing|timeout).*nothing was stored"):
                    do(ledger, create("c1"))
        wire.mend()
        until(lambda: is_stored(ledger, "c2"))
        assert [one.stream for one in feed(ledger)] == ["campaign:c0", "campaign:c2"]
