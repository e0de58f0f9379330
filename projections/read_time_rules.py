"""What changes the status of many at once, and is in no row: the campaign's end, the clock, and which numbers may be dialled."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec import Struct

from domain.dialing import (
    DATA_MISSING,
    Reason,
    Verdict,
    campaign_clock_reasons,
    only_list_reason,
    recipient_clock_reasons,
)
from domain.policy import Policy
from domain.status import CAMPAIGN_CANCELED, CAMPAIGN_COMPLETED, CAMPAIGN_OVER, Status
from projections.changes import Standing

CLOCKS_CACHED_MAX = 4_096


class ShownStatus(Struct, frozen=True):
    """A recipient's status as it is told at some instant; `until` (UTC) goes with what time alone will end."""

    status: Status
    reason: str | None
    until: datetime | None


class ReadTimeRules(Struct, frozen=True):
    """What applies to all of a campaign's rows when they are read. `only_numbers` are the only ones that this installation may dial.

    One that is completed calls nobody any more: who would be called by it now or at a known time is withdrawn.
    """

    is_canceled: bool
    only_numbers: Collection[str] | None = None
    policy: Policy | None = None
    is_completed: bool = False

    @property
    def numbers(self) -> Collection[str] | None:
        """The only numbers that may be dialled; None where any may."""
        listed = None if self.policy is None else self.policy.only
        if listed is None or self.only_numbers is None:
            return self.only_numbers if listed is None else listed
        return set(self.only_numbers) & set(listed)

    def shown(self, standing: Standing, number: str, zone_key: str, now: datetime) -> ShownStatus:
        """A recipient's status at `now`."""
        own = standing.stands_at(now)
        if own.status not in {"queued", "held"}:
            return ShownStatus(own.status, own.reason, own.until)
        ended = self.ended(now)
        if ended is not None:
            return ShownStatus("withdrawn", ended, None)
        held = () if own.reason is None else (Reason(rule=own.reason, scope="recipient", until=own.until),)
        holding = Verdict(
            judged_at=now,
            attempts_counted=0,
            attempts_max=0,
            reasons=(*held, *self._by_number(number), *self._by_clock(zone_key, now)),
        ).holding
        if self.is_completed and (holding is None or holding.until is not None):
            return ShownStatus("withdrawn", CAMPAIGN_COMPLETED, None)
        return (
            ShownStatus("queued", None, None) if holding is None else ShownStatus("held", holding.rule, holding.until)
        )

    def ended(self, now: datetime) -> str | None:
        """Why nobody of the campaign is called any more at `now`; None while that is not so."""
        if self.is_canceled:
            return CAMPAIGN_CANCELED
        over = self.policy is not None and self.policy.ends_at is not None and self.policy.ends_at <= now
        return CAMPAIGN_OVER if over else None

    def is_closed(self, zone_key: str, now: datetime) -> bool:
        """Whether the clock stands against all with this zone key."""
        return bool(self._by_clock(zone_key, now))

    def will_open(self, zone_key: str, now: datetime) -> bool:
        """Whether the clock will let those with this zone key be called at some time, or may once there is other data."""
        reasons = self._by_clock(zone_key, now)
        return all(reason.until is not None or reason.rule in DATA_MISSING for reason in reasons)

    def opens_at_a_known_time(self, zone_key: str, now: datetime) -> bool:
        """Whether the clock lets those with this zone key be called at `now`, or at a time that is known."""
        return all(reason.until is not None for reason in self._by_clock(zone_key, now))

    def closed_until(self, zones: Collection[str], now: datetime) -> datetime | None:
        """Until when the clock stands against all with these zone keys; None where it does not, or no such time is known."""
        for_all = () if self.policy is None else tuple(campaign_clock_reasons(self.policy, now))
        by_zone = [(*for_all, *self._by_clock(zone_key, now)) for zone_key in zones]
        if not all(by_zone):
            return None
        ends = [[reason.until for reason in reasons if reason.until is not None] for reasons in by_zone]
        # Where a reason has no end, as where a zone's data are missing, the clock alone opens nothing.
        return min(
            (max(known) for known, reasons in zip(ends, by_zone, strict=True) if len(known) == len(reasons)),
            default=None,
        )

    def rows_for(self, status: Status, zones: Collection[str], now: datetime) -> list[tuple[Status, str]]:
        """Which rows may be shown with a status: their own status, and, of those that are queued, the zone key."""
        queued: list[tuple[Status, str]] = [("queued", zone) for zone in sorted(zones)]
        if self.ended(now) is not None:
            if status == "withdrawn":
                return [("withdrawn", ""), ("held", ""), *queued]
            return [] if status in {"queued", "held"} else [(status, "")]
        if self.is_completed and status == "withdrawn":
            return [("withdrawn", ""), ("held", ""), *queued]
        if self.is_completed and status == "queued":
            return []
        if status == "queued":
            return [row for row in queued if not self.is_closed(row[1], now)]
        if status == "held":
            return [("held", ""), *(row for row in queued if self.numbers is not None or self.is_closed(row[1], now))]
        return [(status, "")]

    def _by_number(self, number: str) -> tuple[Reason, ...]:
        found = () if self.policy is None else (only_list_reason(self.policy, number),)
        reasons = tuple(reason for reason in found if reason is not None)
        if self.only_numbers is None or number in self.only_numbers:
            return reasons
        return (Reason(rule="not_in_only_numbers", scope="recipient"), *reasons)

    def _by_clock(self, zone_key: str, now: datetime) -> tuple[Reason, ...]:
        if self.policy is None:
            return ()
        text = msgspec.json.encode(_clock_of(self.policy))
        return () if text == _NO_CLOCK else _clock_reasons(text, zone_key, now.replace(second=0, microsecond=0))


def _clock_of(policy: Policy) -> Policy:
    return Policy(
        hours=policy.hours,
        default_zone=policy.default_zone,
        excluded_dates=policy.excluded_dates,
        holidays=policy.holidays,
    )


@lru_cache(maxsize=CLOCKS_CACHED_MAX)
def _clock_reasons(policy: bytes, zone_key: str, minute: datetime) -> tuple[Reason, ...]:
    """By the minute: no window, date or change of the clocks begins within one."""
    return tuple(recipient_clock_reasons(msgspec.json.decode(policy, type=Policy), zone_key, minute))


_NO_CLOCK = msgspec.json.encode(Policy())


def closed_now(rules: ReadTimeRules, queued: Mapping[str, int], now: datetime) -> int:
    """How many of the queued, given by zone key, the clock stands against at `now`."""
    return sum(count for zone, count in queued.items() if rules.is_closed(zone, now))


def would_be_called(rules: ReadTimeRules, waiting: Mapping[str, int], now: datetime) -> int:
    """How many of those who wait, given by zone key, the clock lets be called at `now` or at a known time."""
    return sum(count for zone, count in waiting.items() if rules.opens_at_a_known_time(zone, now))
