"""A campaign's recipients, from the views: who stands where, now or at any moment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Struct
from msgspec.structs import asdict

from application.actor import Actor
from application.fields import Count, Cursor, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_reason, shown_text, shown_word
from application.views.reads import Reads, position_in
from domain.errors import InvalidInput
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.recipient import Enrollment
from domain.status import RecipientStatus, Status
from projections import campaign_summary, recipient_status
from projections.read_time_rules import ShownStatus
from projections.recipient_status import EnrollmentRow, StatusRow


class RecipientHeading(Struct, frozen=True, kw_only=True):
    """A person in a campaign, and where they stand."""

    number: Number
    recipient: Annotated[str, means("the person's pseudonym, by which viewers ask about them")]
    status: Status
    reason: str | None
    until: Annotated[Instant | None, means("of those who are held")]
    attempts: Annotated[Count, means("those that used up one of the recipient's")]
    call_id: str | None
    code: Annotated[str | None, means("MiniVoice's last error code")]
    zone: str | None
    reference: Annotated[str | None, means("by what your own system knows them here; not for viewers")]
    variables: Annotated[Mapping[str, str], means("none to viewers")]


class RecipientListed(RecipientHeading, frozen=True, kw_only=True):
    """A person as the list has them."""

    since: Annotated[Instant, means("when they came to stand there")]
    wished_at: Annotated[Instant | None, means("when they wish to be called, as long as nobody has")]


class RecipientsPage(Struct, frozen=True, kw_only=True):
    """Some recipients in the order of enrolment."""

    items: list[RecipientListed]
    next: Cursor
    position: Position
    judged_at: Instant


class RecipientsRead(Struct, frozen=True, kw_only=True):
    """A page of recipients at a moment of the ledger; `following` is the place to go on from."""

    position: int
    judged_at: datetime
    rows: list[tuple[StatusRow, ShownStatus]]
    following: int | None


def recipients_page(
    parts: Installation,
    actor: Actor,
    campaign_id: str,
    moment: Moment,
    status: Status | None,
    after: int,
    limit: int,
    *,
    wished: bool = False,
) -> RecipientsPage:
    """Those of a campaign, of one status or of any, or those who have `wished` a call. Raises `NotFound`, and `InvalidInput`
    where these two are asked for together, or the latter of the past.
    """
    if wished and (status is not None or moment.is_past):
        raise InvalidInput("wished", "is for now and for any status; leave out status and as_of")
    if wished:
        read = read_wished(parts.reads, campaign_id, moment, after, limit)
    else:
        read = read_recipients(parts.reads, campaign_id, moment, status, after, limit)
    return RecipientsPage(
        items=[_listed(row, told, read.judged_at, actor) for row, told in read.rows],
        next=None if read.following is None else str(read.following),
        position=read.position,
        judged_at=read.judged_at,
    )


def read_recipients(
    reads: Reads, campaign_id: str, moment: Moment, status: Status | None, after: int, rows_max: int
) -> RecipientsRead:
    """A page of a campaign's recipients, in the order of enrolment. Raises `NotFound`."""
    with reads.reading() as taken:
        position, past = position_in(taken, moment)
        number, state = reads.campaign_in(taken, campaign_id, position)
        rules = reads.rules_of(state)
        following: int | None
        if status is None:
            rows = recipient_status.page(taken.connection, number, after, rows_max + 1, past)
            following = rows[rows_max - 1].enrollment.place if len(rows) > rows_max else None
            rows = rows[:rows_max]
        else:
            # Where they were in the past, too: a zone key stays while a campaign lives.
            zones = campaign_summary.counters_now(taken.connection, number).summary().zones
            rows, following = recipient_status.page_with_status(
                taken.connection, number, status, rules, zones, after, rows_max, past, moment.instant
            )
        shown = [(r, rules.shown(r.standing, r.enrollment.number, r.enrollment.zone_key, moment.instant)) for r in rows]
        return RecipientsRead(position=position, judged_at=moment.instant, rows=shown, following=following)


def read_wished(reads: Reads, campaign_id: str, moment: Moment, after: int, rows_max: int) -> RecipientsRead:
    """A page of those who have wished a call that nobody has made yet, in the order of enrolment. Raises `NotFound`."""
    with reads.reading() as taken:
        number, state = reads.campaign_in(taken, campaign_id, taken.position)
        rules = reads.rules_of(state)
        rows = recipient_status.wished_page(taken.connection, number, after, rows_max + 1)
        following = rows[rows_max - 1].enrollment.place if len(rows) > rows_max else None
        shown = [
            (r, rules.shown(r.standing, r.enrollment.number, r.enrollment.zone_key, moment.instant))
            for r in rows[:rows_max]
        ]
        return RecipientsRead(position=taken.position, judged_at=moment.instant, rows=shown, following=following)


def shown_recipient(
    stream: str,
    number: str,
    enrollment: Enrollment | EnrollmentRow,
    status: RecipientStatus,
    code: str | None,
    actor: Actor,
) -> RecipientHeading:
    """A person, as this actor may see them."""
    return RecipientHeading(
        number=number if actor.sees_numbers else mask(number),
        recipient=pseudonym_of(stream),
        status=status.status,
        reason=shown_reason(status.status, status.reason, actor),
        until=status.until,
        attempts=status.attempts,
        call_id=status.call_id,
        code=shown_word(code, actor),
        zone=enrollment.zone,
        reference=shown_text(enrollment.reference, actor),
        variables=enrollment.variables if actor.sees_numbers else {},
    )


def _listed(row: StatusRow, told: ShownStatus, judged_at: datetime, actor: Actor) -> RecipientListed:
    enrollment, standing = row.enrollment, row.standing
    status = RecipientStatus(
        status=told.status,
        reason=told.reason,
        until=told.until,
        attempts=standing.attempts,
        call_id=standing.call_id,
    )
    heading = shown_recipient(enrollment.stream, enrollment.number, enrollment, status, standing.code, actor)
    return RecipientListed(**asdict(heading), since=standing.stands_at(judged_at).at, wished_at=standing.callback_at)
