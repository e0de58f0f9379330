"""A view of which a bit turned: what it says of a person calls nobody, for the ledger itself is asked."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from application.commands.recipients import suppress_recipient
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import numbers, play, stage

AS_IF_QUEUED = (
    "UPDATE recipient_status SET (status, zone_key, reason, then_at, then_status) = (SELECT status, zone_key, reason, "
    "then_at, then_status FROM recipient_status WHERE status='queued') WHERE status='suppressed'"
)


def test_who_is_due_by_the_views_alone_is_not_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            suppressed, other = numbers(2)
            await it.campaign([suppressed, other], starts=False)
            stream = it.parts.ledger.recipient_stream(suppressed)
            await it.do(suppress_recipient(stream, suppressed, "test", None, None))
            assert it.counts() == {"suppressed": 1, "queued": 1}
            with closing(sqlite3.connect(tmp_path / "views.db", timeout=10)) as connection, connection:
                connection.execute(AS_IF_QUEUED)
                assert connection.total_changes == 1
            assert stream in it.parts.reads.due("spring", it.now(), 0, 10).streams

            await it.do(start_campaign("spring"))
            await it.until("the other one is called", lambda: bool(it.events("call.completed", "call.failed")))
            for _ in range(3):
                it.dialer._scheduler.tick(time.monotonic())
                await it.views()

            assert [one.stream for one in it.events("attempt.started")] == [it.parts.ledger.recipient_stream(other)]
            assert len(it.posts()) == 1

    play(scenario)
