"""What if: a campaign's attempts judged again under another policy, some recipients at a time. Nothing is written."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace

from adapters.documents.other_policy import OtherPolicy
from adapters.rule_data import installed_rule_data
from application.fields import CallId, CampaignId, Count, Cursor, Instant, Number, Position, means
from application.installation import Installation
from application.moment import Moment
from domain.campaign import Plan
from domain.dialing import RULES, RULES_NUMBER, RuleData
from domain.policy import NO_POLICY, Policy
from projections import recipient_status
from projections.what_if import ITEMS_MAX, OtherwiseJudged, WhatIfTally, judge_otherwise

RECIPIENTS_A_TURN = 250
STEP_MAX = timedelta(seconds=5)
"""Recipients that are left after so long are of the next step."""
NOT_IN_A_VERDICT = ("budget", "breaker", "probe", "ramp", "weight", "needs_approval", "opt_out_digits")
CANNOT_KNOW = (
    "Calls that were never made: whom this policy would have had called, earlier, later or oftener, nobody knows.",
    "Each attempt is judged against the history as it happened: caps count attempts that the policy does not allow.",
    "Only not_allowed_in_turn leaves those out as it goes on; nothing is put in their place.",
    "An attempt that is not allowed might have been made later: who is lost here may have been reached then.",
    "Attempts count for the purpose that they were made for, and DIALTRAIL_ONLY_NUMBERS as it was then is not known.",
)


class AttemptOtherwise(Struct, frozen=True, kw_only=True):
    """An attempt that the policy does not allow, with what became of it."""

    position: Position
    attempt_id: str
    number: Number
    judged_at: Instant
    zone: str
    hour: Annotated[int, Meta(ge=0, le=23, description="the hour of the recipient's day")]
    rules: Annotated[tuple[str, ...], means("what stands against it, and did not by the campaign's own policy")]
    call_id: CallId | None
    reached: bool
    is_person_lost: bool
    only_after_others: Annotated[
        bool, means("whether it would be allowed without those of this person before it that are not")
    ]


class RuleOtherwise(Struct, frozen=True, kw_only=True):
    """What one rule of the policy did."""

    rule: str
    attempts: Annotated[Count, means("attempts that it stands against")]
    alone: Annotated[Count, means("those of them that nothing else stands against")]
    people_lost: Count


class HourOtherwise(Struct, frozen=True, kw_only=True):
    """The attempts of one hour of the recipients' day in one zone."""

    zone: Annotated[str, means("`several` where their number may be in several: the first of them; `unknown`: by UTC")]
    hour: Annotated[int, Meta(ge=0, le=23)]
    attempts: Count
    not_allowed: Count
    people_lost: Count


class WhatIfShown(Struct, frozen=True, kw_only=True):
    """The attempts of some recipients of a campaign under another policy; add the pages up for the whole."""

    campaign_id: CampaignId
    recipients: Count
    people_called: Count
    people_reached: Count
    people_lost: Annotated[Count, means("reached, and by no attempt that is allowed")]
    people_lost_in_turn: Count
    attempts: Count
    reached: Annotated[Count, means("attempts of which a call was answered")]
    not_allowed: Annotated[Count, means("judged against the history as it happened")]
    not_allowed_in_turn: Annotated[
        Count, means("judged in turn, each without those before it that are not allowed, and nothing in their place")
    ]
    reached_not_allowed: Count
    not_by_policy: Annotated[
        Count, means("attempts that something stands against by the campaign's own policy, too: that is left out")
    ]
    unreadable: Annotated[Count, means("attempts whose verdict cannot be read; they are not judged")]
    other_rules: Annotated[Count, means("attempts whose verdict was made by other rules than those of today")]
    other_rule_data: Annotated[Count, means("by other data: zones, holidays, numbering plans")]
    rules: Annotated[int, means("the number of the rules by which all of it is judged: those of today")]
    rule_data: Annotated[RuleData, means("the data by which all of it is judged: that of today")]
    by_rule: list[RuleOtherwise]
    by_hour: list[HourOtherwise]
    items: Annotated[list[AttemptOtherwise], Meta(max_length=ITEMS_MAX)]
    not_judged: Annotated[list[str], means("what the policy has that no verdict goes by")]
    cannot_know: list[str]
    next: Cursor
    position: Position


class WhatIfStep(NamedTuple):
    """The sums over some recipients, and the place to go on from; None at the end."""

    tally: WhatIfTally
    following: int | None


