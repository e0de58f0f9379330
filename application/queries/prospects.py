"""Where everybody in a campaign would stand under its plan, or under others: what a preflight and a forecast are made of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from application.installation import Installation
from application.moment import Moment
from domain.account import AccountState
from domain.campaign import CampaignState, Plan
from domain.number_kind import NumberKind
from domain.number_plan import country_prefix
from projections import campaign_summary, recipient_status
from projections.campaign_summary import CampaignSummary
from projections.prospects import Forecast, Prospects
from projections.recipient_status import OpenWish
from projections.shared_people import shared_people
from projections.views import ViewsSnapshot


class ProspectsRead(Struct, frozen=True, kw_only=True):
    """Where everybody in a campaign would stand, and what else was known of it then.

    `repeated` are those who wait, and whom one of the other campaigns that were named may call, too; `kinds` how many numbers
    are of each kind of their own, `countries` the codes of the countries that they begin with, where it calls from a pool.
    `callbacks` counts the open wishes, of which `wishes` are the next ones.
    """

    position: int
    judged_at: datetime
    state: CampaignState
    account: AccountState
    summary: CampaignSummary
    prospects: Prospects
    repeated: int
    kinds: Mapping[NumberKind, int]
    countries: Collection[str]
    callbacks: int
    wishes: Sequence[OpenWish]


def read_prospects(
    parts: Installation,
    campaign_id: str,
    moment: Moment,
    plans: Callable[[CampaignState], Sequence[Plan]],
    others: Collection[str] = (),
) -> ProspectsRead:
    """As far as the views have come, judged at the moment's instant. Raises `NotFound`."""
    reads = parts.reads
    with reads.reading() as taken:
        number, state = reads.campaign_in(taken, campaign_id, taken.position)
        forecast = Forecast(
            taken,
            parts.ledger.read_streams,
            parts.ledger.recipient_stream,
            number,
            state,
            parts.only_numbers,
            moment.instant,
        )
        numbers = campaign_summary.campaigns(taken.connection).items() if others else ()
        return ProspectsRead(
            position=taken.position,
            judged_at=moment.instant,
            state=state,
            account=reads.account_in(taken, taken.position),
            summary=campaign_summary.counters_now(taken.connection, number).summary(),
            prospects=forecast.under(plans(state)),
            kinds=recipient_status.kinds(taken.connection, number),
            countries=_countries(taken, number, state),
            callbacks=recipient_status.callbacks_open(taken.connection, number),
            wishes=recipient_status.next_wishes(taken.connection, number),
            repeated=shared_people(taken.connection, number, [one for one, name in numbers if name in others]),
        )


def _countries(taken: ViewsSnapshot, number: int, state: CampaignState) -> frozenset[str]:
    """By the first digits of those who are enrolled; they are looked at only where that is asked for."""
    if state.plan.caller_pool is None:
        return frozenset()
    return frozenset(country_prefix(one) for one in recipient_status.beginnings(taken.connection, number))
