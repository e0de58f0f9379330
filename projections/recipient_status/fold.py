"""From changes to rows."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from projections.changes import DeclineFound, EnrollmentAdded, RecipientChanged, SpellingFound, ViewChange
from projections.recipient_status.rows import standing_values
from projections.recipient_status.suppressions import write_suppressions
from projections.recipient_status.tables import DECLINED, ENROLLMENT, HISTORY, KIND, SPELLING, STATUS
from projections.row_writes import insert_rows, put_rows
from projections.storable import Row


def write(connection: Connection, changes: Sequence[ViewChange]) -> None:
    """The fold: from changes to rows."""
    write_suppressions(connection, changes)
    enrolled: list[Row] = []
    now: dict[int, Row] = {}
    new: set[int] = set()
    spelled: list[Row] = []
    of_kinds: list[Row] = []
    past: list[Row] = []
    for change in changes:
        if type(change) is RecipientChanged:
            place = change.place
            before = change.before
            row = now.get(place)
            if before is None:
                new.add(place)
            elif row is not None:
                past.append((place, row[1], change.position, *row[2:]))
            else:
                was = standing_values(change.campaign, change.zone_key, before)
                past.append((place, before.position, change.position, *was))
            now[place] = (
                place,
                change.after.position,
                *standing_values(change.campaign, change.zone_key, change.after),
            )
        elif type(change) is EnrollmentAdded:
            enrolled.append(_enrollment_row(change))
            if change.kind is not None:
                of_kinds.append((change.campaign, change.position, change.stream, change.kind))
        elif type(change) is SpellingFound:
            spelled += [(change.stream, change.other), (change.other, change.stream)]
    insert_rows(connection, ENROLLMENT, enrolled)
    insert_rows(connection, KIND, of_kinds)
    insert_rows(connection, SPELLING, spelled)
    insert_rows(connection, DECLINED, [(one.stream,) for one in changes if type(one) is DeclineFound])
    insert_rows(connection, STATUS, [row for place, row in now.items() if place in new])
    put_rows(connection, STATUS, [row for place, row in now.items() if place not in new])
    insert_rows(connection, HISTORY, past)


def _enrollment_row(change: EnrollmentAdded) -> Row:
    return (
        change.campaign,
        change.position,
        change.stream,
        change.number,
        change.zone,
        change.zone_key,
        msgspec.json.encode(change.variables).decode() if change.variables else "{}",
        change.reference,
    )
