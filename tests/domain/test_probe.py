"""When a pause may be tried by one call, and what its verdict leaves out of account."""

import pytest

from domain.account import AccountPause, AccountPaused
from domain.campaign import CampaignPaused, CampaignStarted
from domain.policy import Probe
from domain.probe import as_if_resumed, probe_due
from tests.domain.given import account_after, at, campaign_after

PROBE = Probe(after_seconds=60, factor=2.0, after_seconds_max=300)


def paused(probes: int, cause: str = "provider") -> AccountPause:
    return AccountPause(
        cause=cause, code="insufficient_balance", at=at(0), probes=probes, probed_at=at(1_000) if probes else None
    )


@pytest.mark.parametrize(("probes", "due"), [(0, 60), (1, 1_120), (2, 1_240), (3, 1_300), (4, 1_300), (5_000, 1_300)])
def test_the_delay_grows_with_each_probe_up_to_the_longest(probes: int, due: int) -> None:
    assert probe_due(PROBE, paused(probes)) == at(due)


def test_only_a_providers_pause_is_tried_and_only_where_the_policy_says_so() -> None:
    assert probe_due(None, paused(0)) is None
    assert probe_due(PROBE, None) is None
    assert [probe_due(PROBE, paused(0, cause)) for cause in ("operator", "budget", "breaker")] == [None, None, None]


def test_a_probe_is_judged_as_if_the_provider_had_not_paused_and_any_other_pause_stays() -> None:
    running, free = campaign_after(CampaignStarted()), account_after()
    refused = campaign_after(CampaignStarted(), CampaignPaused(cause="provider", code="spend_control_exceeded"))
    stopped = campaign_after(CampaignStarted(), CampaignPaused(cause="operator"))

    assert as_if_resumed(refused, account_after(AccountPaused(cause="provider"))) == (running, free)
    assert as_if_resumed(stopped, account_after(AccountPaused(cause="operator"))) == (
        stopped,
        account_after(AccountPaused(cause="operator")),
    )
