"""A ledger that is lost while an attempt is being started: whether it was stored or not, nobody is stranded by it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from eventsourcing.persistence import OperationalError

from adapters.ledger.recorder import Clock, CommitUnknown, NewRow, WriteSession
from adapters.ledger.sqlite import SqliteRecorder
from adapters.ledger.sqlite.recorder import SqliteSession
from tests.adapters.ledger.line import COMMIT, Line
from tests.adapters.ledger.postgres_server import Server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import BY, WAIT_SECONDS_MAX, numbers, play, stage


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in other threads; fails after WAIT_SECONDS_MAX."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 - they set no event for it
            await asyncio.sleep(0.01)


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

        def looking(session: SqliteSession, rows: Sequence[NewRow]) -> Sequence[int]:
            self._has_begun |= any(name == "attempt.started" for _, _, name, _ in rows)
            return append(session, rows)

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


@pytest.mark.parametrize(
    ("is_stored", "goes_down", "taken_back"),
    [
        (True, True, 1),  # nobody can be asked what became of it
        (False, True, 0),
        (True, False, 0),  # the server says that it has it, and the attempt goes on
        (False, False, 0),
    ],
)
def test_postgresql_that_is_cut_after_the_commit_of_an_attempt_strands_nobody_and_calls_nobody_twice(
    tmp_path: Path, postgres: Server, is_stored: bool, goes_down: bool, taken_back: int
) -> None:
    async def scenario(line: Line) -> None:
        async with stage(tmp_path, database_url=line.url, answer_rate=1.0) as it:
            await it.campaign(numbers(1), at_once=1, starts=False)
            line.forward_the_last, line.goes_down = is_stored, goes_down
            line.after, line.cut_at = b"attempt.started", COMMIT
            await it.parts.ledger.execute(start_campaign("spring"), lane="commands", metadata=BY)
            await until(line.was_cut)
            if goes_down:
                # That it may or may not have stored this is said until the next commit fails, a moment later.
                await until(lambda: it.parts.ledger._writer.trouble is not None)
            line.is_down = False
            await it.until("called", lambda: it.counts() == {"reached": 1})

            whys: list[Any] = [one.event for one in it.events("attempt.abandoned")]
            assert sum("the database was lost" in one.why for one in whys) == taken_back
            assert len(it.posts()) == 1
            assert it.parts.in_flight.attempts.started == {}

    with TemporaryDirectory(prefix="line") as folder, closing(Line(postgres.new_database(), Path(folder))) as line:
        play(lambda: scenario(line))
