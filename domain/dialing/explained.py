"""A verdict rule by rule, those that stand against the call and those that do not, each with what it was judged by."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from domain.caller_pool import CallerUse
from domain.campaign import CampaignState
from domain.dialing.agent_rules import agents_looked_at
from domain.dialing.caller_rules import callers_looked_at
from domain.dialing.clock_rules import judged_zones
from domain.dialing.clocks import CLOCK_AHEAD_MAX_SECONDS
from domain.dialing.consent_rules import consent_rules, purposes_accepted
from domain.dialing.number_rules import kinds_allowed
from domain.dialing.rules import RULES
from domain.dialing.verdict import Reason, Scope, Verdict
from domain.number_kind import kind_of
from domain.policy import NO_POLICY, WEEKDAYS, Policy, week_of
from domain.recipient.state import RecipientState
from domain.zones import local_time, zone_info, zone_key

_NEVER = datetime.max.replace(tzinfo=UTC)
Inputs = Mapping[str, str | int | bool | None]


class RuleExplained(Struct, frozen=True, kw_only=True):
    """One rule and whether it stands against the call; the rest is as in a `Reason`."""

    rule: str
    stands_against: bool
    scope: Scope
    final: bool
    until: datetime | None
    inputs: Inputs


def explain(
    verdict: Verdict,
    campaign: CampaignState,
    recipient: RecipientState,
    only_numbers: Collection[str] | None,
    callers: CallerUse | None = None,
    live: int | None = None,
) -> list[RuleExplained]:
    """Every rule once, those that stand against the call first; of a rule that does so more than once, what holds longest.

    `live` is how many calls of the campaign are under way, where that is known.
    """
    against = _against(verdict)
    looked_at = {
        **_looked_at(verdict, campaign, recipient, only_numbers),
        **callers_looked_at(campaign, recipient, callers, verdict.judged_at),
        **agents_looked_at(campaign, live),
    }
    standing = [against[rule] for rule in dict.fromkeys((*RULES, *against)) if rule in against]
    return [
        *(
            RuleExplained(
                rule=reason.rule,
                stands_against=True,
                scope=reason.scope,
                final=reason.final,
                until=reason.until,
                inputs=reason.inputs,
            )
            for reason in standing
        ),
        *(
            RuleExplained(
                rule=rule, stands_against=False, scope=scope, final=False, until=None, inputs=looked_at.get(rule, {})
            )
            for rule, scope in RULES.items()
            if rule not in against
        ),
    ]


def _against(verdict: Verdict) -> Mapping[str, Reason]:
    against: dict[str, Reason] = {}
    for reason in verdict.reasons:
        known = against.get(reason.rule)
        if known is None or _weight(reason) > _weight(known):
            against[reason.rule] = reason
    return against


def zones_judged(campaign: CampaignState, recipient: RecipientState) -> tuple[str, ...]:
    """The zones by whose clocks a recipient of a campaign is judged."""
    policy = campaign.plan.policy or NO_POLICY
    enrollment = recipient.enrollments.get(campaign.campaign_id)
    return judged_zones(policy, zone_key(None if enrollment is None else enrollment.zone, recipient.number))


def _weight(reason: Reason) -> tuple[bool, datetime]:
    return reason.final, reason.until or _NEVER


def _looked_at(
    verdict: Verdict, campaign: CampaignState, recipient: RecipientState, only_numbers: Collection[str] | None
) -> Mapping[str, Inputs]:
    """What the rules that say nothing went by."""
    policy, asked = campaign.plan.policy or NO_POLICY, campaign.plan.asked_first
    zones = ", ".join(zones_judged(campaign, recipient))
    return {
        "campaign_not_running": {"phase": campaign.phase},
        "clock_ahead": {"clock_ahead_max_seconds": int(CLOCK_AHEAD_MAX_SECONDS)},
        "callback_waits": {"at": None if verdict.callback_at is None else verdict.callback_at.isoformat()},
        "consent_missing": _consent_looked_at(verdict, policy, campaign.campaign_id),
        "declined": {
            "purpose": policy.purpose or campaign.campaign_id,
            "rest_days": None if policy.declined is None else policy.declined.rest_days,
        },
        "attempts_used_up": {"counted": verdict.attempts_counted, "attempts_max": verdict.attempts_max},
        "outcome_not_retried": {"retried": ", ".join(sorted(policy.retry))},
        "attempt_gap": {"gap_seconds": policy.attempt_gap_seconds},
        "person_cap": {"caps": len(policy.caps)},
        "conversation_gap": {"gaps": len(policy.conversation_gaps)},
        "purpose_waits": {"waits_for": ", ".join(policy.waits_for)},
        "answer_grace": {"grace_seconds": policy.answer_grace_seconds},
        "lookup_failed": {"host": None if asked is None else asked.host},
        "number_kind": {
            "kind": kind_of(recipient.number),
            "allowed": ", ".join(kinds_allowed(campaign.plan)),
            "is_ruled": bool(campaign.plan.rules_kinds),
        },
        "not_in_only_numbers": {"setting": "DIALTRAIL_ONLY_NUMBERS", "is_set": only_numbers is not None},
        "not_in_only_list": {"numbers_in_list": None if policy.only is None else len(policy.only)},
        "not_started_yet": {"starts_at": None if policy.starts_at is None else policy.starts_at.isoformat()},
        "campaign_over": {"ends_at": None if policy.ends_at is None else policy.ends_at.isoformat()},
        "zone_unknown": {"zones": zones, "default_zone": policy.default_zone},
        "zone_data_missing": {"zones": zones},
        "outside_hours": _hours_looked_at(policy, zones, verdict.judged_at),
        "excluded_date": {"dates": len(policy.excluded_dates)},
        "holiday": {"places": ", ".join(policy.holidays)},
        "holiday_data_missing": {"places": ", ".join(policy.holidays)},
    }


def _consent_looked_at(verdict: Verdict, policy: Policy, campaign_id: str) -> Inputs:
    rules = consent_rules(policy)
    return {
        "consent_id": verdict.consent_id,
        "purposes": None if rules is None else ", ".join(purposes_accepted(policy, campaign_id)),
    }


def _hours_looked_at(policy: Policy, zones: str, now: datetime) -> Inputs:
    clock = zone_info(zones.partition(", ")[0]) if zones else None
    if policy.hours is None or clock is None:
        return {"zones": zones, "windows": None, "is_set": policy.hours is not None}
    local = local_time(now, clock)
    return {
        "zones": zones,
        "zone": clock.key,
        "local_time": local.isoformat(timespec="minutes"),
        "weekday": WEEKDAYS[local.weekday()],
        "windows": ", ".join(str(window) for window in week_of(policy.hours)[local.weekday()]),
    }
