"""Who of a campaign has a status now."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from domain.status import Status
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status.candidates import with_statuses
from projections.recipient_status.numbers import having_numbers, shown_at
from projections.recipient_status.rows import StatusRow

LOOKS_A_PAGE_MAX = 20


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
        rows = having_numbers(connection, campaign, status, rules, rules.numbers, position, now)
        left = [row for row in rows if row.enrollment.place > after]
        return left[:rows_max], left[rows_max - 1].enrollment.place if len(left) > rows_max else None
    found: list[StatusRow] = []
    wanted = rules.rows_for(status, zones, now)
    for _ in range(LOOKS_A_PAGE_MAX if wanted else 0):
        candidates = with_statuses(connection, campaign, wanted, after, rows_max + 1, position, now)
        for row in candidates:
            if shown_at(rules, row, now).status == status:
                if len(found) == rows_max:
                    return found, after
                found.append(row)
            after = row.enrollment.place
        if len(candidates) <= rows_max:
            return found, None
    return found, after if wanted else None
