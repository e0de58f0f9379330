"""When a campaign may be through: so many calls a second, shared by all who may be called at that time, inside their hours."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from domain.dialing import campaign_clock_reasons, next_clock_opening, recipient_clock_reasons
from domain.instants import later
from domain.policy import Policy

STEP = timedelta(minutes=15)
STEPS_MAX = 3_000
LOOKS_MAX = 60_000


class PeopleWaiting(Struct, frozen=True):
    """So many who may be called from an instant on (UTC), as far as the clock lets them."""

    since: datetime
    people: int


def estimated_ends(
    waiting: Mapping[str, Sequence[PeopleWaiting]], policy: Policy, calls_per_second: float, now: datetime
) -> dict[str, datetime | None]:
    """For each zone key when the last of its people may have been called; None where that is never, or too far away to say.

    Looks at the clocks every quarter of an hour, for about a month of open hours at most. Second attempts are not in it.
    """
    total = {key: sum(one.people for one in some) for key, some in waiting.items()}
    called = dict.fromkeys(waiting, 0.0)
    ends: dict[str, datetime | None] = dict.fromkeys(waiting)
    left = {key for key, people in total.items() if people}
    at, looks = now.astimezone(UTC), 0
    for _ in range(STEPS_MAX):
        looks += len(left)
        if not left or looks > LOOKS_MAX:
            break
        open_now = {key: _available(waiting[key], at) - called[key] for key in left if _is_open(policy, key, at)}
        open_now = {key: people for key, people in open_now.items() if people > 0}
        if not open_now:
            opening = _next_opening({key: waiting[key] for key in left}, called, policy, at)
            if opening is None:
                break
            at = opening
            continue
        people = sum(open_now.values())
        needed = timedelta(seconds=people / calls_per_second)
        step = min(_until_the_quarter(at), needed, _until_the_end(policy, at))
        for key, available in open_now.items():
            called[key] += available if step == needed else available * (step / needed)
            if called[key] >= total[key]:
                ends[key] = later(at, step)
                left.discard(key)
        at = later(at, max(step, timedelta(microseconds=1)))
    return ends


def _available(waiting: Sequence[PeopleWaiting], at: datetime) -> float:
    return sum(one.people for one in waiting if one.since <= at)


def _is_open(policy: Policy, key: str, at: datetime) -> bool:
    return not any(campaign_clock_reasons(policy, at)) and not any(recipient_clock_reasons(policy, key, at))


def _until_the_quarter(at: datetime) -> timedelta:
    since = timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond) % STEP
    return STEP - since


def _until_the_end(policy: Policy, at: datetime) -> timedelta:
    """How long the campaign still has, while it is not over."""
    return timedelta.max if policy.ends_at is None else policy.ends_at - at


def _next_opening(
    waiting: Mapping[str, Sequence[PeopleWaiting]], called: Mapping[str, float], policy: Policy, at: datetime
) -> datetime | None:
    """The first instant at which anybody may be called."""
    found = []
    for key, some in waiting.items():
        since = min((one.since for one in some if one.since > at), default=None)
        begin = at if _available(some, at) > called[key] else since
        opening = None if begin is None else next_clock_opening(policy, key, begin)
        if opening is not None:
            found.append(opening)
    return min(found, default=None)
