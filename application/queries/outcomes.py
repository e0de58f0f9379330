"""What calling each recipient has come to, in the order in which it last changed: for the user's own systems, which ask what is new."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import CampaignId, Count, Cursor, Instant, Number, Position, means
from application.installation import Installation
from application.queries.call import TalkSeconds
from application.queries.masking import shown_reason, shown_text, shown_word
from domain.identity import pseudonym_of
from domain.phone_number import mask
from domain.status import Status
from projections import campaign_summary, outcome_index
from projections.outcome import OutcomeRow
from projections.outcome_index import Place, StoredOutcome
from projections.read_time_rules import ReadTimeRules
from projections.views import ViewsSnapshot


class OutcomeShown(Struct, frozen=True, kw_only=True):
    """Where a recipient of a campaign stands, and what was heard of them."""

    campaign_id: CampaignId
    number: Number
    recipient: Annotated[str, means("the person's pseudonym, by which viewers ask about them")]
    reference: Annotated[str | None, means("by what your own system knows them; not for viewers")]
    status: Annotated[Status, means("as it is now: time alone moves recipients between queued and held")]
    reason: str | None
    attempts: Annotated[Count, means("those that used up one of the recipient's")]
    call_id: Annotated[str | None, means("the last call that was answered, else the last one")]
    answered: Annotated[bool, means("whether that call was")]
    digits: Annotated[
        Sequence[str] | None, means("what was pressed at each of its questions, in order; null to viewers")
    ]
    seconds: TalkSeconds
    code: Annotated[str | None, means("MiniVoice's last error code")]
    changed_at: Annotated[Instant, means("when the event at `position` was recorded")]
    position: Annotated[Position, means("of the last event that changed anything of it")]


class OutcomesPage(Struct, frozen=True, kw_only=True):
    """Some outcomes in the order in which they last changed."""

    items: list[OutcomeShown]
    next: Cursor
    position: Annotated[Position, means("where `next` is null, pass it as `after` to ask later what is new")]


def outcomes_page(parts: Installation, actor: Actor, campaign_id: str | None, after: Place, limit: int) -> OutcomesPage:
    """Those that changed after a place; of one campaign, or of all. Raises `NotFound`."""
    now = parts.clock()
    with parts.reads.reading() as taken:
        number = None
        if campaign_id is not None:
            number, _ = parts.reads.campaign_in(taken, campaign_id, taken.position)
        found = outcome_index.outcomes(taken.connection, number, after, limit + 1)
        rows, following = _whole_positions(found, limit)
        campaigns = _campaigns(parts, taken, rows)
        return OutcomesPage(
            items=[_shown(row, *campaigns[row.campaign], now, actor) for row in rows],
            next=following,
            position=taken.position,
        )


def shown_outcome(row: OutcomeRow, stream: str, actor: Actor) -> OutcomeShown:
    """A recipient's row, as this actor may see it."""
    return OutcomeShown(
        campaign_id=row.campaign_id,
        number=row.number if actor.sees_numbers else mask(row.number),
        recipient=pseudonym_of(stream),
        reference=shown_text(row.reference, actor),
        status=row.status,
        reason=shown_reason(row.status, row.reason, actor),
        attempts=row.attempts,
        call_id=row.call_id,
        answered=row.answered,
        digits=row.digits if actor.sees_numbers else None,
        seconds=row.seconds,
        code=shown_word(row.code, actor),
        changed_at=row.changed_at,
        position=row.position,
    )


def _whole_positions(found: list[StoredOutcome], limit: int) -> tuple[list[StoredOutcome], str | None]:
    """As many of them as a page has, and where the next one begins.

    What one event changed is on one page, as long as it fits, so that also who goes on by the last row's position misses nobody.
    """
    if len(found) <= limit:
        return found, None
    begun = found[limit].position
    whole = [row for row in found if row.position != begun]
    if whole:
        return whole, str(whole[-1].position)
    rows = found[:limit]
    return rows, f"{begun}.{rows[-1].recipient.enrollment.place}"


def _campaigns(
    parts: Installation, taken: ViewsSnapshot, rows: Sequence[StoredOutcome]
) -> Mapping[int, tuple[str, ReadTimeRules]]:
    """The id of each campaign among these rows, and what applies to all of its rows."""
    ids = campaign_summary.ids_of(taken.connection, {row.campaign for row in rows})
    return {
        number: (campaign_id, parts.reads.rules_of(parts.reads.campaign_in(taken, campaign_id, taken.position)[1]))
        for number, campaign_id in ids.items()
    }


def _shown(row: StoredOutcome, campaign_id: str, rules: ReadTimeRules, now: datetime, actor: Actor) -> OutcomeShown:
    enrollment, standing, heard = row.recipient.enrollment, row.recipient.standing, row.heard
    told = rules.shown(standing, enrollment.number, enrollment.zone_key, now)
    outcome = OutcomeRow(
        campaign_id=campaign_id,
        number=enrollment.number,
        reference=enrollment.reference,
        status=told.status,
        reason=told.reason,
        attempts=standing.attempts,
        call_id=heard.call_id,
        answered=heard.answered,
        digits=heard.digits,
        seconds=heard.seconds,
        code=standing.code,
        changed_at=row.changed_at,
        position=row.position,
    )
    return shown_outcome(outcome, enrollment.stream, actor)
