"""Agents against the sandbox: how many calls are under way at once is judged by what the sandbox saw."""

from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from application.commands.agents import tell_agents
from application.commands.attempts import StartedAttempt, start_attempt
from application.queries.decisions import compared_decisions
from domain.agents import AgentRules
from domain.campaign import AgentsTold
from domain.dialing import Verdict
from domain.recipient import AttemptStarted
from tests.adapters.raw_server import answer, raw_server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.application.dialer.test_caller_numbers import installation

LONG: dict[str, Any] = {"ring_seconds": "0.02:0.05", "talk_seconds": "0.05:0.15", "answer_rate": 1.0}


def live_now(it: Stage) -> int:
    """How many calls the sandbox has that have not ended."""
    return sum(call.ended_at is None for call in it.sandbox.calls)


def has_calls(it: Stage, calls: int) -> bool:
    return len(it.sandbox.calls) >= calls


def verdicts(it: Stage) -> list[Verdict]:
    return [
        msgspec.json.decode(one.event.verdict, type=Verdict)
        for one in it.events("attempt.started")
        if isinstance(one.event, AttemptStarted)
    ]


def most_live(it: Stage) -> int:
    """The most calls that the sandbox ever had at once, by its own times."""
    spans = [(call.created_at, 1) for call in it.sandbox.calls]
    spans += [(call.ended_at, -1) for call in it.sandbox.calls if call.ended_at is not None]
    live = most = 0
    for _, change in sorted(spans):
        live += change
        most = max(most, live)
    return most


def test_nobody_is_called_until_agents_are_told_and_then_never_more_than_are_free(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **LONG) as it:
            await it.campaign(numbers(9), per_second=1_000, agents=AgentRules(life_seconds=600))
            await it.until("it looked", lambda: it.parts.follower.is_live)
            assert it.sandbox.calls == []

            await it.do(tell_agents("spring", 3, (), "told"))
            await it.until("completed", lambda: it.phase() == "completed")

            assert 1 < most_live(it) <= 3
            seen = [one.agents for one in verdicts(it)]
            assert {(one.most, one.free) for one in seen if one is not None} == {(3, 3)}
            assert all(one is not None and one.live < 3 for one in seen)
            compared = compared_decisions(installation(it), None, 0, 1_000)
            assert (compared.compared, compared.items) == (9, [])

    play(scenario)


def test_a_number_that_falls_stops_new_calls_at_once_and_cuts_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **{**LONG, "talk_seconds": "1:1"}) as it:
            await it.campaign(numbers(20), per_second=1_000, agents=AgentRules(life_seconds=600))
            await it.do(tell_agents("spring", 5, (), "told"))
            await it.until("five are under way", lambda: live_now(it) == 5)

            await it.do(tell_agents("spring", 1, (), "told"))
            await it.until("they ended", lambda: live_now(it) <= 1 and len(it.sandbox.calls) >= 6)

            begun = sorted(call.created_at for call in it.sandbox.calls)
            ended = [call.ended_at for call in it.sandbox.calls if call.ended_at is not None]
            assert sum(at <= begun[5] for at in ended) == 5, "the sixth began when all five had ended"
            assert it.counts()["reached"] >= 5

    play(scenario)


def test_knowledge_that_has_come_into_years_holds_the_campaign(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **LONG) as it:
            await it.campaign(numbers(60), per_second=1_000, agents=AgentRules(life_seconds=1))
            await it.do(tell_agents("spring", 2, (), "told"))
            told = it.parts.in_flight.campaigns["spring"].agents
            assert told is not None
            await it.until("its life is over", lambda: (it.now() - told.told_at).total_seconds() > 1.3)

            assert 0 < len(it.sandbox.calls) < 60
            assert all((one.judged_at - told.told_at).total_seconds() < 1 for one in verdicts(it))
            assert it.phase() == "running"
            assert it.counts()["queued"] == 60 - len(it.sandbox.calls)

    play(scenario)