def what_if(
    parts: Installation, campaign_id: str, other: OtherPolicy, moment: Moment, after: int, limit: int
) -> WhatIfShown:
    """One step over the recipients after a place, in the order of enrolment. The account has to be known; raises `NotFound`."""
    step = judge_step(parts, campaign_id, other, moment, after, limit, STEP_MAX)
    return shown_what_if(campaign_id, other.policy, step, moment)


def judge_step(
    parts: Installation,
    campaign_id: str,
    other: OtherPolicy,
    moment: Moment,
    after: int,
    recipients_max: int,
    time_max: timedelta,
) -> WhatIfStep:
    """So many recipients at most, and for about so long; at least one turn of them."""
    parts.reads.campaign_state(campaign_id, moment.position)
    begun_at, tally, left = parts.clock(), WhatIfTally(), recipients_max

    def changed(plan: Plan) -> Plan:
        more = replace(plan, policy=other.policy)
        return replace(more, rules_kinds=True) if other.rules_kinds else more

    while left:
        rows = _recipients(parts, campaign_id, after, min(left, RECIPIENTS_A_TURN) + 1, moment.position)
        some = rows[: min(left, RECIPIENTS_A_TURN)]
        tally.add(
            judge_otherwise(
                parts.ledger.read_streams,
                parts.ledger.recipient_stream,
                [stream for _, stream in some],
                campaign_id,
                changed,
                parts.in_flight.fingerprint,
                moment.position,
                installed_rule_data(),
            )
        )
        if len(rows) == len(some):
            return WhatIfStep(tally, None)
        after, left = some[-1][0], left - len(some)
        if not timedelta() <= parts.clock() - begun_at < time_max:
            break
    return WhatIfStep(tally, after)


def _recipients(
    parts: Installation, campaign_id: str, after: int, rows_max: int, position: int
) -> Sequence[tuple[int, str]]:
    with parts.reads.reading() as taken:
        number, _ = parts.reads.campaign_in(taken, campaign_id, position)
        return recipient_status.enrolled_streams(taken.connection, number, after, rows_max, position)


def shown_what_if(campaign_id: str, policy: Policy, step: WhatIfStep, moment: Moment) -> WhatIfShown:
    """The sums as they are shown."""
    tally = step.tally
    order = {rule: nth for nth, rule in enumerate(RULES)}
    return WhatIfShown(
        campaign_id=campaign_id,
        recipients=tally.recipients,
        people_called=tally.people_called,
        people_reached=tally.people_reached,
        people_lost=tally.people_lost,
        people_lost_in_turn=tally.people_lost_in_turn,
        attempts=tally.attempts,
        reached=tally.reached,
        not_allowed=tally.not_allowed,
        not_allowed_in_turn=tally.not_allowed_in_turn,
        reached_not_allowed=tally.reached_not_allowed,
        not_by_policy=tally.not_by_policy,
        unreadable=tally.unreadable,
        other_rules=tally.bases["other rules"],
        other_rule_data=tally.bases["other rule data"],
        rules=RULES_NUMBER,
        rule_data=installed_rule_data(),
        by_rule=[
            RuleOtherwise(rule=name, attempts=one.attempts, alone=one.alone, people_lost=one.people_lost)
            for name, one in sorted(tally.rules.items(), key=lambda item: order.get(item[0], len(order)))
        ],
        by_hour=[
            HourOtherwise(
                zone=zone, hour=hour, attempts=one.attempts, not_allowed=one.not_allowed, people_lost=one.people_lost
            )
            for (zone, hour), one in sorted(tally.hours.items())
        ],
        items=[_item(one) for one in tally.items],
        not_judged=[name for name in NOT_IN_A_VERDICT if getattr(policy, name) != getattr(NO_POLICY, name)],
        cannot_know=list(CANNOT_KNOW),
        next=None if step.following is None else str(step.following),
        position=moment.position,
    )


def _item(one: OtherwiseJudged) -> AttemptOtherwise:
    return AttemptOtherwise(
        position=one.position,
        attempt_id=one.attempt_id,
        number=one.number,
        judged_at=one.judged_at,
        zone=one.zone,
        hour=one.hour,
        rules=one.rules,
        call_id=one.call_id,
        reached=one.reached,
        is_person_lost=one.is_person_lost,
        only_after_others=one.only_after_others,
    )
