"""A campaign that calls nobody although somebody could be called."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from application.dialer.lookup_brake import LookupTrouble
from application.queries.attention import attention_now
from application.queries.idle import IDLE_AFTER, idle_campaigns
from application.silence import SILENT_AFTER
from application.subscriber_trouble import SubscriberTrouble
from application.views import Projector
from domain.dial_outcome import Unresolved
from tests.entrypoints.serving import FROM, NOON, OTHER, TO, WAIT_SECONDS_MAX, Serving, play

TICK = timedelta(microseconds=1)


async def idle(stage: Serving) -> list[tuple[str | None, object]]:
    assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
    needs = (await attention_now(stage.parts.installation)).items
    return [(one.campaign_id, one.since) for one in needs if one.need == "idle"]


def test_after_five_minutes_without_a_call_while_somebody_could_be_called_it_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.parts.arrivals.listening_since = NOON
        await stage.campaign(TO, OTHER)
        stage.clock.now = NOON + IDLE_AFTER - TICK
        assert await idle(stage) == []
        stage.clock.now = NOON + IDLE_AFTER
        ((campaign_id, since),) = await idle(stage)
        assert campaign_id == "spring_followup"
        await stage.dial(TO, "call_1")
        assert await idle(stage) == []
        stage.clock.now += IDLE_AFTER + timedelta(seconds=1)
        ((_, later),) = await idle(stage)
        assert str(later) > str(since)

    play(tmp_path, scene)


def test_nothing_is_said_where_nobody_is_left_where_it_is_paused_or_where_nothing_dials_here(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.parts.arrivals.listening_since = NOON
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await stage.campaign(OTHER, campaign_id="paused")
        assert (await stage.client.post("/v1/campaigns/paused/pause")).status_code == 200
        await stage.campaign(campaign_id="empty")
        stage.clock.now = NOON + 2 * IDLE_AFTER
        assert await idle(stage) == []
        assert (await stage.client.post("/v1/campaigns/paused/resume")).status_code == 200
        stage.clock.now += IDLE_AFTER
        stage.parts.arrivals.listening_since = None
        assert await idle(stage) == []
        stage.parts.arrivals.listening_since = stage.clock.now
        assert await idle(stage) == []
        stage.parts.arrivals.listening_since = NOON
        assert [one for one, _ in await idle(stage)] == ["paused"]

    play(tmp_path, scene)


def test_hours_that_are_not_open_and_slots_that_are_all_held_are_no_idleness(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.parts.arrivals.listening_since = NOON
        closed = {"hours": {"every_day": ["18:00-23:00"]}, "default_zone": "UTC"}
        for campaign_id, more in (("closed", {"policy": closed}), ("full", {"limits": {"calls_at_once": 1}})):
            body = {"id": campaign_id, "from": FROM, **more}
            made = await stage.client.post("/v1/campaigns", json=body)
            assert made.status_code == 201, made.text
            await stage.enroll(TO, OTHER, campaign_id=campaign_id)
            assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200
        await stage.dial(TO, "call_1", "full")
        stage.clock.now = NOON + 2 * IDLE_AFTER
        assert await idle(stage) == []

    play(tmp_path, scene)


def test_what_is_held_by_agents_by_a_lookup_or_by_its_clock_is_not_idle(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.parts.arrivals.listening_since = NOON
        asks = {"url": "https://crm.example.org/ask"}
        plans: dict[str, dict[str, Any]] = {
            "agents": {"agents": {}},
            "clock": {"schedule": {"zone": "UTC", "pause": ["12:04"], "resume": ["18:00"]}},
            "holds": {"lookup": {**asks, "on_failure": "hold"}},
            "skips": {"lookup": {**asks, "on_failure": "skip"}},
            "goes_on": {"lookup": {**asks, "on_failure": "go_on"}},
        }
        for campaign_id, more in plans.items():
            made = await stage.client.post("/v1/campaigns", json={"id": campaign_id, "from": FROM, **more})
            assert made.status_code == 201, made.text
            await stage.enroll(TO, campaign_id=campaign_id)
            assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200
        stage.clock.now = NOON + IDLE_AFTER
        fails = LookupTrouble("crm.example.org", NOON, 3, "it answered HTTP 500, and not 200")
        assert {one for one, _ in await idle(stage)} == {"holds", "skips", "goes_on"}
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        parts = replace(stage.parts.installation, lookup_trouble=lambda _: fails)
        needs = (await attention_now(parts)).items
        assert [one.campaign_id for one in needs if one.need == "idle"] == ["goes_on"]
        told = await stage.client.put("/v1/campaigns/agents/agents", json={"free": 1})
        assert told.status_code == 200, told.text
        assert "agents" in {one for one, _ in await idle(stage)}

    play(tmp_path, scene)


def test_a_slow_pace_is_given_three_turns(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.parts.arrivals.listening_since = NOON
        body = {"id": "slow", "from": FROM, "limits": {"calls_per_second": 0.005}}
        assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
        await stage.enroll(TO, campaign_id="slow")
        assert (await stage.client.post("/v1/campaigns/slow/start")).status_code == 200
        for seconds, found in ((599, []), (600, ["slow"])):
            now = NOON + timedelta(seconds=seconds)
            assert [one.campaign_id for one in idle_campaigns(stage.parts.installation, now)] == found

    play(tmp_path, scene)


def test_views_that_are_behind_a_dead_subscriber_and_what_is_not_known_are_told(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        dead = SubscriberTrouble(subscription_id="crm", since=NOON, says="it is gone", what_to_do="resume it")
        parts = replace(stage.parts.installation, subscriber_troubles=lambda: [dead])
        projector = stage.parts.projector
        assert isinstance(projector, Projector)
        projector.behind = lambda: (7, 31.0)  # type: ignore[method-assign]
        found = await attention_now(parts)
        assert [(one.key, one.says) for one in found.items] == [
            ("views", "7 events and 31 s behind the ledger, more than 30 s"),
            ("subscriber:crm", "it is gone"),
        ]
        assert found.unknown == []
        stage.parts.arrivals.listening_since = stage.clock.now - SILENT_AFTER + TICK
        assert (await attention_now(parts)).unknown == ["silence"]

    play(tmp_path, scene)


def test_alerts_are_told_what_the_provider_paused_and_not_what_an_operator_did(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        lost = Unresolved(why="no answer", status=None, body=None)
        await stage.settle(await stage.start(TO, "att_1"), lost)
        assert (await stage.client.post("/v1/campaigns/spring_followup/pause")).status_code == 200
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        for above, told in ((0, True), (1, False)):
            parts = replace(stage.parts.installation, unresolved_told_above=above)
            found = (await attention_now(parts)).items
            assert [(one.need, one.is_told) for one in found] == [("pause", False), ("unresolved", told)]

    play(tmp_path, scene)
