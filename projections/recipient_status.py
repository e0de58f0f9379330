"""Where every recipient of every campaign stands, and stood: the rows, their tables, the queries and the fold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Select, Table, Text, case, func, select

from domain.status import Status
from projections.changes import EnrollmentAdded, RecipientChanged, Standing, TimedStanding, ViewChange
from projections.read_time_rules import ReadTimeRules, ShownStatus, closed_now
from projections.store import METADATA, Row, insert_rows, instant, micros, optional_instant, portions, put_rows

NAME = "recipient_status"
VERSION = 3
LOOKS_A_PAGE_MAX = 20
FEW_DUE_MAX = 4_096


def _standing_columns() -> list[Column[Any]]:
    return [
        Column("campaign", BigInteger, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("status", Text, nullable=False),
        Column("zone_key", Text, nullable=False),
        Column("reason", Text),
        Column("then_at", BigInteger),
        Column("then_status", Text),
        Column("then_reason", Text),
        Column("then_until", BigInteger),
        Column("attempts", Integer, nullable=False),
        Column("call_id", Text),
        Column("code", Text),
    ]


ENROLLMENT = Table(
    "recipient_enrollment",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    # Looked for by how it begins, which only the order of its characters' codes answers.
    Column("number", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, index=True),
    Column("zone", Text),
    Column("zone_key", Text, nullable=False),
    Column("variables", Text, nullable=False),
    sqlite_with_rowid=False,
)
STATUS = Table(
    "recipient_status",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, nullable=False),
    *_standing_columns(),
    sqlite_with_rowid=False,
)
Index("recipient_status_by_status", STATUS.c.campaign, STATUS.c.status, STATUS.c.zone_key, STATUS.c.place)
HISTORY = Table(
    "recipient_status_history",
    METADATA,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, primary_key=True, autoincrement=False),
    Column("to_position", BigInteger, nullable=False),
    *_standing_columns(),
    sqlite_with_rowid=False,
)
Index("recipient_status_history_by_status", HISTORY.c.campaign, HISTORY.c.status, HISTORY.c.zone_key, HISTORY.c.place)
for _table in (STATUS, HISTORY):
    _is_timed = _table.c.then_at.is_not(None)
    _name = f"{_table.name}_timed"
    Index(_name, _table.c.campaign, _table.c.place, sqlite_where=_is_timed, postgresql_where=_is_timed)
_is_timed = STATUS.c.then_at.is_not(None)
Index("recipient_status_due", STATUS.c.campaign, STATUS.c.then_at, sqlite_where=_is_timed, postgresql_where=_is_timed)


class EnrollmentRow(Struct, frozen=True, kw_only=True):
    """A recipient's place in a campaign."""

    place: int
    stream: str
    number: str
    zone: str | None
    zone_key: str
    variables: Mapping[str, str]


class StatusRow(Struct, frozen=True, kw_only=True):
    """A recipient as they stood at some position."""

    enrollment: EnrollmentRow
    standing: Standing


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    enrolled: list[Row] = []
    now: dict[int, tuple[int, str, Standing]] = {}
    new: set[int] = set()
    past: list[Row] = []
    for change in changes:
        if type(change) is RecipientChanged:
            place = change.place
            before = change.before
            if before is None:
                new.add(place)
            else:
                past.append(
                    (place, before.position, change.position, *_columns(change.campaign, change.zone_key, before))
                )
            now[place] = (change.campaign, change.zone_key, change.after)
        elif type(change) is EnrollmentAdded:
            enrolled.append(
                (
                    change.campaign,
                    change.position,
                    change.stream,
                    change.number,
                    change.zone,
                    change.zone_key,
                    msgspec.json.encode(change.variables).decode() if change.variables else "{}",
                )
            )
    insert_rows(connection, ENROLLMENT, enrolled)
    rows = {
        place: (place, standing.position, *_columns(campaign, zone_key, standing))
        for place, (campaign, zone_key, standing) in now.items()
    }
    insert_rows(connection, STATUS, [row for place, row in rows.items() if place in new])
    put_rows(connection, STATUS, [row for place, row in rows.items() if place not in new])
    insert_rows(connection, HISTORY, past)


