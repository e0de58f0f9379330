"""What is judged of a recipient in a campaign that runs, and the verdicts to compare it with."""

from collections.abc import Collection

from domain.account import AccountState
from domain.campaign import CampaignStarted, CampaignState
from domain.dialing import ATTEMPTS_WITHOUT_POLICY_MAX, Reason, Verdict, judge
from domain.recipient import RecipientEvent
from tests.domain.given import account_after, at, campaign_after, recipient_after

RUNNING = campaign_after(CampaignStarted())
FREE = account_after()
NOW = at(60)


def judged(
    *events: RecipientEvent,
    campaign: CampaignState = RUNNING,
    account: AccountState = FREE,
    ended_calls: Collection[str] = (),
    only_numbers: Collection[str] | None = None,
) -> Verdict:
    recipient = recipient_after(*events)
    return judge(campaign, recipient, account, recipient.open_attempts(ended_calls), NOW, only_numbers)


def verdict(*reasons: Reason, counted: int = 0) -> Verdict:
    return Verdict(judged_at=NOW, attempts_counted=counted, attempts_max=ATTEMPTS_WITHOUT_POLICY_MAX, reasons=reasons)


USED_UP = Reason(rule="attempts_used_up", scope="recipient", final=True, inputs={"counted": 1, "attempts_max": 1})


def open_attempt(attempt_id: str) -> Reason:
    return Reason(rule="open_attempt", scope="recipient", inputs={"attempt_id": attempt_id})
