"""A server that lacks what was stored, as a standby that was promoted without the last commits."""

from contextlib import closing

import psycopg
import pytest

from adapters.ledger import Ledger
from domain.errors import LedgerUnavailable
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import create, do, feed, until


def at_the_moment(ledger: Ledger) -> None:
    """Have a line again, after it was cut for that moment."""
    until(lambda: _is_stored(ledger))


def _is_stored(ledger: Ledger) -> bool:
    try:
        do(ledger, create("after"))
    except LedgerUnavailable:
        return False
    return True


def said_of(ledger: Ledger) -> str:
    """Why nothing can be written; empty where it can."""
    try:
        do(ledger, create("c1"))
    except LedgerUnavailable as error:
        return str(error)
    return ""


def test_what_was_stored_and_is_not_there_any_more_is_noticed_and_nothing_is_read_or_written(
    postgres: Server, url: str
) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        kept = postgres.moment(url)
        at_the_moment(ledger)
        known = ledger.last_event()
        postgres.go_back(url, kept)

        until(lambda: ledger.went_back is not None)
        with pytest.raises(LedgerUnavailable, match="lacks the event at position 2, which was stored"):
            do(ledger, create("c1"))
        with pytest.raises(LedgerUnavailable, match="lacks the event at position 2"):
            ledger.read_stream("campaign:c0")
        assert known[0] == 2
        assert ledger.went_back == known
        assert "this process begins anew" in (ledger.trouble or "")

    with closing(open_ledger(url)) as anew:
        assert do(anew, create("c1")) == "c1"
        assert [(one.position, one.stream) for one in feed(anew)] == [(1, "campaign:c0"), (2, "campaign:c1")]
        assert anew.went_back is None


def test_others_have_written_past_it_meanwhile(postgres: Server, url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        kept = postgres.moment(url)
        at_the_moment(ledger)
        postgres.go_back(url, kept)
        with closing(open_ledger(url)) as other:
            for n in range(5):
                do(other, create(f"other{n}"))
            until(lambda: ledger.went_back is not None)
            with pytest.raises(LedgerUnavailable, match="lacks the event at position 2"):
                do(ledger, create("c1"))
            assert len(feed(other)) == 6


def test_who_only_follows_finds_it_out_by_itself(postgres: Server, url: str) -> None:
    with closing(open_ledger(url)) as follows:
        with closing(open_ledger(url)) as writes:
            do(writes, create("c0"))
            kept = postgres.moment(url)
            at_the_moment(writes)
            do(writes, create("c1"))
            until(lambda: follows.position == 3)
        postgres.go_back(url, kept)
        until(lambda: follows.went_back is not None)
        assert follows.went_back is not None
        assert follows.went_back[0] == 3


def test_a_server_that_lacks_nothing_is_gone_on_with(postgres: Server, url: str) -> None:
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        postgres.go_back(url, postgres.moment(url))
        at_the_moment(ledger)
        assert (ledger.went_back, ledger.position) == (None, 2)


def test_a_database_that_was_emptied_is_waited_for(postgres: Server, url: str) -> None:
    """Its backup may be on its way: nothing is begun anew in tables that somebody fills."""
    with closing(open_ledger(url)) as ledger:
        do(ledger, create("c0"))
        kept = postgres.moment(url)
        with psycopg.connect(postgres.url(kept), autocommit=True) as connection:
            connection.execute("TRUNCATE ledger_events")
        postgres.go_back(url, kept)
        until(lambda: "put the ledger back" in said_of(ledger))
        assert ledger.went_back is None
