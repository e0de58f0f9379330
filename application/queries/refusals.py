"""What MiniVoice refused a campaign's calls with: each code with all that it last said."""

from functools import partial
from typing import Annotated

from msgspec import Struct

from application.actor import Actor
from application.fields import Cursor, Instant, Position, Said, means
from application.installation import Installation
from application.moment import Moment
from application.queries.masking import shown_text, shown_word
from application.views.reads import CampaignRead
from domain.recipient import AttemptRefused, Concerns
from projections.last_refusals import LastRefusal, last_refusals

REFUSALS_MAX = 20
REFUSALS_EVENTS_MAX = 2_000


class RefusalShown(Struct, frozen=True, kw_only=True):
    """The latest refusal with its code and HTTP status."""

    position: Position
    recorded_at: Instant
    attempt_id: str
    status: int
    code: Annotated[str | None, means("MiniVoice's; to viewers only where it looks like one")]
    concerns: Concerns
    counts: Annotated[bool, means("whether it used up an attempt")]
    body: Said


class RefusalsPage(Struct, frozen=True, kw_only=True):
    """The refusals, the latest first; there is no other page."""

    items: list[RefusalShown]
    next: Cursor
    position: Position


def refusals_at(parts: Installation, actor: Actor, campaign_id: str, moment: Moment) -> RefusalsPage:
    """The last refusals before a moment. Raises `NotFound`."""
    return shown_refusals(parts, actor, parts.reads.campaign(campaign_id, moment))


def shown_refusals(parts: Installation, actor: Actor, read: CampaignRead) -> RefusalsPage:
    """The last refusals of a campaign that is read already."""
    codes = frozenset() if read.summary is None else frozenset(read.summary.codes)
    found = last_refusals(
        partial(parts.ledger.read_feed, name=AttemptRefused.NAME),
        read.state.campaign_id,
        codes,
        read.position,
        REFUSALS_MAX,
        REFUSALS_EVENTS_MAX,
    )
    return RefusalsPage(items=[_shown(one, actor) for one in found], next=None, position=read.position)


def _shown(one: LastRefusal, actor: Actor) -> RefusalShown:
    event = one.event
    return RefusalShown(
        position=one.position,
        recorded_at=one.recorded_at,
        attempt_id=event.attempt_id,
        status=event.status,
        code=shown_word(event.code, actor),
        concerns=event.concerns,
        counts=event.counts,
        body=shown_text(event.body, actor),
    )
