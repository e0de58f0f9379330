"""May this recipient be dialled now? A verdict with its reasons, so that every call and every silence can be explained.

Each rule looks at what is known and says nothing, or why not. The rules of a campaign's policy (hours, caps, retries)
will stand here beside these.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.account import AccountState
from domain.campaign import CampaignState
from domain.recipient.state import RecipientState

ATTEMPTS_WITHOUT_POLICY_MAX = 1

Scope = Literal["account", "campaign", "recipient"]


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule that stands against the call.

    `rule` is its permanent name, `scope` whom it concerns, `final` whether waiting cannot help, `until` the earliest
    instant (UTC) at which it may have passed, if that can be known, `inputs` what it was judged by.
    """

    rule: str
    scope: Scope
    final: bool = False
    until: datetime | None = None
    inputs: Mapping[str, str | int | bool | None] = {}


class Verdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every rule's answer at `judged_at`; without reasons against it, the call may be placed."""

    judged_at: datetime
    attempts_counted: int
    attempts_max: int
    reasons: tuple[Reason, ...] = ()

    @property
    def may_dial(self) -> bool:
        """Whether no rule stands against it."""
        return not self.reasons

    @property
    def is_final(self) -> bool:
        """Whether this recipient will never be dialled in this campaign as things stand."""
        return any(reason.final for reason in self.reasons)

    @property
    def holding(self) -> Reason | None:
        """What keeps this recipient waiting while others of the campaign may be called, or None."""
        return next((r for r in self.reasons if r.scope == "recipient" and not r.final), None)


def judge(
    campaign: CampaignState,
    recipient: RecipientState,
    account: AccountState,
    open_attempts: Collection[str],
    now: datetime,
    only_numbers: Collection[str] | None = None,
) -> Verdict:
    """The verdict at `now`.

    `open_attempts` are the ids of this person's attempts, in any campaign, that are neither refused, abandoned nor
    ended. `only_numbers`, where given, are the only ones that this installation may dial.
    """
    enrollment = recipient.enrollments.get(campaign.campaign_id)
    counted = recipient.attempts_counted(campaign.campaign_id)
    found = [
        _campaign_runs(campaign),
        _account_is_free(account),
        None if enrollment is not None else Reason(rule="not_enrolled", scope="recipient", final=True),
        _not_withdrawn(recipient, campaign.campaign_id),
        _not_suppressed(recipient, now),
        _not_refused(recipient, campaign.campaign_id),
        _attempts_left(counted, open_attempts, recipient, campaign.campaign_id),
        _no_open_attempt(open_attempts),
        _destination_is_free(account, recipient.number),
        _number_is_allowed(recipient.number, only_numbers),
    ]
    return Verdict(
        judged_at=now,
        attempts_counted=counted,
        attempts_max=ATTEMPTS_WITHOUT_POLICY_MAX,
        reasons=tuple(reason for reason in found if reason is not None),
    )


def _campaign_runs(campaign: CampaignState) -> Reason | None:
    if campaign.phase == "running":
        return None
    return Reason(
        rule="campaign_not_running",
        scope="campaign",
        final=campaign.phase in {"canceled", "completed"},
        inputs={"phase": campaign.phase, "code": None if campaign.pause is None else campaign.pause.code},
    )


def _account_is_free(account: AccountState) -> Reason | None:
    if account.pause is None:
        return None
    return Reason(
        rule="account_paused", scope="account", inputs={"cause": account.pause.cause, "code": account.pause.code}
    )


def _not_withdrawn(recipient: RecipientState, campaign_id: str) -> Reason | None:
    enrollment = recipient.enrollments.get(campaign_id)
    if enrollment is None or not enrollment.withdrawn:
        return None
    return Reason(rule="withdrawn", scope="recipient", final=True)


def _not_suppressed(recipient: RecipientState, now: datetime) -> Reason | None:
    suppression = recipient.suppression_at(now)
    if suppression is None:
        return None
    return Reason(
        rule="suppressed",
        scope="recipient",
        final=suppression.expires_at is None,
        until=suppression.expires_at,
        inputs={"source": suppression.source},
    )


def _not_refused(recipient: RecipientState, campaign_id: str) -> Reason | None:
    refusal = recipient.refusal(campaign_id)
    if refusal is None:
        return None
    return Reason(
        rule="refused", scope="recipient", final=True, inputs={"code": refusal.code, "attempt_id": refusal.attempt_id}
    )


def _attempts_left(
    counted: int, open_attempts: Collection[str], recipient: RecipientState, campaign_id: str
) -> Reason | None:
    if counted < ATTEMPTS_WITHOUT_POLICY_MAX:
        return None
    if any(a.attempt_id in open_attempts for a in recipient.attempts_in(campaign_id)):
        return None
    return Reason(
        rule="attempts_used_up",
        scope="recipient",
        final=True,
        inputs={"counted": counted, "attempts_max": ATTEMPTS_WITHOUT_POLICY_MAX},
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
