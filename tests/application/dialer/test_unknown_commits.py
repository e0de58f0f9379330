"""A ledger that is lost while an attempt is being started: whether it was stored or not, nobody is stranded by it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from adapters.ledger.recorder import Clock, CommitUnknown, WriteSession
from adapters.ledger.sqlite import SqliteRecorder
from adapters.ledger.sqlite.recorder import SqliteSession
from tests.application.dialer.stage import numbers, play, stage


class Losses:
    """Lets so many commits fail from the one on in which an attempt is started; that one is stored, or not, before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_stored: bool, commits: int) -> None:
        self.left = commits
        self._is_stored = is_stored
        self._has_begun = False
        writing, append = SqliteRecorder.writing, SqliteSession.append

        @contextmanager
        def failing(recorder: SqliteRecorder, clock: Clock) -> Iterator[WriteSession]:
            if self._has_begun and self.left:
                self.left -= 1
                raise OperationalError("no route to the database")
            with writing(recorder, clock) as session:
                yield session
                if self._has_begun and self.left and not self._is_stored:
                    self.left -= 1
                    raise OperationalError("the line broke")
            if self._has_begun and self.left:
                self.left -= 1
                raise CommitUnknown("the line broke")

        def looking(session: SqliteSession, events: Sequence[StoredEvent]) -> Sequence[int]:
            self._has_begun |= any(event.topic == "attempt.started" for event in events)
            return append(session, events)

        monkeypatch.setattr(SqliteRecorder, "writing", failing)
        monkeypatch.setattr(SqliteSession, "append", looking)


@pytest.mark.parametrize("commits", [1, 3])
@pytest.mark.parametrize("is_stored", [True, False])
def test_an_attempt_that_may_have_been_stored_is_abandoned_and_the_person_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stored: bool, commits: int
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0) as it:
            losses = Losses(monkeypatch, is_stored=is_stored, commits=commits)
            await it.campaign(numbers(1), at_once=1)
            await it.until("called", lambda: it.counts() == {"reached": 1})

            assert losses.left == 0
            assert len(it.events("attempt.abandoned")) == is_stored
            assert len(it.posts()) == 1
            assert it.dialer.trouble is None

    play(scenario)
