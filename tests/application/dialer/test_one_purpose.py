"""One purpose, one call, against the sandbox: who goes first is judged by what the sandbox saw."""

from pathlib import Path

from application.actor import OWNER
from application.commands import campaigns
from application.moment import Moment
from application.queries.decisions import compared_decisions
from application.queries.recipient import explanation_at
from domain.policy import Policy
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.application.dialer.test_caller_numbers import installation

SALES = Policy(purpose="sales", waits_for=("help",))
HELP = Policy(purpose="help")


def called(it: Stage) -> list[tuple[str, str]]:
    """Which campaign called whom, in the order in which the sandbox saw it."""
    return [(str(call.metadata["campaign_id"]), call.to_number) for call in it.sandbox.calls]


def why(it: Stage, number: str) -> set[str]:
    """What stands against a call of the sales campaign now."""
    stream = it.parts.ledger.recipient_stream(number)
    moment = Moment(it.parts.ledger.position, it.now())
    rules = explanation_at(installation(it), OWNER, "sales", [stream], moment).rules
    return {one.rule for one in rules if one.stands_against}


def test_who_is_in_both_is_called_by_the_one_that_goes_first_and_all_others_at_once(tmp_path: Path) -> None:
    both, alone = numbers(6)[:3], numbers(6)[3:]

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(both, "service", starts=False, policy=HELP)
            await it.campaign([*both, *alone], "sales", policy=SALES)
            await it.until("sales called all", lambda: len(called(it)) == 6)
            assert {campaign for campaign, _ in called(it)} == {"sales"}

    play(scenario)


def test_it_holds_while_the_other_runs_or_is_paused_and_goes_on_once_that_is_canceled(tmp_path: Path) -> None:
    both, alone = numbers(6)[:3], numbers(6)[3:]

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(both, "service", starts=False, policy=HELP, per_second=0.001)
            await it.do(start_campaign("service"))
            await it.do(campaigns.pause_campaign("service"))
            await it.campaign([*both, *alone], "sales", policy=SALES)
            await it.until("those alone were called", lambda: len([1 for c, _ in called(it) if c == "sales"]) >= 3)
            first = {number for campaign, number in called(it) if campaign == "service"}
            assert {number for campaign, number in called(it) if campaign == "sales"} >= set(alone)
            for number in set(both) - first:
                assert "purpose_waits" in why(it, number)
            assert it.phase("sales") == "running"

            await it.do(campaigns.cancel_campaign("service"))
            await it.until("all were called", lambda: it.phase("sales") == "completed")
            assert {number for campaign, number in called(it) if campaign == "sales"} == {*both, *alone}
            assert compared_decisions(installation(it), None, 0, 1_000).items == []

    play(scenario)


def test_whoever_is_called_by_both_is_called_first_by_the_one_that_goes_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(8), "service", policy=HELP, per_second=10)
            await it.campaign(numbers(8), "sales", policy=SALES)
            await it.until("both are done", lambda: it.phase("sales") == it.phase("service") == "completed")
            for number in numbers(8):
                assert [campaign for campaign, to in called(it) if to == number] == ["service", "sales"]

    play(scenario)
