"""Budgets in calls and money against the sandbox: what is known to be spent, what is not, and what that means."""

import asyncio
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.minivoice_answers import LookupFailed
from adapters.minivoice_usage import read_usage
from application.commands import campaigns
from domain.account import UsageObserved
from domain.policy import Budget, Policy
from tests.application.dialer.paused import evidence, pause_of, shown
from tests.application.dialer.stage import Stage, numbers, play, stage


def test_a_campaign_places_as_many_calls_as_its_budget_says_and_not_one_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, error_500_rate=0.3, error_502_rate=0.3) as it:
            await it.campaign(numbers(40), policy=Policy(budget=Budget(calls_max=7)))
            await it.until("the budget is used up", lambda: pause_of(it) == ("budget", "calls_max"))
            placed = len(it.events("attempt.accepted")) + len(it.events("attempt.unresolved"))

            assert placed == 7
            assert evidence(it) == {"calls": "7", "calls_max": "7"}
            assert it.parts.in_flight.counts.calls_placed("spring") == 7
            assert len(it.events("campaign.paused")) == 1
            pause = (await shown(it))["pause"]
            assert {name: pause[name] for name in ("scope", "cause", "code", "evidence", "reason", "what_to_do")} == {
                "scope": "campaign",
                "cause": "budget",
                "code": "calls_max",
                "evidence": {"calls": "7", "calls_max": "7"},
                "reason": "the campaign has placed all calls of its budget",
                "what_to_do": "raise policy.budget.calls_max by revising the campaign, then resume; or cancel it",
            }

            await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))
            await it.until("nothing has changed", lambda: len(it.events("campaign.paused")) == 2)
            assert len(it.events("attempt.accepted")) + len(it.events("attempt.unresolved")) == 7

    play(scenario)


def test_what_was_placed_before_a_restart_counts(tmp_path: Path) -> None:
    async def first() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(3), policy=Policy(budget=Budget(calls_max=5)))
            await it.until("all are called", lambda: len(it.events("attempt.accepted")) == 3)
            await it.until("completed", lambda: it.phase() == "completed")
            await it.campaign(numbers(9)[3:], "autumn", policy=Policy(budget=Budget(calls_max=2)))
            await it.until("paused", lambda: pause_of(it, "autumn") == ("budget", "calls_max"))

    async def second() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            assert (
                it.parts.in_flight.counts.calls_placed("spring"),
                it.parts.in_flight.counts.calls_placed("autumn"),
            ) == (3, 2)
            await it.do(campaigns.resume_campaign("autumn", it.parts.in_flight.fingerprint))
            await it.until("paused again", lambda: len(it.events("campaign.paused")) == 2)
            assert len(it.events("attempt.accepted")) == 5

    play(first)
    play(second)


def test_a_campaign_whose_budget_is_as_large_as_it_is_completes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(4), policy=Policy(budget=Budget(calls_max=4)))
            await it.until("completed", lambda: it.phase() == "completed")
            assert it.events("campaign.paused") == []

    play(scenario)


def test_a_cost_that_is_reached_pauses_the_campaign_with_the_money_as_minivoice_writes_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, cost_per_call="0.10", cost_per_second="0.05") as it:
            assert it.parts.usage_watch is not None
            it.parts.usage_watch.every = timedelta(seconds=0.5)
            budget = Budget(cost_max="0.60", currency="EUR")
            await it.campaign(numbers(60), per_second=4, policy=Policy(budget=budget))
            await it.until("the money is spent", lambda: pause_of(it) == ("budget", "cost_max"))

            told = evidence(it)
            assert float(told["cost"]) >= 0.60
            assert (told["cost_max"], told["currency"], told["of"]) == ("0.60", "EUR", "all calls of the account")
            assert told["cost"] in {e.event.cost_amount for e in it.events("usage.observed")}  # type: ignore[union-attr]
            figures = [(e.event.calls, e.event.cost_amount) for e in it.events("usage.observed")]  # type: ignore[union-attr]
            assert len(set(figures)) == len(figures)
            assert len(it.events("attempt.started")) < 60

    play(scenario)


def test_while_the_cost_is_not_known_nobody_is_called_and_nothing_is_paused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, read_error_rate=1.0) as it:
            assert it.parts.usage_watch is not None
            it.parts.usage_watch.every = timedelta(seconds=0.2)
            await it.campaign(numbers(3), policy=Policy(budget=Budget(calls_max=5, cost_max="9", currency="EUR")))
            await it.until("asked in vain", lambda: it.parts.usage_watch.trouble_of("spring") is not None)  # type: ignore[union-attr]
            await asyncio.sleep(0.5)

            assert (it.posts(), it.phase(), it.events("usage.observed")) == ([], "running", [])
            why = it.parts.usage_watch.trouble_of("spring")
            assert (await shown(it))["notes"] == [
                "0 of 5 calls are placed",
                f"what was spent is not known yet, so nobody is called; MiniVoice's usage cannot be read ({why})",
            ]
            it.sandbox.update(read_error_rate=0.0)
            await it.until("called once it is known", lambda: it.phase() == "completed")

    play(scenario)


