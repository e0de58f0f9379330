"""What lies in the outbox: where a subscription stands, its letters, and what was tried."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct


class OldSecret(Struct, frozen=True):
    """A secret that signs beside the newer one until an instant."""

    text: str
    until: datetime

    def __repr__(self) -> str:
        return f"OldSecret(until={self.until})"


class SubscriberPlace(Struct, frozen=True, kw_only=True):
    """Where a subscription stands: all events up to `position` are delivered, wait as letters, or were given up.

    `event_id` is that of the event at the position, by which another ledger is noticed. Up to `reached` it was delivered
    before a replay. `failing_since` is None while deliveries succeed; `failing_last` what the last one came to. `old_secrets`
    are the newest first. `changes` is how often something of it was changed by another than who sends it, or another
    began to send it, where that may be another server.
    """

    subscription_id: str
    secret: str
    position: int
    event_id: str
    reached: int = 0
    failing_since: datetime | None = None
    failing_last: str | None = None
    old_secrets: tuple[OldSecret, ...] = ()
    changes: int = 0

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Those that sign now, the newest first."""
        return (self.secret, *(old.text for old in self.old_secrets if now < old.until))

    def __repr__(self) -> str:
        return f"SubscriberPlace({self.subscription_id!r}, position={self.position})"


class Letter(Struct, kw_only=True):
    """A delivery: the `nth` of those about the event at `position`, in the `lane` in which order is kept.

    `again` where what is newer may have been delivered already. `dead_at` is when it was given up. What it says is of a
    `kind`, in a `stream`, and of a campaign where it is an outcome; all three are None where an older outbox kept it.
    `body` and `event_id` are there where no event of the ledger has what it says.
    """

    position: int
    nth: int
    lane: str
    again: bool = False
    tries: int = 0
    first_at: datetime | None = None
    next_at: datetime | None = None
    dead_at: datetime | None = None
    status: int | None = None
    why: str | None = None
    kind: str | None = None
    stream: str | None = None
    campaign_id: str | None = None
    event_id: str | None = None
    body: bytes | None = None

    @property
    def key(self) -> tuple[int, int]:
        """What it is known by in its subscription."""
        return self.position, self.nth


class Try(Struct, frozen=True, kw_only=True):
    """One request and what came of it: the answer's status and first bytes, or why there was none. `request` has no signature."""

    position: int
    nth: int
    at: datetime
    seconds: float
    status: int | None
    why: str | None
    request: str
    answer: bytes


LETTER_COLUMNS = (
    "subscription, position, nth, lane, again, tries, first_at, next_at, dead_at, status, why, kind, stream, campaign, "
    "event_id, body"
)


PLACE_COLUMNS = "subscription, secret, position, event_id, reached, failing_since, failing_last, old_secrets"
TRY_COLUMNS = "subscription, position, nth, at, seconds, status, why, request, answer"


def place_row_of(place: SubscriberPlace) -> tuple[object, ...]:
    """A place's row, in the order of PLACE_COLUMNS."""
    old = msgspec.json.encode(place.old_secrets).decode() if place.old_secrets else None
    stands = (place.subscription_id, place.secret, place.position, place.event_id, place.reached)
    return (*stands, seconds_of(place.failing_since), place.failing_last, old)


def row_of(subscription_id: str, letter: Letter) -> tuple[object, ...]:
    """A letter's row, in the order of LETTER_COLUMNS."""
    times = (seconds_of(letter.first_at), seconds_of(letter.next_at), seconds_of(letter.dead_at))
    tried = (int(letter.again), letter.tries, *times, letter.status, letter.why)
    says = (letter.kind, letter.stream, letter.campaign_id, letter.event_id, letter.body)
    return (subscription_id, *letter.key, letter.lane, *tried, *says)


def letter_of(row: Sequence[Any]) -> Letter:
    """A row's letter."""
    _, position, nth, lane, again, tries, first_at, next_at, dead_at, status, why, *says = row
    kind, stream, campaign, event_id, body = says
    return Letter(
        position=position,
        nth=nth,
        lane=lane,
        again=bool(again),
        tries=tries,
        first_at=_instant_or_none(first_at),
        next_at=_instant_or_none(next_at),
        dead_at=_instant_or_none(dead_at),
        status=status,
        why=why,
        kind=kind,
        stream=stream,
        campaign_id=campaign,
        event_id=event_id,
        body=body,
    )


def place_of(row: Sequence[Any]) -> SubscriberPlace:
    """A row's place."""
    name, secret, position, event_id, reached, since, last, old = row
    return SubscriberPlace(
        subscription_id=name,
        secret=secret,
        position=position,
        event_id=event_id,
        reached=reached,
        failing_since=_instant_or_none(since),
        failing_last=last,
        old_secrets=() if old is None else msgspec.json.decode(old, type=tuple[OldSecret, ...]),
    )


def seconds_of(at: datetime | None) -> float | None:
    """An instant as it is kept: unix seconds."""
    return None if at is None else at.timestamp()


def instant_of(seconds: float) -> datetime:
    """A kept instant, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _instant_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else instant_of(seconds)
