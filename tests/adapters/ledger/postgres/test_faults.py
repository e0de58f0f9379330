"""What goes wrong with a server: nothing is acknowledged that is not stored, and all goes on by itself."""

from contextlib import closing
from threading import Event

import psycopg
import pytest

from adapters.ledger import Ledger
from adapters.ledger.postgres import opening
from adapters.ledger.transaction import Transaction
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX, create, do, feed, in_thread

AT_LEAST = 5
STANDS_STILL = "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND state='idle in transaction'"


class Ingest:
    """Writes one after the other in a thread of its own, until told to stop; what was acknowledged, and what failed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stops = Event()
        self.acknowledged: list[str] = []
        self.failed: list[LedgerUnavailable] = []
        self._thread = in_thread(self._run)

    def _run(self) -> None:
        n = 0
        while not self._stops.is_set():
            n += 1
            try:
                self.acknowledged.append(do(self._ledger, create(f"c{n}")))
            except LedgerUnavailable as error:
                self.failed.append(error)
                self._stops.wait(0.05)

    def wait_for_more(self) -> None:
        """Until some more are acknowledged."""
        wanted = len(self.acknowledged) + AT_LEAST
        for _ in range(int(WAIT_SECONDS_MAX * 100)):
            if len(self.acknowledged) >= wanted:
                return
            self._stops.wait(0.01)
        raise AssertionError(f"nothing is stored any more: {self.failed[-1:]}")

    def stop(self) -> None:
        """Write no more."""
        self._stops.set()
        self._thread.join(WAIT_SECONDS_MAX)


@pytest.mark.timeout(180)
def test_a_server_that_is_restarted_at_once_during_ingest_loses_nothing_that_was_acknowledged(
    postgres: Server, url: str
) -> None:
    with closing(open_ledger(url)) as ledger:
        ingest = Ingest(ledger)
        ingest.wait_for_more()
        postgres.crash()
        ingest.wait_for_more()
        ingest.stop()
        assert ledger.went_back is None
        for _ in range(int(WAIT_SECONDS_MAX * 100)):
            if ledger.trouble is None:  # who listens has its line again a moment later
                break
            Event().wait(0.01)
        assert ledger.trouble is None
        stored = [one.stream.removeprefix("campaign:") for one in feed(ledger)]

    assert len(stored) == len(set(stored))
    assert set(ingest.acknowledged) <= set(stored)


@pytest.mark.parametrize(("code", "said"), [("40001", "could not serialize"), ("40P01", "deadlock detected")])
def test_a_transaction_that_the_server_gives_up_is_an_error_and_the_next_is_stored(
    url: str, code: str, said: str
) -> None:
    with closing(open_ledger(url)) as ledger, psycopg.connect(url, autocommit=True) as administrator:
        do(ledger, create("c0"))
        administrator.execute(
            "CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = '{code}'; END $$"
        )
        administrator.execute(
            "CREATE TRIGGER gives_up BEFORE INSERT ON ledger_events FOR EACH ROW EXECUTE FUNCTION give_up()"
        )
        with pytest.raises(LedgerUnavailable, match=rf"(?s){said}.*nothing was stored"):
            do(ledger, create("c1"))
        assert said in (ledger.trouble or "")

        administrator.execute("DROP TRIGGER gives_up ON ledger_events")
        assert do(ledger, create("c1")) == "c1"
        assert ledger.trouble is None
        assert [one.stream for one in feed(ledger)] == ["campaign:c0", "campaign:c1"]


def test_the_server_ends_the_session_of_a_writer_that_stands_still_and_the_writer_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "IDLE_IN_TRANSACTION_SECONDS_MAX", 1)
    with closing(open_ledger(url)) as ledger, psycopg.connect(url, autocommit=True) as administrator:
        do(ledger, create("c0"))

        def stands_still(transaction: Transaction) -> None:
            create("c1")(transaction)
            for _ in range(int(WAIT_SECONDS_MAX * 100)):
                if administrator.execute(STANDS_STILL).fetchone() == (0,):
                    return
                Event().wait(0.01)

        with pytest.raises(LedgerUnavailable, match="nothing was stored"):
            do(ledger, stands_still)
        assert do(ledger, create("c2")) == "c2"
        assert [one.stream for one in feed(ledger)] == ["campaign:c0", "campaign:c2"]
