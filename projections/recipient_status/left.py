"""Whether anybody of a campaign is left: without counting them, for a campaign that waits is looked at again and again."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from domain.dialing import DATA_MISSING
from domain.status import STATUSES, Status
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status.numbers import having_numbers, shown_at
from projections.recipient_status.tables import STATUS
from projections.store import micros

UNDER_WAY: tuple[Status, ...] = ("dialing", "in_progress")
QUEUED: tuple[Status, ...] = ("queued",)
WAITING: tuple[Status, ...] = ("queued", "held")
FOLLOWED = tuple(status for status in STATUSES if status != "queued")


class WhoWaits:
    """Of a campaign: `untimed` are those whom time alone does not move, `queued_zones` how many of the queued among them
    have each zone key, `zones` the zone keys that there are."""

    def __init__(
        self,
        connection: Connection,
        campaign: int,
        untimed: Mapping[Status, int],
        queued_zones: Collection[str],
        zones: Collection[str],
    ) -> None:
        self._connection = connection
        self._campaign = campaign
        self._untimed = untimed
        self._queued_zones = queued_zones
        self._zones = zones

    def is_anybody_open(self, rules: ReadTimeRules, now: datetime) -> bool:
        """Whether somebody is queued or being called at `now`."""
        if any(self._untimed[status] for status in UNDER_WAY) or self._has(UNDER_WAY, self._zones, now):
            return True
        if rules.ended(now) is not None or rules.is_completed:
            return False
        if rules.numbers is not None:
            numbers = rules.numbers
            return bool(having_numbers(self._connection, self._campaign, "queued", rules, numbers, None, now))
        if any(not rules.is_closed(zone_key, now) for zone_key in self._queued_zones):
            return True
        return self._has(QUEUED, [zone for zone in self._zones if not rules.is_closed(zone, now)], now)

    def is_anybody_due_later(self, rules: ReadTimeRules, now: datetime) -> bool:
        """Whether somebody, of whom nobody is queued, is held at `now` only until an instant that is known."""
        numbers = rules.numbers
        if numbers is not None:
            held = having_numbers(self._connection, self._campaign, "held", rules, numbers, None, now)
            shown = [shown_at(rules, row, now) for row in held]
            return any(one.until is not None or one.reason in DATA_MISSING for one in shown)
        if any(rules.will_open(zone_key, now) for zone_key in self._queued_zones):
            return True
        zones, row, instant = [zone for zone in self._zones if rules.will_open(zone, now)], STATUS.c, micros(now)
        lasts = row.consent_until.is_(None) | (row.consent_until > instant)
        waits, goes_on = (row.then_at > instant) & lasts, (row.then_at <= instant) & lasts
        return (
            self._is_there(zones, WAITING, STATUSES, waits)
            or self._is_there(zones, STATUSES, QUEUED, goes_on)
            or self._is_there(zones, STATUSES, FOLLOWED, goes_on & row.then_until.is_not(None))
        )

    def _has(self, statuses: Collection[Status], zones: Collection[str], now: datetime) -> bool:
        """Whether any whom time moves, of these zones, has one of these statuses, which `held` is not, at `now`."""
        row, instant = STATUS.c, micros(now)
        is_over = row.then_until <= instant
        stays = (row.then_status == "queued") | row.then_until.is_(None) | ~is_over
        lasts = row.consent_until.is_(None) | (row.consent_until > instant)
        waits, goes_on = (row.then_at > instant) & lasts, (row.then_at <= instant) & lasts
        return (
            self._is_there(zones, statuses, STATUSES, waits)
            or self._is_there(zones, STATUSES, statuses, goes_on & stays)
            # After whatever else time brings, and ends, they are queued, as long as they have a consent.
            or ("queued" in statuses and self._is_there(zones, STATUSES, FOLLOWED, goes_on & is_over))
        )

    def _is_there(
        self,
        zones: Collection[str],
        statuses: Collection[Status],
        then_statuses: Collection[Status],
        more: ColumnElement[bool],
    ) -> bool:
        """All columns of the index are named, so that SQLite goes by it."""
        query = select(STATUS.c.place).where(
            STATUS.c.campaign == self._campaign,
            STATUS.c.then_at.is_not(None),
            STATUS.c.timed_zone.in_(sorted(zones)),
            STATUS.c.status.in_(sorted(statuses)),
            STATUS.c.then_status.in_(sorted(then_statuses)),
            more,
        )
        return bool(zones) and self._connection.execute(query.limit(1)).first() is not None
