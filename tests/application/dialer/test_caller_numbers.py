"""Pools of caller numbers against the sandbox: what each call was from is judged by what the sandbox saw."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from application.actor import OWNER
from application.commands import callers
from application.installation import Installation
from application.queries.callers import callers_now
from application.queries.decisions import compared_decisions
from domain.caller_pool import CallerPool, Choose, caller_chosen
from domain.campaign import CallerNumberRemoved
from domain.errors import Conflict
from domain.policy import Breaker
from domain.recipient import AttemptStarted
from tests.application.dialer.stage import Stage, numbers, play, stage

A, B, C = "+15551230001", "+15551230002", "+15551230003"


def used(it: Stage) -> Counter[str]:
    """How many calls the sandbox saw from each number."""
    return Counter(call.from_number for call in it.sandbox.calls)


def installation(it: Stage) -> Installation:
    """What queries ask."""
    parts = it.parts
    return Installation(
        ledger=parts.ledger,
        in_flight=parts.in_flight,
        follower=parts.follower,
        projector=parts.projector,
        reads=parts.reads,
        only_numbers=None,
        clock=it.now,
        new_id=str,
    )


def started(it: Stage) -> list[AttemptStarted]:
    return [one.event for one in it.events("attempt.started") if isinstance(one.event, AttemptStarted)]


@pytest.mark.parametrize("choose", ["round", "country", "area", "sticky"])
def test_every_call_is_from_the_number_that_its_verdict_names_and_all_have_their_turn(
    tmp_path: Path, choose: Choose
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(12), pool=CallerPool(numbers=(A, B, C), choose=choose))
            await it.until("completed", lambda: it.phase() == "completed")

            assert used(it) == {A: 4, B: 4, C: 4}
            for event in started(it):
                chosen = caller_chosen(event.verdict)
                assert chosen is not None
                assert msgspec.json.decode(event.request)["from"] == chosen.number
                assert event.caller_number == (None if chosen.number == A else chosen.number)
            compared = compared_decisions(installation(it), None, 0, 1_000)
            assert (compared.compared, compared.items) == (12, [])

    play(scenario)


def test_attempts_of_one_commit_do_not_exceed_a_cap_and_the_campaign_holds_until_the_next_day(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            pool = CallerPool(numbers=(A, B), calls_a_day_max=7, zone="America/New_York")
            await it.campaign(numbers(40), per_second=1_000, at_once=40, pool=pool)
            await it.until("at the cap", lambda: used(it).total() == 14 and not it.parts.in_flight.attempts.open)
            await it.views()

            assert used(it) == {A: 7, B: 7}
            assert it.phase() == "running"
            assert it.counts()["queued"] == 26
            shown = await callers_now(installation(it), OWNER, "spring")
            assert [(one.number, one.state, one.calls_today) for one in shown.items] == [
                (A, "at_its_cap", 7),
                (B, "at_its_cap", 7),
            ]

    play(scenario)


def test_a_restart_goes_on_where_the_ledger_says_that_it_was(tmp_path: Path) -> None:
    seen = Counter[str]()
    pool = CallerPool(numbers=(A, B, C), calls_a_day_max=3)

    async def first() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(30), per_second=10, at_once=20, pool=pool)
            await it.until("some were called", lambda: used(it).total() >= 4)
        seen.update(used(it))

    async def second() -> None:
        async with stage(tmp_path) as it:
            await it.until("at the cap", lambda: used(it).total() + seen.total() == 9)
            seen.update(used(it))

    play(first)
    play(second)
    assert seen == {A: 3, B: 3, C: 3}


def test_a_number_that_a_person_takes_out_is_used_no_more_and_a_revision_puts_it_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            pool = CallerPool(numbers=(A, B))
            await it.campaign(numbers(4), starts=False, pool=pool)
            assert await it.do(callers.remove_caller("spring", A, "operator", reason="it is blocked"))
            assert not await it.do(callers.remove_caller("spring", A, "operator"))
            assert it.parts.in_flight.campaigns["spring"].plan.caller_pool == CallerPool(numbers=(B,))
            assert await it.do(callers.remove_caller("spring", B, "operator"))

    play(scenario)


def test_its_breaker_takes_a_number_out_and_the_others_go_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, talk_seconds="0.01:0.02") as it:
            breaker = Breaker(window_attempts=5, short_calls_share_max=0.5, short_call_seconds=5)
            await it.campaign(numbers(60), per_second=20, at_once=4, pool=CallerPool(numbers=(A, B), breaker=breaker))
            await it.until("both are out", lambda: len(it.events("caller_number.removed")) == 2)

            removed = [one.event for one in it.events("caller_number.removed")]
            assert {(one.number, one.cause, one.code) for one in removed if isinstance(one, CallerNumberRemoved)} == {
                (A, "breaker", "short_calls"),
                (B, "breaker", "short_calls"),
            }
            await it.until("all have ended", lambda: not it.parts.in_flight.attempts.open)
            assert used(it).total() < 40
            assert it.phase() == "running"

    play(scenario)


def test_one_number_is_no_pool_to_take_it_out_of(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(1), starts=False)
            with pytest.raises(Conflict, match="has no pool"):
                await it.do(callers.remove_caller("spring", A, "operator"))

    play(scenario)
