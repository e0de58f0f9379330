"""The pause that keeps a campaign still, in words, with all that MiniVoice said."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Struct

from application.actor import Actor
from application.fields import Count, Instant, Said, means, one_of
from application.pauses import explain_pause
from application.queries.masking import shown_text, shown_word
from domain.account import AccountPause, AccountState
from domain.campaign import CampaignPause, CampaignState, Phase, ends_pause
from domain.probe import probe_due


class PauseShown(Struct, frozen=True, kw_only=True):
    """Why a campaign stands still, and since when."""

    scope: Literal["campaign", "account"]
    cause: Annotated[str, one_of("operator", "provider", "budget", "breaker", "canary", "schedule")]
    code: str | None
    status: int | None
    body: Said
    at: Instant
    reason: Annotated[str, means("what the code means, in words")]
    evidence: Annotated[Mapping[str, str] | None, means("of a budget or a breaker: by what its limit was met")]
    probes: Annotated[Count, means("single calls that have tried the pause")]
    probe_at: Annotated[Instant | None, means("when the next one may")]
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
    explained = explain_pause(pause, campaign.campaign_id, ends_pause(campaign))
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


def shown_state(campaign: CampaignState, account: AccountState) -> Phase:
    """The campaign's state as everybody sees it: paused while the account is, where it would run."""
    return "paused" if campaign.phase == "running" and account.pause is not None else campaign.phase
