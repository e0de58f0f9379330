"""A recipient as they stand, and how that is stored."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from projections.changes import Standing, TimedStanding
from projections.storable import Row
from projections.store import instant, micros, optional_instant


class EnrollmentRow(Struct, frozen=True, kw_only=True):
    """A recipient's place in a campaign."""

    place: int
    stream: str
    number: str
    zone: str | None
    zone_key: str
    variables: Mapping[str, str]
    reference: str | None = None


class StatusRow(Struct, frozen=True, kw_only=True):
    """A recipient as they stood at some position."""

    enrollment: EnrollmentRow
    standing: Standing


def standing_values(campaign: int, zone_key: str, standing: Standing) -> Row:
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
        None if standing.consent_until is None else micros(standing.consent_until),
        standing.attempts,
        standing.call_id,
        standing.code,
        None if standing.callback_at is None else micros(standing.callback_at),
        None if standing.callback_until is None else micros(standing.callback_until),
        None if then is None else zone_key,
    )


def enrollment_of(row: Any) -> EnrollmentRow:
    return EnrollmentRow(
        place=row.place,
        stream=row.stream,
        number=row.number,
        zone=row.zone,
        zone_key=row.zone_key,
        variables=msgspec.json.decode(row.variables) if row.variables != "{}" else {},
        reference=row.reference,
    )


def standing_of(row: Any) -> Standing:
    then = None
    if row.then_at is not None:
        then = TimedStanding(instant(row.then_at), row.then_status, row.then_reason, optional_instant(row.then_until))
    return Standing(
        status=row.status,
        position=row.from_position,
        since=instant(row.since),
        reason=row.reason,
        then=then,
        consent_until=optional_instant(row.consent_until),
        attempts=row.attempts,
        call_id=row.call_id,
        code=row.code,
        callback_at=optional_instant(row.callback_at),
        callback_until=optional_instant(row.callback_until),
    )
