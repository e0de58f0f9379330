"""A provider's pause, tried by one single call after a delay that grows."""

from contextlib import suppress
from datetime import datetime, timedelta

from msgspec.structs import replace

from domain.account import AccountPause, AccountState
from domain.campaign import CampaignPause, CampaignState
from domain.instants import later
from domain.policy import Probe

PROVIDER = "provider"
REASON = "probe"


def probe_due(probe: Probe | None, pause: AccountPause | CampaignPause | None) -> datetime | None:
    """When (UTC) the next single call may try a pause; None where none may: the policy, or whoever paused it, does not allow it."""
    if probe is None or pause is None or pause.cause != PROVIDER:
        return None
    # A power of very many probes is no number any more; the delay has long been the longest by then.
    seconds = float(probe.after_seconds_max)
    with suppress(OverflowError):
        seconds = min(seconds, probe.after_seconds * probe.factor**pause.probes)
    return later(pause.probed_at or pause.at, timedelta(seconds=seconds))


def as_if_resumed(campaign: CampaignState, account: AccountState) -> tuple[CampaignState, AccountState]:
    """Both without the provider's pauses, for the verdict on a call that tries them; any other pause stays."""
    if campaign.phase == "paused" and campaign.pause is not None and campaign.pause.cause == PROVIDER:
        campaign = replace(campaign, phase="running", pause=None)
    if account.pause is not None and account.pause.cause == PROVIDER:
        account = replace(account, pause=None)
    return campaign, account
