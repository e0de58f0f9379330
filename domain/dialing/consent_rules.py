"""The rule that hangs on consent: where a policy requires it, nobody is called without one that holds at the moment of sending."""

from datetime import datetime

from domain.dialing.verdict import CONSENT_MISSING, Reason
from domain.policy import ConsentRules, Policy
from domain.recipient.consent import Consent, Consents, consent_at, consent_ends_at
from domain.recipient.state import RecipientState


def consent_rules(policy: Policy | None) -> ConsentRules | None:
    """What a policy requires; None where it requires none."""
    return None if policy is None or policy.consent is None or not policy.consent.required else policy.consent


def consent_judged_by(policy: Policy | None, campaign_id: str) -> tuple[ConsentRules, tuple[str, ...]] | None:
    """All that a policy's word on consent hangs on: what is required, and for which purposes; None where none is."""
    rules = consent_rules(policy)
    return None if policy is None or rules is None else (rules, purposes_accepted(policy, campaign_id))


def consent_held(policy: Policy | None, campaign_id: str, recipient: RecipientState, now: datetime) -> Consent | None:
    """The consent that a call of this campaign would be placed on at `now`; None where there is none, or none is required."""
    rules = consent_rules(policy)
    if policy is None or rules is None:
        return None
    return consent_at(recipient.consents, purposes_accepted(policy, campaign_id), rules.max_age_days, now)


def consent_id_held(policy: Policy, campaign_id: str, recipient: RecipientState, now: datetime) -> str | None:
    """The id of that consent."""
    held = consent_held(policy, campaign_id, recipient, now)
    return None if held is None else held.consent_id


def consent_runs_out(
    policy: Policy | None, campaign_id: str, recipient: RecipientState, now: datetime
) -> datetime | None:
    """When the last consent that holds at `now` ends; None where no end is known, or none holds or is required."""
    held = consent_held(policy, campaign_id, recipient, now)
    return None if held is None else held_consent_ends_at(policy, recipient, held)


def held_consent_ends_at(policy: Policy | None, recipient: RecipientState, held: Consent) -> datetime | None:
    """When a consent ends that is held; None where no end is known."""
    rules = consent_rules(policy)
    return None if rules is None else consent_ends_at(recipient.consents, held, rules.max_age_days)


def consent_reason(policy: Policy, campaign_id: str, recipient: RecipientState, now: datetime) -> Reason | None:
    """What is missing at `now`; nobody knows when it comes."""
    rules = consent_rules(policy)
    if rules is None or consent_held(policy, campaign_id, recipient, now) is not None:
        return None
    purposes = purposes_accepted(policy, campaign_id)
    known = recipient.consents
    own = [one for one in known.given.values() if one.purpose in purposes]
    last = max(own, key=lambda one: (one.given_at, one.consent_id), default=None)
    inputs: dict[str, str | int | bool | None] = {
        "purposes": ", ".join(purposes),
        "why": "other_purpose" if known.given else "none",
        "max_age_days": rules.max_age_days,
    }
    if last is not None:
        inputs |= {"why": _why(known, last, now), "given_at": last.given_at.isoformat(), "consent_id": last.consent_id}
    return Reason(rule=CONSENT_MISSING, scope="recipient", inputs=inputs)


def purposes_accepted(policy: Policy, campaign_id: str) -> tuple[str, ...]:
    """The purposes of consents that count for a campaign: those that its policy names, else its own."""
    named = () if policy.consent is None else policy.consent.purposes
    return named or (policy.purpose or campaign_id,)


def _why(known: Consents, last: Consent, now: datetime) -> str:
    if last.given_at > now:
        return "not_yet"
    if known.revoked_at(last) is not None:
        return "revoked"
    return "expired" if last.until is not None and now >= last.until else "too_old"
