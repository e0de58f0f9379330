"""When an alert is raised and when it is over: each once, however often what it tells of comes and goes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

RAISED_AFTER = timedelta(minutes=1)
"""So long it has to hold without a break."""
OVER_AFTER = timedelta(minutes=3)
"""So long it has to be gone without a break."""


class Condition(Struct, frozen=True, kw_only=True):
    """Something that needs somebody. `key` is the same for as long as it lasts, `since` where that is known."""

    key: str
    need: str
    campaign_id: str | None
    since: datetime | None
    says: str
    what_to_do: str


class Alert(Struct, frozen=True, kw_only=True):
    """A condition as it was seen last. `raised_at` is None as long as nobody was told, `gone_at` as long as it holds."""

    condition: Condition
    seen_at: datetime
    raised_at: datetime | None = None
    gone_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Since when it holds, as far as is known."""
        return self.condition.since or self.seen_at


class AlertChange(Struct, frozen=True):
    """Somebody is to be told: it was raised, or is over."""

    kind: Literal["raised", "over"]
    alert: Alert


def looked(
    known: Mapping[str, Alert], seen: Sequence[Condition], unknown: Collection[str], now: datetime
) -> tuple[dict[str, Alert], list[AlertChange]]:
    """The alerts after another look, by key, and what is to be told.

    Of `unknown` needs nothing could be said: what was known of them stays as it was.
    """
    holds = {one.key: one for one in seen}
    after: dict[str, Alert] = {}
    changes: list[AlertChange] = []
    for key, condition in holds.items():
        before = known.get(key)
        alert = _holding(before, condition, now)
        if alert.raised_at is None and now - alert.seen_at >= RAISED_AFTER:
            alert = replace(alert, raised_at=now)
            changes.append(AlertChange("raised", alert))
        after[key] = alert
    for key, before in known.items():
        if key in holds:
            continue
        gone = before if before.condition.need in unknown else _going(before, now)
        if gone is not None and gone.over_at is not None:
            changes.append(AlertChange("over", gone))
        elif gone is not None:
            after[key] = gone
    return after, changes


def _holding(before: Alert | None, condition: Condition, now: datetime) -> Alert:
    if before is None:
        return Alert(condition=condition, seen_at=now)
    # A clock that was set back does not make anybody wait for the time in between.
    return replace(before, condition=condition, seen_at=min(before.seen_at, now), gone_at=None)


def _going(before: Alert, now: datetime) -> Alert | None:
    """One that does not hold now; None where nobody was told of it."""
    if before.raised_at is None:
        return None
    gone_at = now if before.gone_at is None else min(before.gone_at, now)
    over_at = now if now - gone_at >= OVER_AFTER else None
    return replace(before, gone_at=gone_at, over_at=over_at)