def test_an_old_cost_keeps_holding_while_minivoice_does_not_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            assert it.parts.usage_watch is not None
            it.parts.usage_watch.every = timedelta(seconds=0.2)
            policy = Policy(budget=Budget(cost_max="9", currency="EUR"))
            await it.campaign(numbers(2), policy=policy)
            await it.until("known", lambda: it.parts.usage_watch.told_at("spring") is not None)  # type: ignore[union-attr]
            it.sandbox.update(read_error_rate=1.0)
            await it.until("goes on", lambda: it.phase() == "completed")
            assert it.events("campaign.paused") == []

    play(scenario)


def test_a_cost_that_was_told_too_long_ago_lets_nobody_be_called_until_it_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("domain.budget", "application.campaign_notes"):
        monkeypatch.setattr(f"{place}.USAGE_BELIEVED", timedelta(seconds=0.5))

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            watch = it.parts.usage_watch
            assert watch is not None
            watch.every = timedelta(seconds=0.1)
            budget = Budget(cost_max="9", currency="EUR")
            await it.campaign(numbers(200), per_second=20, policy=Policy(budget=budget))
            await it.until("some are called", lambda: len(it.posts()) >= 5)
            it.sandbox.update(read_error_rate=1.0)
            await it.until("asked in vain", lambda: watch.trouble_of("spring") is not None)
            await it.until("nobody more is called", lambda: _is_too_old(it))
            seen = len(it.events("attempt.started"))
            await asyncio.sleep(0.5)

            assert (len(it.events("attempt.started")), it.phase()) == (seen, "running")
            assert it.events("campaign.paused") == []
            (note,) = (await shown(it))["notes"]
            assert re.fullmatch(
                r"the account has spent [0-9.]+ EUR since \S+Z, of 9; MiniVoice said so \d+ s ago, which is too long ago: "
                r"nobody is called; MiniVoice's usage cannot be read \(.+\)",
                note,
            )
            it.sandbox.update(read_error_rate=0.0)
            await it.until("they are again", lambda: len(it.events("attempt.started")) > seen)

    play(scenario)


def _is_too_old(it: Stage) -> bool:
    told_at = it.parts.usage_watch.told_at("spring")  # type: ignore[union-attr]
    return told_at is not None and it.now() - told_at > timedelta(seconds=0.6)


class Unreadable:
    """The client, of whose totals one figure cannot be read for as long as `is_on`."""

    def __init__(self, it: Stage, name: str, value: object) -> None:
        self.is_on = True
        self._client = it.parts.usage_watch._client  # type: ignore[union-attr]
        self._name, self._value = name, value

    async def get_usage(self, begin: datetime, end: datetime) -> UsageObserved | LookupFailed:
        """As the client has it."""
        said = await self._client.get_usage(begin, end)
        assert isinstance(said, UsageObserved)
        answer = json.loads(said.body)
        if self.is_on:
            answer["summary"][self._name] = self._value
        return read_usage(begin, end, 200, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("cost_amount", "1,250", "summary.cost_amount: is not a decimal string"),
        ("cost_amount", None, "summary.cost_amount: is missing"),
        ("cost_currency", 978, "summary.cost_currency: is not a string"),
    ],
)
def test_a_cost_that_cannot_be_read_allows_no_call_and_takes_nothing_away_from_what_was_known(
    tmp_path: Path, name: str, value: object, why: str
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            watch = it.parts.usage_watch
            assert watch is not None
            watch.every = timedelta(seconds=0.1)
            answers = watch._client = Unreadable(it, name, value)  # type: ignore[assignment]
            await it.campaign(numbers(2), policy=Policy(budget=Budget(cost_max="9", currency="EUR")))
            await it.until("recorded", lambda: bool(it.events("usage.observed")))
            await it.until("told why", lambda: watch.trouble_of("spring") == why)
            assert (it.posts(), watch.told_at("spring")) == ([], None)
            assert (await shown(it))["notes"] == [
                f"what was spent is not known yet, so nobody is called; MiniVoice's usage cannot be read ({why})"
            ]
            answers.is_on = False
            await it.until("called once it is known", lambda: watch.told_at("spring") is not None)
            answers.is_on = True
            await it.until("not known anew", lambda: watch.trouble_of("spring") == why)
            told_at = watch.told_at("spring")
            observed = len(it.events("usage.observed"))
            await it.until(
                "asked in vain again", lambda: watch._looked["spring"].failed > 2 or it.phase() == "completed"
            )
            assert told_at is not None
            assert watch.told_at("spring") == told_at
            assert len(it.events("usage.observed")) >= observed >= 2
            await it.until("goes on by what was known", lambda: it.phase() == "completed")

    play(scenario)


def test_a_budget_in_another_currency_lets_nobody_be_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(2), policy=Policy(budget=Budget(cost_max="9", currency="USD")))
            await it.until("known", lambda: bool(it.events("usage.observed")))
            await asyncio.sleep(0.3)
            assert (it.posts(), it.phase()) == ([], "running")
            assert (await shown(it))["notes"] == [
                "MiniVoice settles in EUR, and the budget is in USD: nobody is called; revise policy.budget"
            ]

    play(scenario)
