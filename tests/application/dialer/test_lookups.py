"""Campaigns whose people are looked up first, against the sandbox and a real local server."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from application.commands.agents import tell_agents
from domain.agents import AgentRules
from domain.call import AnswerServed
from domain.caller_pool import CallerPool
from domain.campaign import Lookup
from domain.policy import Budget, Policy
from domain.recipient import AttemptStarted, RecipientLookupFailed, RecipientWithdrawn
from tests.application.dialer.lookup_server import LookupServer, lookup_server, ok
from tests.application.dialer.stage import LOOKUP_SECRET, numbers, play, stage

SCRIPT = {
    "start": "hello",
    "steps": {"hello": {"actions": [{"say": "Hello {name}, you owe {balance}."}], "end": True}},
}


def asks(server: LookupServer, **more: Any) -> Lookup:
    return Lookup(url=server.url, timeout_seconds=more.pop("timeout_seconds", 5.0), **more)


def person_of(event: AttemptStarted) -> str:
    """Who is to be called."""
    return str(json.loads(event.request)["to"])


def test_each_person_is_asked_about_once_and_called_by_what_was_answered(tmp_path: Path) -> None:
    def say(question: dict[str, Any]) -> dict[str, Any]:
        return {"call": True, "reason": "owes", "variables": {"balance": question["number"][-2:]}, "unknown": 1}

    async def scenario() -> None:
        async with lookup_server(say) as server, stage(tmp_path) as it:
            await it.campaign(numbers(20), lookup=asks(server), variables={"name": "Ada", "balance": "old"})
            await it.until("over", lambda: it.phase() == "completed")
            assert sorted(server.numbers()) == numbers(20)
            assert server.questions()[0] == {
                "number": server.numbers()[0],
                "campaign_id": "spring",
                "reference": None,
                "variables": {"name": "Ada", "balance": "old"},
            }
            started = [e.event for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)]
            assert len(started) == len(it.posts()) == 20
            for event in started:
                assert event.lookup is not None
                assert (event.lookup.url, event.lookup.reason, event.lookup.failed) == (server.url, "owes", None)
                assert event.lookup.variables["balance"] == person_of(event)[-2:]

    play(scenario)


def test_questions_are_signed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lookup_server(lambda _: {"call": True}) as server, stage(tmp_path) as it:
            await it.campaign(numbers(1), lookup=asks(server))
            await it.until("over", lambda: it.phase() == "completed")
            head, body = server.raw.asked[0].split(b"\r\n\r\n", 1)
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            assert Webhook(LOOKUP_SECRET).verify(body, headers) == server.questions()[0]

    play(scenario)


def test_a_no_takes_the_person_out_with_its_reason(tmp_path: Path) -> None:
    people = numbers(6)

    def say(question: dict[str, Any]) -> dict[str, Any]:
        return {"call": question["number"] != people[2], "reason": "paid yesterday" * 30}

    async def scenario() -> None:
        async with lookup_server(say) as server, stage(tmp_path) as it:
            await it.campaign(people, lookup=asks(server))
            await it.until("over", lambda: it.phase() == "completed")
            assert len(it.posts()) == 5
            assert it.counts()["withdrawn"] == 1
            (out,) = [e.event for e in it.events("recipient.withdrawn") if isinstance(e.event, RecipientWithdrawn)]
            assert out.cause == "lookup_said_no"
            assert out.reason == ("paid yesterday" * 30)[:200]
            assert len(server.numbers()) == 6

    play(scenario)


def test_without_an_answer_people_are_held_with_the_reason_and_the_next_try(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lookup_server(lambda _: ok(b"no", "500 Oops")) as server, stage(tmp_path) as it:
            await it.campaign(numbers(3), lookup=asks(server, on_failure="hold"))
            await it.until("one is held", lambda: it.counts().get("held", 0) >= 1)
            first = it.events("recipient.lookup_failed")[0]
            assert isinstance(first.event, RecipientLookupFailed)
            assert first.event.why == "it answered HTTP 500, and not 200"
            assert (first.event.until - first.recorded_at).total_seconds() == 60
            assert it.posts() == []
            assert it.phase() == "running"
            number = it.person(first.stream).number
            transport = httpx.ASGITransport(it.parts.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                shown = (await client.get(f"/v1/campaigns/spring/recipients/{number}/explain")).json()
                campaign = (await client.get("/v1/campaigns/spring")).json()
            assert (shown["status"], shown["reason"], shown["may_dial"]) == ("held", "lookup_failed", False)
            rule = shown["rules"][0]
            assert rule["rule"] == "lookup_failed"
            assert rule["inputs"]["host"] in server.url
            assert any("has given no answer that can be used since" in note for note in campaign["notes"])

    play(scenario)


def test_who_cannot_be_looked_up_is_skipped_or_called_as_the_campaign_says(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lookup_server(lambda _: ok(b"{")) as server, stage(tmp_path) as it:
            await it.campaign(numbers(4), "goes_on", lookup=asks(server, on_failure="go_on"))
            await it.campaign(numbers(10)[8:], "skips", lookup=asks(server, on_failure="skip"))
            await it.until("over", lambda: {it.phase("goes_on"), it.phase("skips")} == {"completed"})
            assert it.counts("skips") == {"withdrawn": 2}
            started = [e.event for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)]
            assert [event.campaign_id for event in started] == ["goes_on"] * 4
            assert all(event.lookup is not None and event.lookup.failed is not None for event in started)
            outs = [e.event for e in it.events("recipient.withdrawn") if isinstance(e.event, RecipientWithdrawn)]
            assert {(out.cause, out.reason) for out in outs} == {("lookup_failed", "its answer is not JSON")}

    play(scenario)


def test_nobody_is_asked_about_while_agents_numbers_or_the_budget_keep_the_campaign_still(tmp_path: Path) -> None:
    people = numbers(8)
    capped = CallerPool(numbers=("+15551230001",), calls_a_day_max=0)

    async def scenario() -> None:
        async with lookup_server(lambda _: {"call": True}) as server, stage(tmp_path) as it:
            lookup = asks(server)
            await it.campaign(people[:2], "no_agents", lookup=lookup, agents=AgentRules(life_seconds=600))
            await it.campaign(people[2:4], "no_numbers", lookup=lookup, pool=capped)
            await it.campaign(people[4:6], "no_budget", lookup=lookup, policy=Policy(budget=Budget(calls_max=0)))
            await it.campaign(people[6:], "quick", lookup=lookup)
            await it.until("the budget pauses it", lambda: it.phase("no_budget") == "paused")
            await it.until("another is over", lambda: it.phase("quick") == "completed")
            assert {question["campaign_id"] for question in server.questions()} == {"quick"}

            await it.do(tell_agents("no_agents", 1, (), "told"))
            await it.until("this one is over, too", lambda: it.phase("no_agents") == "completed")
            assert sorted(server.numbers()) == [*people[:2], *people[6:]]

    play(scenario)


def test_a_lookup_that_hangs_holds_up_its_own_campaign_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lookup_server(lambda _: None) as slow, stage(tmp_path) as it:
            await it.campaign(numbers(30)[:15], "slow", lookup=asks(slow, timeout_seconds=10.0))
            await it.until("it is being asked", lambda: bool(slow.raw.asked))
            await it.campaign(numbers(30)[15:], "quick")
            await it.until("the other is over", lambda: it.phase("quick") == "completed")
            assert it.counts("slow") == {"queued": 15}
            assert len(slow.raw.asked) <= 8
            assert len(it.posts()) == 15

    play(scenario)


def test_two_lookups_work_side_by_side_the_slow_one_in_its_own_time(tmp_path: Path) -> None:
    people = numbers(24)

    def says(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda _: {"call": True, "variables": {"who": name}}

    async def scenario() -> None:
        answers = asyncio.Event()
        async with (
            lookup_server(says("slow"), answers) as slow,
            lookup_server(says("quick")) as quick,
            stage(tmp_path) as it,
        ):
            await it.campaign(people[:12], "slow", lookup=asks(slow, timeout_seconds=60.0))
            await it.campaign(people[12:], "quick", lookup=asks(quick))
            await it.until("the quick one is over", lambda: it.phase("quick") == "completed")
            assert it.counts("slow") == {"queued": 12}
            answers.set()
            await it.until("the slow one is over, too", lambda: it.phase("slow") == "completed")

            assert sorted(slow.numbers()) == people[:12]
            assert sorted(quick.numbers()) == people[12:]
            started = [e.event for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)]
            assert sorted(person_of(event) for event in started) == people
            assert all(event.lookup and event.lookup.variables == {"who": event.campaign_id} for event in started)

    play(scenario)


def test_who_was_being_asked_about_when_it_stopped_is_asked_about_again_and_called_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        held = asyncio.Event()
        async with lookup_server(lambda _: {"call": True}, held) as server:
            async with stage(tmp_path) as it:
                await it.campaign(numbers(3), lookup=asks(server, timeout_seconds=60.0))
                await it.until("all are asked about", lambda: len(server.numbers()) == 3)
                assert it.events("attempt.started") == []
            held.set()
            async with stage(tmp_path) as it:
                await it.until("over", lambda: it.phase() == "completed")
                assert sorted(server.numbers()) == sorted(numbers(3) * 2)
                assert sorted(call.to_number for call in it.sandbox.calls) == numbers(3)

    play(scenario)


def test_an_answer_given_before_a_restart_is_used_again(tmp_path: Path) -> None:
    """What the attempt stored serves, until its time to live is over."""

    async def scenario() -> None:
        async with lookup_server(lambda _: {"call": True, "variables": {"tier": "gold"}}) as server:
            async with stage(tmp_path, provider="http://127.0.0.1:9") as it:
                await it.campaign(numbers(1), lookup=asks(server))
                await it.until("nothing could be sent", lambda: bool(it.events("attempt.abandoned")))
            assert len(server.numbers()) == 1
            async with stage(tmp_path) as it:
                await it.until("over", lambda: it.phase() == "completed")
                assert len(it.posts()) == 1
                (*_, last) = it.events("attempt.started")
                assert isinstance(last.event, AttemptStarted)
                assert last.event.lookup is not None
                assert last.event.lookup.variables == {"tier": "gold"}
            assert len(server.numbers()) == 1

    play(scenario)


def test_the_call_says_what_was_answered_and_the_log_names_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The script says a variable that only the lookup knows; who lacks it, by a bad answer, is held."""

    def say(question: dict[str, Any]) -> dict[str, Any]:
        return {"call": True, "variables": {"balance": "42 euros"} if question["number"] == numbers(2)[0] else {}}

    async def scenario() -> None:
        async with lookup_server(say) as server, stage(tmp_path, fetch_answers=True) as it:
            lookup = asks(server, on_failure="go_on")
            await it.campaign(numbers(2), script=SCRIPT, variables={"name": "Ada"}, lookup=lookup)
            await it.until("told and held", lambda: bool(it.events("answer.served", "recipient.lookup_failed")[1:]))
            await it.until("the call is over", lambda: it.counts().get("reached") == 1)
            served = [e.event.actions for e in it.events("answer.served") if isinstance(e.event, AnswerServed)]
            assert served
            assert all("Hello Ada, you owe 42 euros." in str(actions) for actions in served)
            held = [e.event for e in it.events("recipient.lookup_failed") if isinstance(e.event, RecipientLookupFailed)]
            assert {event.why for event in held} == {"its answer lacks balance, which the campaign's script says"}
            assert it.counts() == {"reached": 1, "held": 1}

    play(scenario)
    assert "+1555200" not in capfd.readouterr().err
