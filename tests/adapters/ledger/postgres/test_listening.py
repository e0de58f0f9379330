from queue import Empty, SimpleQueue
from threading import Semaphore
from time import monotonic

import psycopg
import pytest

from adapters.ledger.postgres import listening
from adapters.ledger.postgres.listening import CHANNEL, PostgresListening
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import WAIT_SECONDS_MAX

NOTIFY = f"NOTIFY {CHANNEL}"


def test_what_our_own_sessions_commit_is_nothing_to_look_for(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LOOK_SECONDS", WAIT_SECONDS_MAX)
    url = postgres.new_database()
    heard: SimpleQueue[None] = SimpleQueue()
    with psycopg.connect(url, autocommit=True) as own, psycopg.connect(url, autocommit=True) as anothers:
        line = PostgresListening(url)
        line.start(lambda: heard.put(None), [own.info.backend_pid])
        heard.get(timeout=WAIT_SECONDS_MAX)

        for _ in range(3):
            own.execute(NOTIFY)
        anothers.execute(NOTIFY)
        heard.get(timeout=WAIT_SECONDS_MAX)
        with pytest.raises(Empty):
            heard.get(block=False)
        line.stop()


def test_what_bears_the_number_of_a_session_of_ours_is_looked_for_all_the_same_before_long(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LOOK_SECONDS", 0.3)
    url = postgres.new_database()
    heard = Semaphore(0)
    with psycopg.connect(url, autocommit=True) as anothers:
        line = PostgresListening(url)
        line.start(heard.release, [anothers.info.backend_pid])
        # It is never silent for as long as that.
        until = monotonic() + WAIT_SECONDS_MAX
        found = 0
        while found < 3 and monotonic() < until:
            anothers.execute(NOTIFY)
            found += heard.acquire(timeout=0.01)
        line.stop()
    assert found == 3