def test_whatever_is_told_no_call_begins_beyond_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **LONG) as it:
            await it.campaign(numbers(20), per_second=1_000, agents=AgentRules(life_seconds=600))
            for free in (4, 0, 2, 5, 1, 3):
                await it.do(tell_agents("spring", free, (), "told"))
                if free:
                    await it.until("two more", partial(has_calls, it, len(it.sandbox.calls) + 2))
            await it.until("completed", lambda: it.phase() == "completed")

            assert most_live(it) <= 5
            free = 0
            for one in it.events("agents.told", "attempt.started"):
                if isinstance(one.event, AgentsTold):
                    free = one.event.free
                elif isinstance(one.event, AttemptStarted):
                    seen = msgspec.json.decode(one.event.verdict, type=Verdict).agents
                    assert seen is not None
                    assert seen.live < seen.most == free

    play(scenario)


def test_a_system_that_is_asked_lets_as_many_calls_begin_as_it_says(tmp_path: Path) -> None:
    async def scenario() -> None:
        said = answer(
            "200 OK", body=b'{"agents": [{"name": "ada", "state": "free"}, {"name": "eve", "state": "free"}]}'
        )
        async with raw_server(said) as system, stage(tmp_path, **LONG) as it:
            await it.campaign(numbers(8), per_second=1_000, agents=AgentRules(url=system.url))
            await it.until("completed", lambda: it.phase() == "completed")

            assert most_live(it) == 2
            assert system.asked[0].startswith(b"GET /hook ")
            assert b"webhook-signature" in system.asked[0]
            first = it.events("agents.told")[0]
            assert isinstance(first.event, AgentsTold)
            assert (first.event.free, first.event.source, first.metadata["actor"]) == (2, "asked", "agents")

    play(scenario)


def test_what_a_killed_process_left_on_the_wire_counts_as_calls_that_may_be_under_way(tmp_path: Path) -> None:
    """Through real kills, with a lookup and a silence: scripts/proofs/agents_through_kills.py."""

    async def killed() -> None:
        async with stage(tmp_path, **LONG) as it:
            await it.campaign(numbers(6), per_second=1_000, agents=AgentRules(life_seconds=600), starts=False)
            await it.dialer.stop()
            await it.do(start_campaign("spring"))
            await it.do(tell_agents("spring", 3, (), "told"))
            for number in numbers(2):
                # Begun as the dialer does it; no answer is ever recorded.
                begin = start_attempt(
                    attempt_id=f"att_{number}",
                    campaign_id="spring",
                    stream=it.parts.ledger.recipient_stream(number),
                    fingerprint=it.parts.in_flight.fingerprint or "",
                    epoch="killed",
                    only_numbers=None,
                )
                assert isinstance(await it.do(begin, "attempts"), StartedAttempt)

    async def after() -> None:
        async with stage(tmp_path, **LONG) as it:
            await it.until("all others are called", lambda: it.counts() == {"reached": 4, "unresolved": 2})
            assert most_live(it) == 1
            assert sorted(post["request_body"]["to"] for post in it.posts()) == numbers(6)[2:]

    play(killed)
    play(after)


def test_after_a_restart_the_calls_from_before_count(tmp_path: Path) -> None:
    slow = {**LONG, "talk_seconds": "600:600"}

    async def before() -> None:
        async with stage(tmp_path, **slow) as it:
            await it.campaign(numbers(10), per_second=1_000, agents=AgentRules(life_seconds=600))
            await it.do(tell_agents("spring", 3, (), "told"))
            await it.until("three are under way", lambda: live_now(it) == 3)

    async def after() -> None:
        async with stage(tmp_path, **slow) as it:
            await it.do(tell_agents("spring", 5, (), "told"))
            await it.until("two more", lambda: len(it.sandbox.calls) == 2)
            await it.do(tell_agents("spring", 4, (), "told"))
            await it.until("it looked", lambda: it.parts.follower.is_live)
            assert [one.agents.live for one in verdicts(it)[3:] if one.agents is not None] == [3, 4]

    play(before)
    play(after)
