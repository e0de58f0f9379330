"""Where recipients stand, and stood at a position; by their place, by their number, and in the order of enrolment."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BindParameter, Column, CompoundSelect, Connection, Select, Table, func, select, union_all

from domain.number_kind import NumberKind
from domain.number_plan import COUNTRY_DIGITS_MAX
from projections.changes import Standing
from projections.recipient_status.rows import EnrollmentRow, StatusRow, enrollment_of, standing_of
from projections.recipient_status.tables import DECLINED, ENROLLMENT, HISTORY, KIND, SPELLING, STATUS
from projections.store import portions


def standings_at(connection: Connection, places: Sequence[int], position: int | None = None) -> dict[int, Standing]:
    """Where the recipients at these places stand, or stood at a position; those who were not there yet are left out."""
    found: dict[int, Standing] = {}
    for some in portions(places):
        for row in connection.execute(select(STATUS).where(STATUS.c.place.in_(some))):
            if position is None or row.from_position <= position:
                found[row.place] = standing_of(row)
        missing = [place for place in some if place not in found]
        if position is not None and missing:
            then = (HISTORY.c.from_position <= position) & (HISTORY.c.to_position > position)
            for row in connection.execute(select(HISTORY).where(HISTORY.c.place.in_(missing), then)):
                found[row.place] = standing_of(row)
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


def references_taken(connection: Connection, campaign: int, references: Sequence[str]) -> set[str]:
    """Those of these references that a campaign's recipients have."""
    column, found = ENROLLMENT.c.reference, set[str]()
    for some in portions(references):
        query = select(column).where(ENROLLMENT.c.campaign == campaign, column.is_not(None), column.in_(some))
        found.update(connection.execute(query).scalars())
    return found


def streams_referred_to(connection: Connection, reference: str, rows_max: int) -> list[str]:
    """The streams of those whom some campaign knows by this reference, whom the latest campaigns have first, each once."""
    column = ENROLLMENT.c.reference
    query = select(ENROLLMENT.c.stream).where(column == reference, column.is_not(None))
    found = connection.execute(query.order_by(ENROLLMENT.c.campaign.desc(), ENROLLMENT.c.place).limit(rows_max))
    return list(dict.fromkeys(found.scalars()))


def streams_judged(connection: Connection, campaign: int, dialled: Column[str]) -> list[str]:
    """The streams of those of a campaign on whom its policy has a word of its own; `dialled` has those of all who were."""
    query = select(ENROLLMENT.c.stream).where(
        ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.stream.in_(judged_singly(campaign, dialled))
    )
    return list(connection.execute(query.order_by(ENROLLMENT.c.stream)).scalars())


def streams_enrolled(connection: Connection, campaign: int) -> list[str]:
    """The streams of all of a campaign: its policy may come to have a word on everybody, which is rare."""
    query = select(ENROLLMENT.c.stream).where(ENROLLMENT.c.campaign == campaign)
    return list(connection.execute(query.order_by(ENROLLMENT.c.stream)).scalars())


def judged_singly(campaign: int, dialled: Column[str]) -> CompoundSelect[tuple[str]]:
    """A query of the streams of all who were dialled, or declined something, in any spelling, and of a campaign's numbers of a kind of their own."""
    declined = select(DECLINED.c.stream)
    others = select(SPELLING.c.stream).where(SPELLING.c.other.in_(select(dialled)) | SPELLING.c.other.in_(declined))
    return union_all(select(dialled), declined, others, select(KIND.c.stream).where(KIND.c.campaign == campaign))


def kinds(connection: Connection, campaign: int) -> dict[NumberKind, int]:
    """How many of a campaign's numbers are of each kind of their own."""
    counted = func.count().label("numbers")
    query = select(KIND.c.kind, counted).where(KIND.c.campaign == campaign).group_by(KIND.c.kind).order_by(KIND.c.kind)
    return {row.kind: row.numbers for row in connection.execute(query)}


def rows_in(
    connection: Connection, campaigns: Collection[int], streams: Collection[str]
) -> list[tuple[int, StatusRow]]:
    """Where these people stand in these campaigns, of those in which they are."""
    found: list[tuple[int, StatusRow]] = []
    for some in portions(sorted(streams)) if campaigns else ():
        query = select(ENROLLMENT).where(ENROLLMENT.c.stream.in_(some), ENROLLMENT.c.campaign.in_(sorted(campaigns)))
        rows = [(row.campaign, enrollment_of(row)) for row in connection.execute(query)]
        standings = standings_at(connection, [one.place for _, one in rows])
        found += [
            (campaign, StatusRow(enrollment=one, standing=standings[one.place]))
            for campaign, one in rows
            if one.place in standings
        ]
    return found


