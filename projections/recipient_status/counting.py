"""How many of a campaign have each status."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, Table, bindparam, func, select

from domain.status import Status
from projections.read_time_rules import ReadTimeRules, closed_now, would_be_called
from projections.recipient_status.numbers import having_numbers
from projections.recipient_status.reads import at_position
from projections.recipient_status.tables import HISTORY, STATUS
from projections.store import micros


def timed_counts(
    connection: Connection, campaign: int, position: int | None, now: int
) -> Iterator[tuple[Status, str, bool, int]]:
    """How many of those whom time alone moves have each status, zone key, and whether time ends that, at `now` (µs since 1970)."""
    given = {"campaign": campaign, "now": now, "position": position}
    for table in (STATUS,) if position is None else (STATUS, HISTORY):
        for row in connection.execute(_timed_query(table, is_now=position is None), given):
            yield from (
                (row.status, row.timed_zone, True, row.waiting),
                (row.then_status, row.timed_zone, True, row.for_a_time - row.over),
                (row.then_status, row.timed_zone, False, row.going_on - row.for_a_time),
                ("queued", row.timed_zone, True, row.over),
                ("held", row.timed_zone, False, row.all - row.waiting - row.going_on),
            )


@cache
def _timed_query(table: Table, *, is_now: bool) -> Select[Any]:
    """Asked with `campaign`, `now` and `position`; composed once, for it is asked with each look at a campaign."""
    now = bindparam("now", type_=BigInteger)
    then, begun, ends = table.c.then_until, table.c.then_at <= now, table.c.consent_until
    lasts = ends.is_(None) | (ends > now)
    waits, goes_on = ~begun & lasts, begun & lasts
    query = select(
        table.c.status,
        table.c.then_status,
        table.c.timed_zone,
        func.count().label("all"),
        func.count().filter(waits).label("waiting"),
        func.count().filter(goes_on).label("going_on"),
        func.count(then).filter(goes_on).label("for_a_time"),
        func.count().filter(goes_on & (then <= now)).label("over"),
    ).where(table.c.campaign == bindparam("campaign"), table.c.then_at.is_not(None))
    # In the order of the index, so that nothing has to be sorted.
    query = query.group_by(table.c.timed_zone, table.c.status, table.c.then_status)
    return at_position(query, table, None if is_now else bindparam("position", type_=BigInteger))


def counts(
    connection: Connection,
    campaign: int,
    untimed: Mapping[Status, int],
    queued_zones: Mapping[str, int],
    rules: ReadTimeRules,
    position: int | None,
    now: datetime,
) -> dict[Status, int]:
    """How many recipients have each status at `now`.

    `untimed` are those whom time alone does not move, `queued_zones` how many of the queued among them have each zone key.
    """
    found, queued = dict(untimed), dict(queued_zones)
    held_for_a_time: Counter[str] = Counter()
    for status, zone_key, ends, count in timed_counts(connection, campaign, position, micros(now)):
        found[status] += count
        if status == "queued":
            queued[zone_key] = queued.get(zone_key, 0) + count
        elif status == "held" and ends:
            held_for_a_time[zone_key] += count
    if rules.ended(now) is not None:
        found["withdrawn"] += found["queued"] + found["held"]
        found["queued"] = found["held"] = 0
        return found
    if rules.is_completed:
        left_out = _left_out(connection, campaign, held_for_a_time + Counter(queued), rules, position, now)
        found["withdrawn"] += left_out
        found["held"] += found["queued"] - left_out
        found["queued"] = 0
        return found
    numbers = rules.numbers
    if numbers is None:
        held = closed_now(rules, queued, now)
    else:
        held = found["queued"] - len(having_numbers(connection, campaign, "queued", rules, numbers, position, now))
    found["held"] += held
    found["queued"] -= held
    return found


def _left_out(
    connection: Connection,
    campaign: int,
    waiting: Mapping[str, int],
    rules: ReadTimeRules,
    position: int | None,
    now: datetime,
) -> int:
    """How many a completed campaign has left out at `now`; `waiting` are how many wait, by zone key."""
    if rules.numbers is None:
        return would_be_called(rules, waiting, now)
    rows = having_numbers(connection, campaign, "withdrawn", rules, rules.numbers, position, now)
    return sum(row.standing.stands_at(now).status != "withdrawn" for row in rows)
