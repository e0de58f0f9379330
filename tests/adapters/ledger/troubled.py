"""SQLite ledgers whose database fails on order, through the library's extension point for recorders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from eventsourcing.utils import get_topic

from adapters.ledger.key_tables import keys_of
from adapters.ledger.ledger import Ledger
from adapters.ledger.opened import open_ledger
from adapters.ledger.recorder import Clock as ReadClock
from adapters.ledger.recorder import WriteSession
from adapters.ledger.sqlite import SqliteFactory, SqliteRecorder
from tests.adapters.ledger.stage import KEY, SEALING, Clock, event_ids

Trouble = Callable[[], None]


class TroubledRecorder(SqliteRecorder):
    """Runs what stands in `before` and `after`, once each, when a commit begins and when all is decided and inserted."""

    before: list[Trouble]
    after: list[Trouble]

    def trouble_the_next_commit(self, *troubles: Trouble) -> None:
        """Run one of these at the end of each commit from the next one on, not of one that is under way."""
        self.before.append(lambda: self.after.extend(troubles))

    @contextmanager
    def writing(self, clock: ReadClock) -> Iterator[WriteSession]:
        if self.before:
            self.before.pop(0)()
        with super().writing(clock) as session:
            yield session
            if self.after:
                self.after.pop(0)()


def open_troubled(folder: Path) -> tuple[Ledger, TroubledRecorder]:
    """A ledger, and its recorder to give trouble to."""
    env = {
        "PERSISTENCE_MODULE": get_topic(SqliteFactory),
        "SQLITE_DBNAME": f"{(folder / 'ledger.db').as_uri()}?mode=rwc",
        "APPLICATION_RECORDER_TOPIC": get_topic(TroubledRecorder),
    }
    TroubledRecorder.before, TroubledRecorder.after = [], []
    ledger = open_ledger(
        env,
        clock=Clock(),
        new_event_id=event_ids(),
        new_key=lambda _: KEY,
        sealing=SEALING,
        keys=lambda: keys_of(folder, None, writes=True),
    )
    recorder = ledger._recorder
    assert isinstance(recorder, TroubledRecorder)
    recorder.before, recorder.after = [], []
    return ledger, recorder


def raising(error: Exception) -> Callable[[], NoReturn]:
    def fail_so() -> NoReturn:
        raise error

    return fail_so