def beginnings(connection: Connection, campaign: int) -> list[str]:
    """What the numbers of a campaign begin with: `+` and as many digits as a country's code may have."""
    begins = func.substr(ENROLLMENT.c.number, 1, COUNTRY_DIGITS_MAX + 1)
    query = select(begins).where(ENROLLMENT.c.campaign == campaign).distinct()
    return sorted(connection.execute(query).scalars())


def spellings_of(connection: Connection, streams: Collection[str]) -> dict[str, list[str]]:
    """The streams of the other spellings of these people; those without any are left out."""
    found: dict[str, list[str]] = {}
    for some in portions(sorted(streams)):
        query = select(SPELLING).where(SPELLING.c.stream.in_(some)).order_by(SPELLING.c.stream, SPELLING.c.other)
        for row in connection.execute(query):
            found.setdefault(row.stream, []).append(row.other)
    return found


def enrolled_streams(
    connection: Connection, campaign: int, after: int, rows_max: int, position: int
) -> list[tuple[int, str]]:
    """Place and stream of a campaign's recipients in the order of enrolment, those after a place, up to a position."""
    query = select(ENROLLMENT.c.place, ENROLLMENT.c.stream).where(
        ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place > after, ENROLLMENT.c.place <= position
    )
    return [(row.place, row.stream) for row in connection.execute(query.order_by(ENROLLMENT.c.place).limit(rows_max))]


def page(connection: Connection, campaign: int, after: int, rows_max: int, position: int | None) -> list[StatusRow]:
    """A campaign's recipients in the order of enrolment, those after a place, as they are or were at a position."""
    query = select(ENROLLMENT).where(ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place > after)
    if position is not None:
        query = query.where(ENROLLMENT.c.place <= position)
    enrolled = [enrollment_of(row) for row in connection.execute(query.order_by(ENROLLMENT.c.place).limit(rows_max))]
    standings = standings_at(connection, [one.place for one in enrolled], position)
    return [StatusRow(enrollment=one, standing=standings[one.place]) for one in enrolled if one.place in standings]


def at_position(query: Select[Any], table: Table, position: int | BindParameter[int] | None) -> Select[Any]:
    if position is None:
        return query
    query = query.where(table.c.from_position <= position)
    return query.where(table.c.to_position > position) if table is HISTORY else query


def enrollments_at(connection: Connection, campaign: int, places: Sequence[int]) -> dict[int, EnrollmentRow]:
    """The enrolments at these places."""
    found: dict[int, EnrollmentRow] = {}
    for some in portions(places):
        query = select(ENROLLMENT).where(ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place.in_(some))
        found.update((row.place, enrollment_of(row)) for row in connection.execute(query))
    return found


def streams_held_by_calls(connection: Connection, campaign: int, rows_max: int) -> list[str]:
    """The streams of those of a campaign who wait for the end of another call, in all their spellings."""
    query = (
        select(ENROLLMENT.c.stream)
        .join(STATUS, (STATUS.c.place == ENROLLMENT.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.campaign == campaign, STATUS.c.status == "held", STATUS.c.reason == "open_attempt")
    )
    streams = list(connection.execute(query.limit(rows_max)).scalars())
    others = spellings_of(connection, streams)
    return [*streams, *(other for some in others.values() for other in some)]


def streams_standing_since(connection: Connection, position: int) -> list[str]:
    """The streams of all whose row began at a position or later."""
    query = (
        select(ENROLLMENT.c.stream)
        .join(STATUS, (STATUS.c.place == ENROLLMENT.c.place) & (ENROLLMENT.c.campaign == STATUS.c.campaign))
        .where(STATUS.c.from_position >= position)
    )
    return list(connection.execute(query.distinct()).scalars())


def first_zone_keys(connection: Connection, campaign: int, up_to: int, rows_max: int) -> list[str]:
    """The zone keys of the first who were enrolled, up to a position, in their order."""
    query = select(ENROLLMENT.c.zone_key).where(ENROLLMENT.c.campaign == campaign, ENROLLMENT.c.place <= up_to)
    return list(connection.execute(query.order_by(ENROLLMENT.c.place).limit(rows_max)).scalars())
