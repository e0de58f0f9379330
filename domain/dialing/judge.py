"""May this recipient be dialled now? Each rule looks at what is known and says nothing, or why not."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from domain.account import AccountState
from domain.call.state import CallState
from domain.campaign import CampaignState
from domain.dialing.attempt_rules import attempt_reasons
from domain.dialing.callback_rules import callback_reasons
from domain.dialing.clock_rules import campaign_clock_reasons, only_list_reason, recipient_clock_reasons
from domain.dialing.consent_rules import consent_id_held, consent_reason
from domain.dialing.declined_rules import declined_reasons
from domain.dialing.inbound_rules import inbound_reasons
from domain.dialing.lookup_rules import lookup_reason
from domain.dialing.number_rules import kind_reason
from domain.dialing.schedule_rules import schedule_reasons
from domain.dialing.verdict import Reason, Verdict
from domain.personal import ERASED
from domain.policy import NO_POLICY, Policy
from domain.recipient.callback import Callback
from domain.recipient.state import RecipientState
from domain.recipient.wishes import open_callback
from domain.zones import zone_key

ATTEMPTS_WITHOUT_POLICY_MAX = NO_POLICY.attempts_max
NO_CALLS: Mapping[str, CallState] = {}


def judge(
    campaign: CampaignState,
    recipient: RecipientState,
    account: AccountState,
    open_attempts: Collection[str],
    now: datetime,
    only_numbers: Collection[str] | None = None,
    *,
    calls: Mapping[str, CallState] = NO_CALLS,
    clock_rules: bool = True,
) -> Verdict:
    """The verdict at `now`.

    `open_attempts` are the ids of this person's attempts, in any campaign, that are neither refused, abandoned nor ended;
    `calls` their calls by id, without which no outcome is tried again. `only_numbers`, where given, are all that may be
    dialled. Without `clock_rules`, those that hang on the time of day and on the campaign alone, which concern many at once,
    and on a call that came in, which lasts a moment, are left out: they are applied when rows are read.
    """
    policy, campaign_id = campaign.plan.policy or NO_POLICY, campaign.campaign_id
    wish = open_callback(recipient, campaign_id)
    known = [
        *_by_standing(campaign, account, recipient, now),
        *_by_their_word(policy, recipient, campaign_id, wish, now),
        *attempt_reasons(policy, campaign_id, recipient, calls, open_attempts, now, is_wished=wish is not None),
        _no_open_attempt(open_attempts),
        lookup_reason(recipient, campaign_id, now),
        *_by_number(campaign, account, recipient.number, only_numbers),
    ]
    found = [reason for reason in known if reason is not None]
    if clock_rules:
        found += (*schedule_reasons(campaign, now), *inbound_reasons(recipient, calls, now))
        found += () if policy is NO_POLICY else _by_the_clock(policy, recipient, campaign_id, now)
    return Verdict(
        judged_at=now,
        attempts_counted=recipient.attempts_counted(campaign_id),
        attempts_max=policy.attempts_max,
        reasons=tuple(found),
        callback_at=None if wish is None else wish.at,
        consent_id=consent_id_held(policy, campaign_id, recipient, now),
    )


def judge_person(
    campaign: CampaignState,
    recipient: RecipientState,
    account: AccountState,
    calls: Mapping[str, CallState],
    now: datetime,
    only_numbers: Collection[str] | None = None,
    *,
    clock_rules: bool = True,
) -> Verdict:
    """The verdict at `now` on a person of whom all calls are known, by id: an accepted attempt is open until its call has ended."""
    ended = {call_id for call_id, call in calls.items() if call.phase == "ended"}
    open_attempts = recipient.open_attempts(ended)
    return judge(campaign, recipient, account, open_attempts, now, only_numbers, calls=calls, clock_rules=clock_rules)


def _by_their_word(
    policy: Policy, recipient: RecipientState, campaign_id: str, wish: Callback | None, now: datetime
) -> Iterator[Reason]:
    missing = consent_reason(policy, campaign_id, recipient, now)
    if missing is not None:
        yield missing
    yield from declined_reasons(policy, campaign_id, recipient, now)
    yield from callback_reasons(wish, now)


def _by_standing(
    campaign: CampaignState, account: AccountState, recipient: RecipientState, now: datetime
) -> Iterator[Reason | None]:
    yield _campaign_runs(campaign)
    yield _account_is_free(account)
    yield _takes_part(recipient, campaign.campaign_id)
    yield _not_suppressed(recipient, now)
    yield _not_refused(recipient, campaign.campaign_id)


def _by_number(
    campaign: CampaignState, account: AccountState, number: str, only_numbers: Collection[str] | None
) -> Iterator[Reason | None]:
    yield _destination_is_free(account, number)
    yield kind_reason(campaign.plan, number)
    yield _number_is_allowed(number, only_numbers)


def _by_the_clock(policy: Policy, recipient: RecipientState, campaign_id: str, now: datetime) -> Iterator[Reason]:
    only_list = only_list_reason(policy, recipient.number)
    if only_list is not None:
        yield only_list
    yield from campaign_clock_reasons(policy, now)
    enrollment = recipient.enrollments.get(campaign_id)
    key = zone_key(None if enrollment is None else enrollment.zone, recipient.number)
    yield from recipient_clock_reasons(policy, key, now)


def _campaign_runs(campaign: CampaignState) -> Reason | None:
    if campaign.phase == "running":
        return None
    return Reason(
        rule="campaign_not_running",
        scope="campaign",
        final=campaign.is_over,
        inputs={"phase": campaign.phase, "code": None if campaign.pause is None else campaign.pause.code},
    )


def _account_is_free(account: AccountState) -> Reason | None:
    if account.pause is None:
        return None
    return Reason(
        rule="account_paused", scope="account", inputs={"cause": account.pause.cause, "code": account.pause.code}
    )


def _takes_part(recipient: RecipientState, campaign_id: str) -> Reason | None:
    enrollment = recipient.enrollments.get(campaign_id)
    if enrollment is None:
        return Reason(rule="not_enrolled", scope="recipient", final=True)
    if enrollment.withdrawn:
        cause, why = enrollment.withdrawn_cause, enrollment.withdrawn_why
        inputs = {} if cause is None else {"cause": cause, "why": why}
        return Reason(rule="withdrawn", scope="recipient", final=True, inputs=inputs)
    if enrollment.erased:
        return Reason(rule="withdrawn", scope="recipient", final=True, inputs={"cause": ERASED, "why": None})
    return None


def _not_suppressed(recipient: RecipientState, now: datetime) -> Reason | None:
    suppression = recipient.suppression_at(now)
    if suppression is None:
        return None
    return Reason(
        rule="suppressed",
        scope="recipient",
        final=suppression.expires_at is None,
        until=suppression.expires_at,
        inputs={"source": suppression.source, **({"spelling": suppression.spelling} if suppression.spelling else {})},
    )


def _not_refused(recipient: RecipientState, campaign_id: str) -> Reason | None:
    refusal = recipient.refusal(campaign_id)
    if refusal is None:
        return None
    return Reason(
        rule="refused", scope="recipient", final=True, inputs={"code": refusal.code, "attempt_id": refusal.attempt_id}
    )


def _no_open_attempt(open_attempts: Collection[str]) -> Reason | None:
    if not open_attempts:
        return None
    return Reason(rule="open_attempt", scope="recipient", inputs={"attempt_id": min(open_attempts)})


def _destination_is_free(account: AccountState, number: str) -> Reason | None:
    prefix = account.held_prefix_of(number)
    if prefix is None:
        return None
    return Reason(rule="destination_held", scope="recipient", inputs={"code": account.held_prefixes[prefix]})


def _number_is_allowed(number: str, only_numbers: Collection[str] | None) -> Reason | None:
    if only_numbers is None or number in only_numbers:
        return None
    return Reason(rule="not_in_only_numbers", scope="recipient", inputs={"setting": "DIALTRAIL_ONLY_NUMBERS"})
