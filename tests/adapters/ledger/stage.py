"""What the ledger's tests share: a clock, commands, and a way to let several commands gather for one commit."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from adapters.ledger import Lane, Ledger, Sealing, open_sqlite_ledger
from adapters.ledger.ticket import CommandOutcome, Ticket
from adapters.ledger.transaction import Transaction
from domain import campaign, recipient
from domain.errors import NotFound
from domain.events import Recorded
from domain.identity import campaign_stream

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
WAIT_SECONDS_MAX = 60.0
BY = {"by": "test"}
PLAN = campaign.Plan(caller_number="+15550100001")
NUMBER = "+15550100042"
KEY = bytes(range(32))
# With DIALTRAIL_TEST_SEALED=1 all ledgers that tests begin are sealed ones.
SEALING = Sealing(new_bytes=secrets.token_bytes, begins=bool(os.environ.get("DIALTRAIL_TEST_SEALED")))  # noqa: TID251 - a setting of the tests themselves


class Clock:
    """Says what it is told to say."""

    def __init__(self, now: datetime = T0) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def event_ids() -> Callable[[], str]:
    """Ids in order."""
    numbers = count(1)
    return lambda: f"event-{next(numbers)}"


def open_ledger(folder: Path, clock: Callable[[], datetime] | None = None) -> Ledger:
    """A SQLite ledger in a folder."""
    return open_sqlite_ledger(
        folder, clock=clock or Clock(), new_event_id=event_ids(), new_key=lambda _: KEY, sealing=SEALING
    )


def create(campaign_id: str, plan: campaign.Plan = PLAN) -> Callable[[Transaction], str]:
    """A command that creates a campaign, or finds that it exists."""

    def decide(transaction: Transaction) -> str:
        state = transaction.campaign(campaign_id)
        transaction.append(campaign_stream(campaign_id), campaign.create(state, campaign_id, plan))
        return campaign_id

    return decide


def start(campaign_id: str) -> Callable[[Transaction], str]:
    """A command that starts a campaign which must exist."""

    def decide(transaction: Transaction) -> str:
        state = campaign.existing(transaction.campaign(campaign_id), campaign_id)
        transaction.append(campaign_stream(campaign_id), campaign.start(state))
        return state.phase

    return decide


def enroll(stream: str, campaign_id: str, number: str = NUMBER) -> Callable[[Transaction], int]:
    """A command that enrols a person; gives the number of campaigns that they are in."""

    def decide(transaction: Transaction) -> int:
        state = transaction.recipient(stream)
        transaction.append(stream, recipient.enroll(state, campaign_id, number))
        return len(transaction.recipient(stream).enrollments)

    return decide


def fail(message: str) -> Callable[[Transaction], str]:
    """A command that decides on an event, and fails then."""

    def decide(transaction: Transaction) -> str:
        create("lost")(transaction)
        raise NotFound(message)

    return decide


def do(ledger: Ledger, decide: Callable[[Transaction], Any], lane: Lane = "commands") -> Any:
    """A command's result, once it is on disk."""
    return ledger.execute_and_wait(decide, lane=lane, metadata=BY).result


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(int(WAIT_SECONDS_MAX * 100)):
        if condition():
            return
        Event().wait(0.01)
    raise AssertionError("it did not come")


def ask(ledger: Ledger, decide: Callable[[Transaction], Any], lane: Lane = "commands") -> "Future[CommandOutcome]":
    """Queue a command without waiting for it."""
    future: Future[CommandOutcome] = Future()
    ledger._writer.submit(lane, Ticket(decide, BY, _wake, future))
    return future


def outcome(future: "Future[CommandOutcome]") -> CommandOutcome:
    """What became of a queued command."""
    return future.result(WAIT_SECONDS_MAX)


@contextmanager
def gathering(ledger: Ledger) -> Iterator[None]:
    """Hold the writer with a command of its own; what is queued meanwhile goes into the commits after it."""
    held, release = Event(), Event()

    def hold(_: Transaction) -> None:
        held.set()
        assert release.wait(WAIT_SECONDS_MAX)

    holding = ask(ledger, hold, "answers")
    assert held.wait(WAIT_SECONDS_MAX)
    try:
        yield
    finally:
        release.set()
        outcome(holding)


def in_thread(run: Callable[[], None]) -> Thread:
    """A thread that has begun to run it."""
    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def feed(ledger: Ledger) -> list[Recorded]:
    """The whole ledger."""
    return list(ledger.replay())


def names(recorded: Sequence[Recorded]) -> list[str]:
    """What happened, in order."""
    return [r.name for r in recorded]


def _wake(woken: Sequence[tuple["Future[CommandOutcome]", CommandOutcome]]) -> None:
    for future, result in woken:
        future.set_result(result)


def wait_for(condition: Callable[[], bool]) -> None:
    """Look until it holds: the writer's thread tells nobody, not even that its trouble is over."""
    waited = Event()
    for _ in range(int(WAIT_SECONDS_MAX * 1000)):
        if condition():
            return
        waited.wait(0.001)
    raise AssertionError("it did not come to hold")