def _columns(campaign: int, zone_key: str, standing: Standing) -> Row:
    then = standing.then
    return (
        campaign,
        micros(standing.since),
        standing.status,
        zone_key if standing.status == "queued" else "",
        standing.reason,
        None if then is None else micros(then.at),
        None if then is None else then.status,
        None if then is None else then.reason,
        None if then is None or then.until is None else micros(then.until),
        standing.attempts,
        standing.call_id,
        standing.code,
    )


def standings_at(connection: Connection, places: Sequence[int], position: int | None = None) -> dict[int, Standing]:
    """Where the recipients at these places stand, or stood at a position; those who were not there yet are left out."""
    found: dict[int, Standing] = {}
    for some in portions(places):
        for row in connection.execute(select(STATUS).where(STATUS.c.place.in_(some))):
            if position is None or row.from_position <= position:
                found[row.place] = _standing(row)
        missing = [place for place in some if place not in found]
        if position is not None and missing:
            then = (HISTORY.c.from_position <= position) & (HISTORY.c.to_position > position)
            for row in connection.execute(select(HISTORY).where(HISTORY.c.place.in_(missing), then)):
                found[row.place] = _standing(row)
    return found


def streams_with_prefix(connection: Connection, prefix: str) -> list[str]:
    """The streams of all who are enrolled with a number that begins so."""
    column = ENROLLMENT.c.number
    after_last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = connection.execute(
        select(ENROLLMENT.c.stream)
        .where(column >= prefix, column < after_last)
        .distinct()
        .order_by(ENROLLMENT.c.stream)
    )
    return list(found.scalars())


def streams_dialled(connection: Connection, campaign: int, dialled: Column[str]) -> list[str]:
    """The streams of those of a campaign whom any campaign has dialled: `dialled` has the streams of all who were."""
    query = select(ENROLLMENT.c.stream).where(
        ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.stream.in_(select(dialled))
    )
    return list(connection.execute(query.order_by(ENROLLMENT.c.stream)).scalars())


def page(connection: Connection, campaign: int, after: int, rows_max: int, position: int | None) -> list[StatusRow]:
    """A campaign's recipients in the order of enrolment, those after a place, as they are or were at a position."""
    query = select(ENROLLMENT).where(ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place > after)
    if position is not None:
        query = query.where(ENROLLMENT.c.place <= position)
    enrolled = [_enrollment(row) for row in connection.execute(query.order_by(ENROLLMENT.c.place).limit(rows_max))]
    standings = standings_at(connection, [one.place for one in enrolled], position)
    return [StatusRow(enrollment=one, standing=standings[one.place]) for one in enrolled if one.place in standings]


def with_statuses(
    connection: Connection,
    campaign: int,
    wanted: Collection[tuple[Status, str]],
    after: int,
    rows_max: int,
    position: int | None,
    now: datetime,
) -> list[StatusRow]:
    """Those who may be shown so: whose rows have one of these statuses and zone keys, and whom time brings to one."""
    statuses = {status for status, _ in wanted}
    tables = (STATUS,) if position is None else (STATUS, HISTORY)
    due = _few_due(connection, campaign, micros(now)) if position is None and statuses == {"queued"} else None
    queries = (
        [] if due is not None else [_timed(table, campaign, statuses, after, rows_max, position) for table in tables]
    )
    for status, zone_key in wanted:
        queries += [_by_status(table, campaign, status, zone_key, after, rows_max, position) for table in tables]
    answers = [[(row.place, _standing(row)) for row in connection.execute(query)] for query in queries]
    if due:
        places = [place for place in due if place > after][:rows_max]
        answers.append(sorted(standings_at(connection, places).items()))
    found = dict(islice(_unique(merge(*answers, key=_place)), rows_max))
    enrollments = enrollments_at(connection, campaign, list(found))
    return [StatusRow(enrollment=enrollments[place], standing=standing) for place, standing in found.items()]


