"""Those of a campaign who have one of few numbers."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from domain.status import Status
from projections.read_time_rules import ReadTimeRules, ShownStatus
from projections.recipient_status.reads import standings_at
from projections.recipient_status.rows import EnrollmentRow, StatusRow, enrollment_of
from projections.recipient_status.tables import ENROLLMENT
from projections.store import portions


def having_numbers(
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
        enrolled.update((row.place, enrollment_of(row)) for row in connection.execute(query))
    standings = standings_at(connection, list(enrolled), position)
    rows = [StatusRow(enrollment=enrolled[place], standing=standings[place]) for place in sorted(standings)]
    return [row for row in rows if shown_at(rules, row, now).status == status]


def shown_at(rules: ReadTimeRules, row: StatusRow, now: datetime) -> ShownStatus:
    return rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now)
