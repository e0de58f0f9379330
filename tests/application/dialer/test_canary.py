"""A campaign that begins with a few calls: so many and no more, then a pause with what became of them, until somebody resumes it."""

import asyncio
from pathlib import Path

from application.commands import campaigns
from domain.campaign import CampaignPaused
from tests.adapters.minivoice_server import always, http, raw_server
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, numbers, play, stage


async def with_canary(it: Stage, people: int, canary: int) -> None:
    await it.campaign(numbers(people), starts=False)
    await it.do(start_campaign("spring", canary))


def dialled(it: Stage) -> list[str]:
    return sorted(post["request_body"]["to"] for post in it.posts())


def pauses(it: Stage) -> list[CampaignPaused]:
    return [one.event for one in it.events("campaign.paused") if isinstance(one.event, CampaignPaused)]


def test_it_places_so_many_calls_and_pauses_with_what_became_of_them_until_it_is_resumed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0) as it:
            await with_canary(it, 10, 3)
            await it.until("paused", lambda: it.phase() == "paused")
            assert len(it.posts()) == 3
            assert it.counts() == {"reached": 3, "queued": 7}
            evidence = {"reached": "3", "attempts_accepted": "3", "calls_completed": "3"}
            assert pauses(it) == [CampaignPaused(cause="canary", evidence=evidence)]

            notes = await it.do(campaigns.resume_campaign("spring", it.parts.in_flight.fingerprint))

            assert notes == ["the canary's 3 calls were looked at: all others are called from now on"]
            await it.until("completed", lambda: it.phase() == "completed")
            assert it.counts() == {"reached": 10}
            assert dialled(it) == numbers(10)
            assert len(pauses(it)) == 1

    play(scenario)


def test_no_more_than_so_many_are_placed_while_the_first_are_still_talking(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, talk_seconds="60:60") as it:
            await with_canary(it, 10, 3)
            await it.until("they talk", lambda: it.counts() == {"in_progress": 3, "queued": 7})
            await asyncio.sleep(0.5)
            assert (it.phase(), len(it.posts())) == ("running", 3)

    play(scenario)


def test_a_restart_does_not_forget_how_many_have_begun(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, talk_seconds="60:60") as it:
            await with_canary(it, 10, 2)
            await it.until("two talk", lambda: it.counts() == {"in_progress": 2, "queued": 8})
        async with stage(tmp_path, answer_rate=1.0, talk_seconds="60:60") as again:
            await asyncio.sleep(0.5)
            await again.views()
            assert (again.phase(), again.counts()) == ("running", {"in_progress": 2, "queued": 8})

    play(scenario)


def test_a_campaign_with_fewer_people_than_its_canary_is_simply_completed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0) as it:
            await with_canary(it, 2, 5)
            await it.until("completed", lambda: it.phase() == "completed")
            assert (it.counts(), pauses(it)) == ({"reached": 2}, [])

    play(scenario)


def test_what_was_refused_is_no_call_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0, refuse_429_rate=0.5) as it:
            await with_canary(it, 10, 3)
            await it.until("paused", lambda: it.phase() == "paused")
            assert len(it.events("attempt.accepted")) == 3
            assert it.counts() == {"reached": 3, "queued": 7}

    play(scenario)


def test_where_all_are_refused_it_is_completed_without_a_look_at_calls(tmp_path: Path) -> None:
    refused = b'{"error":{"code":"originate_failed","message":"carrier said no"}}'

    async def scenario() -> None:
        async with raw_server(always(http(502, refused))) as server, stage(tmp_path, provider=server.url) as it:
            await with_canary(it, 4, 2)
            await it.until("completed", lambda: it.phase() == "completed")
            assert (len(it.events("attempt.refused")), pauses(it)) == (4, [])

    play(scenario)


def test_a_call_that_may_have_been_placed_is_one_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with raw_server(always(http(500, b"{}"))) as server, stage(tmp_path, provider=server.url) as it:
            await with_canary(it, 4, 2)
            await it.until("two are unresolved", lambda: it.counts() == {"unresolved": 2, "queued": 2})
            await asyncio.sleep(0.3)
            assert len(it.events("attempt.started")) == 2

    play(scenario)
