"""What a campaign would meet if it started now: who may be called when, how long that takes, and what to look at first."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Struct
from msgspec.structs import asdict

from application.clock_ahead import clock_ahead
from application.fields import CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.preflight.callbacks_ahead import CallbacksAhead, callbacks_ahead
from application.preflight.figures import Circumstances, DurationEstimate, preflight
from application.preflight.inbound_ahead import InboundAhead, inbound_ahead
from application.preflight.schedule_ahead import ScheduleAhead, schedule_ahead
from application.preflight.warnings import Warned, warnings
from application.queries.prospects import ProspectsRead, read_prospects
from domain.campaign import CampaignState, Phase, Plan

RUNS = frozenset({"running", "paused"})


class PreflightShown(Struct, frozen=True, kw_only=True):
    """Everybody enrolled, each counted in one figure, an estimate, and warnings."""

    campaign_id: CampaignId
    position: Position
    judged_at: Instant
    state: Phase
    recipients: Count
    callable_now: Count
    later_today: Count
    later: Count
    suppressed: Count
    capped: Annotated[Mapping[str, Count], means("by rule")]
    not_dialable: Annotated[Mapping[str, Count], means("by rule, or by status")]
    under_way: Count
    done: Count
    not_judged: Count
    repeated: Annotated[Count, means("of those who wait: who wait in another campaign that runs, too")]
    callbacks: CallbacksAhead
    schedule: Annotated[ScheduleAhead | None, means("null without one, or once the campaign is over")]
    inbound: InboundAhead
    estimate: DurationEstimate
    warnings: list[Warned]


def preflight_now(
    parts: Installation, campaign_id: str, moment: Moment, lookup_unreachable: str | None = None
) -> PreflightShown:
    """A campaign as far as the views have come, judged at the moment's instant, and what is wrong with its lookup. Raises `NotFound`."""
    read = read_prospects(parts, campaign_id, moment, _as_it_is, others_that_run(parts, campaign_id))
    around = _around(parts, campaign_id, read, lookup_unreachable)
    found = preflight(read.prospects, around)
    return PreflightShown(
        campaign_id=read.state.campaign_id,
        position=read.position,
        judged_at=read.judged_at,
        state=read.state.phase,
        recipients=sum(read.prospects.groups.values()) + read.prospects.not_judged,
        **asdict(found.figures),
        repeated=read.repeated,
        callbacks=around.callbacks,
        schedule=schedule_ahead(read.state, read.judged_at),
        inbound=around.inbound,
        estimate=found.estimate,
        warnings=warnings(found, read.prospects, around),
    )


def _around(
    parts: Installation, campaign_id: str, read: ProspectsRead, lookup_unreachable: str | None
) -> Circumstances:
    return Circumstances(
        state=read.state,
        account=read.account,
        summary=read.summary,
        calls_placed=parts.in_flight.counts.calls_placed(campaign_id),
        kinds=read.kinds,
        only_numbers=parts.only_numbers,
        account_limits=parts.account_limits,
        has_webhook_secret=parts.has_webhook_secret,
        operators=len(parts.operators),
        now=read.judged_at,
        clock_ahead=clock_ahead(parts.ledger, read.judged_at),
        unsound=parts.unsound(),
        shared=read.repeated,
        callers=parts.in_flight.callers.use(campaign_id),
        countries=read.countries,
        others=[parts.in_flight.campaigns[one] for one in sorted(others_that_run(parts, campaign_id))],
        lookup_unreachable=lookup_unreachable,
        signs_lookups=parts.signs_lookups,
        callbacks=callbacks_ahead(read.state, read.callbacks, read.wishes, read.judged_at),
        inbound=inbound_ahead(read.state, parts.inbound_script),
    )


def others_that_run(parts: Installation, campaign_id: str) -> set[str]:
    """The campaigns that may call somebody, or will once they are resumed."""
    return {name for name, one in parts.in_flight.campaigns.items() if one.phase in RUNS and name != campaign_id}


def _as_it_is(state: CampaignState) -> list[Plan]:
    return [state.plan]