def _few_due(connection: Connection, campaign: int, now: int) -> list[int] | None:
    """The places, in order, of those whose time has come; None where they are so many that a walk through all costs less.

    Most who wait for a time may wait for one that is far away: they are not looked at again and again.
    """
    query = (
        select(STATUS.c.place)
        .where(STATUS.c.campaign == campaign, STATUS.c.then_at.is_not(None), STATUS.c.then_at <= now)
        .order_by(STATUS.c.then_at)
        .limit(FEW_DUE_MAX + 1)
    )
    places = list(connection.execute(query).scalars())
    return sorted(places) if len(places) <= FEW_DUE_MAX else None


def _by_status(
    table: Table, campaign: int, status: str, zone_key: str, after: int, rows_max: int, position: int | None
) -> Select[Any]:
    query = select(table).where(
        table.c.campaign == campaign, table.c.status == status, table.c.zone_key == zone_key, table.c.place > after
    )
    return _at(query, table, position).order_by(table.c.place).limit(rows_max)


def _timed(
    table: Table, campaign: int, statuses: Collection[str], after: int, rows_max: int, position: int | None
) -> Select[Any]:
    becomes = table.c.then_status.in_(sorted(statuses))
    query = select(table).where(
        table.c.campaign == campaign,
        table.c.then_at.is_not(None),
        becomes | table.c.then_until.is_not(None) if "queued" in statuses else becomes,
        table.c.place > after,
    )
    return _at(query, table, position).order_by(table.c.place).limit(rows_max)


def _at(query: Select[Any], table: Table, position: int | None) -> Select[Any]:
    if position is None:
        return query
    query = query.where(table.c.from_position <= position)
    return query.where(table.c.to_position > position) if table is HISTORY else query


def _place(pair: tuple[int, Standing]) -> int:
    return pair[0]


def _unique(pairs: Iterator[tuple[int, Standing]]) -> Iterator[tuple[int, Standing]]:
    last = None
    for place, standing in pairs:
        if place != last:
            last = place
            yield place, standing


def enrollments_at(connection: Connection, campaign: int, places: Sequence[int]) -> dict[int, EnrollmentRow]:
    """The enrolments at these places."""
    found: dict[int, EnrollmentRow] = {}
    for some in portions(places):
        query = select(ENROLLMENT).where(ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place.in_(some))
        found.update((row.place, _enrollment(row)) for row in connection.execute(query))
    return found


def timed_counts(
    connection: Connection, campaign: int, position: int | None, now: int
) -> Iterator[tuple[Status, str, int]]:
    """How many of those whom time alone moves have each status, and zone key, at the instant `now` (µs since 1970)."""
    for table in (STATUS,) if position is None else (STATUS, HISTORY):
        shown = case(
            (table.c.then_until <= now, "queued"), (table.c.then_at <= now, table.c.then_status), else_=table.c.status
        ).label("shown")
        query = (
            select(shown, ENROLLMENT.c.zone_key, func.count().label("recipients"))
            .join(ENROLLMENT, (ENROLLMENT.c.place == table.c.place) & (ENROLLMENT.c.campaign == table.c.campaign))
            .where(table.c.campaign == campaign, table.c.then_at.is_not(None))
            .group_by("shown", ENROLLMENT.c.zone_key)
        )
        found = connection.execute(_at(query, table, position))
        yield from ((row.shown, row.zone_key, row.recipients) for row in found)


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
    for status, zone_key, count in timed_counts(connection, campaign, position, micros(now)):
        found[status] += count
        if status == "queued":
            queued[zone_key] = queued.get(zone_key, 0) + count
    if rules.ended(now) is not None:
        found["withdrawn"] += found["queued"] + found["held"]
        found["queued"] = found["held"] = 0
        return found
    numbers = rules.numbers
    if numbers is None:
        held = closed_now(rules, queued, now)
    else:
        held = found["queued"] - len(_having(connection, campaign, "queued", rules, numbers, position, now))
    found["held"] += held
    found["queued"] -= held
    return found


def _having(
    connection: Connection,
    campaign: int,
    status: Status,
    rules: ReadTimeRules,
    numbers: Collection[str],
    position: int | None,
    now: datetime,
) -> list[StatusRow]:
    """Who of a campaign, among these numbers, has a status at `now`."""
    enrolled: dict[int, EnrollmentRow] = {}
    for some in portions(sorted(numbers)):
        query = select(ENROLLMENT).where(ENROLLMENT.c.number.in_(some), ENROLLMENT.c.campaign == campaign)
        enrolled.update((row.place, _enrollment(row)) for row in connection.execute(query))
    standings = standings_at(connection, list(enrolled), position)
    rows = [StatusRow(enrollment=enrolled[place], standing=standings[place]) for place in sorted(standings)]
    return [row for row in rows if _shown(rules, row, now).status == status]


