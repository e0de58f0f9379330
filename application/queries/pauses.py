"""The pause that keeps a campaign still, in words, with all that MiniVoice said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from application.actor import Actor
from application.pauses import explain_pause
from application.queries.masking import shown_text, shown_word
from domain.account import AccountPause, AccountState
from domain.campaign import CampaignPause, CampaignState
from domain.probe import probe_due


class PauseShown(Struct, frozen=True, kw_only=True):
    """Why it stands still, and since when.

    `status`, `code` and `body` are MiniVoice's, and the body is not for viewers; `evidence` says of a budget or a breaker by
    what its limit was met; `probes` counts the single calls that tried it, and `probe_at` is when the next one may.
    """

    scope: Literal["campaign", "account"]
    cause: str
    code: str | None
    status: int | None
    body: str | None
    at: datetime
    reason: str
    evidence: Mapping[str, str] | None
    probes: int
    probe_at: datetime | None
    what_to_do: str


def shown_pause(campaign: CampaignState, account: AccountState, actor: Actor) -> PauseShown | None:
    """The campaign's own pause, or the account's while the campaign would run; None where neither holds it."""
    scope: Literal["campaign", "account"]
    pause: CampaignPause | AccountPause
    if campaign.phase == "paused" and campaign.pause is not None:
        scope, pause = "campaign", campaign.pause
    elif campaign.phase == "running" and account.pause is not None:
        scope, pause = "account", account.pause
    else:
        return None
    explained = explain_pause(pause, campaign.campaign_id)
    return PauseShown(
        scope=scope,
        cause=pause.cause,
        code=shown_word(pause.code, actor),
        status=pause.status,
        body=shown_text(pause.body, actor),
        at=pause.at,
        reason=explained.reason,
        evidence=pause.evidence if isinstance(pause, CampaignPause) else None,
        probes=pause.probes,
        probe_at=probe_due(None if campaign.plan.policy is None else campaign.plan.policy.probe, pause),
        what_to_do=explained.what_to_do,
    )
