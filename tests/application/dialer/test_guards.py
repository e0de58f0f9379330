"""Breakers and probes against the sandbox: what pauses a campaign by its own policy, and what lets it go on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from application.commands import campaigns
from domain.account import AccountPaused, AccountResumed
from domain.campaign import CampaignPaused, CampaignResumed
from domain.policy import Breaker, Policy, Probe
from domain.recipient import AttemptStarted
from tests.application.commands.starting import start_campaign
from tests.application.dialer.paused import evidence, pause_of
from tests.application.dialer.stage import numbers, play, stage


def test_a_burst_of_failures_pauses_the_campaign_with_the_evidence_and_a_resume_counts_anew(tmp_path: Path) -> None:
    breaker = Breaker(window_attempts=10, failures_share_max=0.5)

    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=0.0, busy_rate=1.0, canceled_rate=0.0) as it:
            await it.campaign(numbers(40), per_second=20, at_once=5, policy=Policy(breaker=breaker))
            await it.until("tripped", lambda: pause_of(it) == ("breaker", "failures"))
            assert evidence(it) == {"count": "10", "of_attempts": "10", "share": "1.000", "share_max": "0.5"}
            await it.until("all have ended", lambda: not it.parts.in_flight.attempts.open)
            assert 10 <= len(it.posts()) < 30

            it.sandbox.update(answer_rate=1.0)
            await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
            await it.until("completed", lambda: it.phase() == "completed")
            assert len(it.events("campaign.paused")) == 1

    play(scenario)


@pytest.mark.parametrize(
    ("trouble", "breaker", "code"),
    [
        (
            {"error_502_rate": 1.0, "error_call_exists_rate": 0.0},
            Breaker(window_attempts=8, refusals_share_max=0.5),
            "refusals",
        ),
        (
            {"answer_rate": 1.0, "talk_seconds": "0.01:0.02"},
            Breaker(window_attempts=8, short_calls_share_max=0.5, short_call_seconds=5),
            "short_calls",
        ),
    ],
)
def test_refusals_and_very_short_calls_pause_it_as_well(
    tmp_path: Path, trouble: dict[str, Any], breaker: Breaker, code: str
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **trouble) as it:
            await it.campaign(numbers(60), per_second=20, at_once=5, policy=Policy(breaker=breaker))
            await it.until("tripped", lambda: pause_of(it) == ("breaker", code))
            assert len(it.posts()) < 40

    play(scenario)


def test_the_last_attempts_are_known_again_after_a_restart(tmp_path: Path) -> None:
    breaker = Breaker(window_attempts=10, failures_share_max=0.5)
    policy = Policy(breaker=breaker)

    async def first() -> None:
        async with stage(tmp_path, answer_rate=0.0, busy_rate=1.0, canceled_rate=0.0) as it:
            await it.campaign(numbers(7), policy=policy)
            await it.until("seven failed", lambda: it.parts.in_flight.settled.last("spring")[0] == 7)

    async def second() -> None:
        async with stage(tmp_path, answer_rate=0.0, busy_rate=1.0, canceled_rate=0.0) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            assert it.parts.in_flight.settled.last("spring")[0] == 7

    play(first)
    play(second)


@pytest.mark.parametrize(
    ("trouble", "remedy", "scope"),
    [
        ({"balance": "0.00"}, {"balance": "100.00"}, "account"),
        ({"spend_limit": "0.00"}, {"spend_limit": None}, "campaign"),
    ],
)
def test_a_pause_by_minivoice_is_tried_by_one_single_call_after_a_delay_that_grows(
    tmp_path: Path, trouble: dict[str, Any], remedy: dict[str, Any], scope: str
) -> None:
    policy = Policy(probe=Probe(after_seconds=1, factor=1.5, after_seconds_max=60))

    async def scenario() -> None:
        async with stage(tmp_path, **trouble) as it:
            await it.campaign(numbers(5), per_second=0.5, policy=policy)
            paused, resumed = f"{scope}.paused", f"{scope}.resumed"
            await it.until("tried twice", lambda: len(it.events(paused)) == 3)
            begun = [e.recorded_at for e in it.events(paused)]
            probes = [e.event.probes for e in it.events(paused) if isinstance(e.event, AccountPaused | CampaignPaused)]
            assert probes == [0, 1, 2]
            assert (begun[1] - begun[0]).total_seconds() >= 1
            assert (begun[2] - begun[1]).total_seconds() >= 1.5
            await it.until("refused thrice", lambda: len(it.events("attempt.refused")) == 3)
            assert len(it.posts()) == 3

            it.sandbox.update(**remedy)
            await it.until("it goes on", lambda: bool(it.events(resumed)))
            (again,) = it.events(resumed)
            assert isinstance(again.event, AccountResumed | CampaignResumed)
            assert again.event.reason == "probe"
            tried = [e.event.probe for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)]
            assert tried[:4] == [False, True, True, True]

    play(scenario)


def test_the_delay_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    policy = Policy(probe=Probe(after_seconds=1, factor=60, after_seconds_max=3_600))

    async def first() -> None:
        async with stage(tmp_path, balance="0.00") as it:
            await it.campaign(numbers(3), per_second=0.5, policy=policy)
            await it.until("tried once", lambda: len(it.events("attempt.refused")) == 2)

    async def second() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            await asyncio.sleep(1.5)
            pause = it.parts.in_flight.account.pause
            assert pause is not None
            assert (pause.probes, it.posts()) == (1, [])

    play(first)
    play(second)


def test_who_pauses_what_minivoice_has_paused_is_obeyed_by_the_probe(tmp_path: Path) -> None:
    policy = Policy(probe=Probe(after_seconds=1, factor=1, after_seconds_max=1))

    async def scenario() -> None:
        async with stage(tmp_path, spend_limit="0.00") as it:
            await it.campaign(numbers(2), policy=policy)
            await it.until("paused", lambda: pause_of(it) == ("provider", "spend_control_exceeded"))
            await it.do(campaigns.pause_campaign("spring"))
            it.sandbox.update(spend_limit=None)
            seen = len(it.posts())
            await asyncio.sleep(1.5)

            assert (pause_of(it), len(it.posts())) == (("operator", None), seen)

    play(scenario)


def test_without_a_probe_in_the_policy_and_for_an_operators_pause_nobody_is_called(tmp_path: Path) -> None:
    policy = Policy(probe=Probe(after_seconds=1, factor=1, after_seconds_max=1))

    async def scenario() -> None:
        async with stage(tmp_path, spend_limit="0.00") as it:
            await it.campaign(numbers(2))
            await it.campaign(numbers(4)[2:], "autumn", policy=policy, starts=False)
            await it.do(start_campaign("autumn"))
            await it.do(campaigns.pause_campaign("autumn"))
            await it.until("paused", lambda: pause_of(it) == ("provider", "spend_control_exceeded"))
            seen = len(it.posts())
            await asyncio.sleep(1.5)
            assert len(it.posts()) == seen

    play(scenario)