def _shown(rules: ReadTimeRules, row: StatusRow, now: datetime) -> ShownStatus:
    return rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now)


def page_with_status(
    connection: Connection,
    campaign: int,
    status: Status,
    rules: ReadTimeRules,
    zones: Collection[str],
    after: int,
    rows_max: int,
    position: int | None,
    now: datetime,
) -> tuple[list[StatusRow], int | None]:
    """Recipients who have a status at `now`, after a place; and the place to go on from, None where there are no more.

    `zones` are the zone keys that there are.

    Where most candidates turn out otherwise, a page may be short although there are more.
    """
    if status == "queued" and rules.numbers is not None:
        rows = _having(connection, campaign, status, rules, rules.numbers, position, now)
        left = [row for row in rows if row.enrollment.place > after]
        return left[:rows_max], left[rows_max - 1].enrollment.place if len(left) > rows_max else None
    found: list[StatusRow] = []
    wanted = rules.rows_for(status, zones, now)
    for _ in range(LOOKS_A_PAGE_MAX if wanted else 0):
        candidates = with_statuses(connection, campaign, wanted, after, rows_max + 1, position, now)
        for row in candidates:
            if _shown(rules, row, now).status == status:
                if len(found) == rows_max:
                    return found, after
                found.append(row)
            after = row.enrollment.place
        if len(candidates) <= rows_max:
            return found, None
    return found, after if wanted else None


def streams_held_by_calls(connection: Connection, campaign: int, rows_max: int) -> list[str]:
    """The streams of those of a campaign who wait for the end of another call."""
    query = (
        select(ENROLLMENT.c.stream)
        .join(STATUS, (STATUS.c.place == ENROLLMENT.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.campaign == campaign, STATUS.c.status == "held", STATUS.c.reason == "open_attempt")
    )
    return list(connection.execute(query.limit(rows_max)).scalars())


def is_anybody_due_later(
    connection: Connection, campaign: int, queued_zones: Mapping[str, int], rules: ReadTimeRules, now: datetime
) -> bool:
    """Whether somebody of a campaign, of whom nobody is queued, is held at `now` only until an instant that is known.

    `queued_zones` as for `counts`.
    """
    numbers = rules.numbers
    if numbers is not None:
        held = _having(connection, campaign, "held", rules, numbers, None, now)
        return any(_shown(rules, row, now).until is not None for row in held)
    begun = STATUS.c.then_at <= micros(now)
    waits = (STATUS.c.status == "held") | (
        begun & ((STATUS.c.then_status == "queued") | STATUS.c.then_until.is_not(None))
    )
    query = (
        select(ENROLLMENT.c.zone_key)
        .join(STATUS, (STATUS.c.place == ENROLLMENT.c.place) & (STATUS.c.campaign == ENROLLMENT.c.campaign))
        .where(STATUS.c.campaign == campaign, STATUS.c.then_at.is_not(None), waits)
    )
    zones = {*queued_zones, *connection.execute(query.distinct()).scalars()}
    return any(rules.will_open(zone_key, now) for zone_key in zones)


def _enrollment(row: Any) -> EnrollmentRow:
    return EnrollmentRow(
        place=row.place,
        stream=row.stream,
        number=row.number,
        zone=row.zone,
        zone_key=row.zone_key,
        variables=msgspec.json.decode(row.variables) if row.variables != "{}" else {},
    )


def _standing(row: Any) -> Standing:
    then = None
    if row.then_at is not None:
        then = TimedStanding(instant(row.then_at), row.then_status, row.then_reason, optional_instant(row.then_until))
    return Standing(
        status=row.status,
        position=row.from_position,
        since=instant(row.since),
        reason=row.reason,
        then=then,
        attempts=row.attempts,
        call_id=row.call_id,
        code=row.code,
    )
