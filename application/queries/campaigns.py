"""All campaigns, in the order of their creation, or the newest first."""

from typing import Literal, get_args

from msgspec import Struct

from application.actor import Actor
from application.fields import Cursor, Instant, Position
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown, shown_campaign
from application.queries.pauses import shown_state
from domain.campaign import Phase

Order = Literal["oldest", "newest", "newest_without_tries"]
ORDERS: tuple[Order, ...] = get_args(Order)
STATES: tuple[Phase, ...] = get_args(Phase)


class CampaignsPage(Struct, frozen=True, kw_only=True):
    """Some campaigns, without notes, in the order that was asked for."""

    items: list[CampaignShown]
    next: Cursor
    position: Position
    judged_at: Instant


def campaigns_page(
    parts: Installation,
    actor: Actor,
    moment: Moment,
    after: int,
    limit: int,
    order: Order = "oldest",
    state: Phase | None = None,
) -> CampaignsPage:
    """The campaigns as they were known at a moment; of one state, a page may be short though others follow."""
    read = parts.reads.campaigns(
        moment,
        after,
        limit,
        newest_first=order != "oldest",
        with_tries=order != "newest_without_tries",
        wanted=None if state is None else lambda one, account: shown_state(one, account) == state,
    )
    return CampaignsPage(
        items=[shown_campaign(actor, item) for item in read.items],
        next=None if read.following is None else str(read.following),
        position=read.position,
        judged_at=moment.instant,
    )
