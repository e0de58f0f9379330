"""What was acknowledged is there after a server that was stopped as a machine without power stops it."""

from contextlib import closing

import pytest

from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import running
from tests.adapters.ledger.stage import create, do, feed

CAMPAIGNS = 20
LATER_MS = 10_000


@pytest.mark.timeout(180)
def test_what_was_acknowledged_after_synchronous_commit_was_turned_off_is_there_after_a_crash() -> None:
    with running() as server:
        url = server.new_database()
        with closing(open_ledger(url)) as ledger:
            do(ledger, create("before"))
            with (
                server.setting("synchronous_commit", "off"),
                server.setting("wal_writer_delay", f"{LATER_MS // 1000}s", usual="200ms"),
            ):
                for number in range(CAMPAIGNS):
                    do(ledger, create(f"campaign_{number}"))
                server.crash()

        with closing(open_ledger(url)) as ledger:
            streams = [recorded.stream for recorded in feed(ledger)]
        assert streams == ["campaign:before", *(f"campaign:campaign_{number}" for number in range(CAMPAIGNS))]
