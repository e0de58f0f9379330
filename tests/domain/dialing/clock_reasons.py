"""What the rules of the clock say of a number, for the tests of hours and of dates."""

from datetime import datetime

from domain.dialing import Reason, recipient_clock_reasons
from domain.policy import WEEKDAYS, Policy, Window

DAYS = dict.fromkeys(WEEKDAYS, (Window(8 * 60, 21 * 60),))
BERLIN, NEW_YORK, LOS_ANGELES, LONDON = "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Europe/London"


def reasons(policy: Policy, key: str, now: datetime) -> list[Reason]:
    return list(recipient_clock_reasons(policy, key, now))


def only_reason(policy: Policy, key: str, now: datetime) -> Reason:
    [reason] = reasons(policy, key, now)
    return reason


def until(policy: Policy, key: str, now: datetime) -> datetime | None:
    """When the rules let a call through: now, or the end of the reason."""
    found = reasons(policy, key, now)
    return found[0].until if found else now
