"""All campaigns, in the order of their creation."""

from msgspec import Struct

from application.actor import Actor
from application.fields import Cursor, Instant, Position
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown, shown_campaign


class CampaignsPage(Struct, frozen=True, kw_only=True):
    """Some campaigns, without notes, in the order of their creation."""

    items: list[CampaignShown]
    next: Cursor
    position: Position
    judged_at: Instant


def campaigns_page(parts: Installation, actor: Actor, moment: Moment, after: int, limit: int) -> CampaignsPage:
    """The campaigns as they were known at a moment."""
    read = parts.reads.campaigns(moment, after, limit)
    return CampaignsPage(
        items=[shown_campaign(actor, item) for item in read.items],
        next=None if read.following is None else str(read.following),
        position=read.position,
        judged_at=moment.instant,
    )
