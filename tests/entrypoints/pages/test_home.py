import html as html_texts
import re
from datetime import timedelta
from pathlib import Path

import pytest

from application.pauses import Explanation, explain_pause
from application.queries import attention
from domain.account import UsageObserved, observe_usage
from domain.campaign import CampaignPause, Scheduled
from domain.dial_outcome import Unresolved
from domain.identity import account_stream
from tests.entrypoints.pages.campaign_page import figure_on
from tests.entrypoints.pages.staging import GUARDED, ROLES, fill, load, read, sign_in
from tests.entrypoints.pages.test_people import is_on_loop
from tests.entrypoints.serving import FINGERPRINT, NOON, OPERATOR, OTHER, TO, Serving, payload, play
from tests.entrypoints.shared_stage import Play


def needs_on(html: str) -> dict[str, str]:
    """What needs somebody, with where it is settled."""
    return {
        html_texts.unescape(text): address
        for address, text in re.findall(
            r'<li class="need-[^"]*"><a href="([^"]*)">.*?<span class="wrap">(.*?)</span>', html
        )
    }


@pytest.mark.parametrize("role", ROLES)
def test_what_needs_somebody_leads_to_where_it_is_settled(looking: Play, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, role)
        found = needs_on(await load(stage, "/"))
        assert list(found.values()) == [
            "/campaigns/careful#changes",
            "/campaigns/spring_followup#unresolved",
            "/subscriptions",
            "/quarantine",
        ]
        says = list(found)
        assert [says[1], says[3]] == [
            "it is not known whether 1 attempt came to a call",
            "1 delivery of the last 7 days could not be read",
        ]
        for address in found.values():
            page, _, place = address.partition("#")
            html = await load(stage, page)
            assert not place or f'id="{place}"' in html

    looking(scene)


@pytest.mark.parametrize("role", ROLES)
def test_operators_are_led_to_resume_what_is_paused(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        paused = await stage.client.post("/v1/campaigns/spring_followup/pause", headers=OPERATOR)
        assert paused.status_code == 200
        await sign_in(stage, role)
        assert ('href="/campaigns/spring_followup/resume"' in await load(stage, "/")) is (role == "operator")

    play(tmp_path, scene, **GUARDED)


def test_where_nothing_needs_anybody_nothing_is_shown(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        html = await load(stage, "/")
        assert "Needs you" not in html
        lost = Unresolved(why="no answer", status=None, body=None)
        await stage.settle(await stage.start(TO, "att_1"), lost)
        assert "Needs you" in await load(stage, "/")

    play(tmp_path, scene)


def test_todays_calls_are_counted_from_midnight(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        html = await load(stage, "/")
        assert [figure_on(html, name) for name in ("calls", "answered", "talk", "spent")] == ["0", "—", "—", "—"]
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2")
        await stage.deliver(payload("call.answered", "call_1", 5))
        await stage.deliver(payload("call.completed", "call_1", 35))
        await stage.deliver(payload("call.failed", "call_2", 9, to=OTHER))
        spent = UsageObserved(
            window_from=NOON,
            window_to=NOON,
            calls=2,
            billsec_seconds=30,
            cost_amount="1.25",
            cost_currency="EUR",
            body="{}",
        )
        await stage.do(lambda tx: tx.append(account_stream(FINGERPRINT), observe_usage(tx.account(FINGERPRINT), spent)))
        html = await load(stage, "/")
        told = [figure_on(html, name) for name in ("calls", "answered", "talk", "spent")]
        assert told == ["2", "50 %", "30 s", "1.25 EUR"]
        stage.clock.now += timedelta(hours=12)
        html = await load(stage, "/")
        assert [figure_on(html, name) for name in ("calls", "answered", "talk")] == ["0", "—", "—"]

    play(tmp_path, scene)


def test_the_chart_has_axes_a_range_and_a_table(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        assert "No calls in these 24 hours." in await load(stage, "/")
        assert "No calls in these 60 minutes." in await load(stage, "/?range=hour")
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", "call_1", 5))
        stage.clock.now += timedelta(minutes=59, seconds=59)
        html = await load(stage, "/?range=hour")
        assert read(html).faults == []
        assert '<th scope="row">2026-05-29 12:00</th><td class="right">1</td><td class="right">1</td>' in html
        assert re.findall(r'text-anchor="middle">([^<]*)<', html)[:3] == ["12:00", "12:10", "12:20"]
        stage.clock.now += timedelta(seconds=1)
        assert "No calls in these 60 minutes." in await load(stage, "/?range=hour")
        stage.clock.now += timedelta(hours=29)
        assert "No calls in these 24 hours." in await load(stage, "/?range=day")
        for span, row in (("week", "2026-05-29 12:00"), ("month", "2026-05-29")):
            html = await load(stage, f"/?range={span}")
            assert read(html).faults == []
            assert f'id="range-{span}" href="/?range={span}&amp;pace=60" aria-current="page"' in html
            html = html[html.index('id="live-calls"') : html.index('id="live-pace"')]
            assert (html.count('class="bar-sent"'), html.count('class="bar-answered"')) == (1, 1)
            assert f'<th scope="row">{row}</th><td class="right">1</td><td class="right">1</td>' in html
            assert re.findall(r'dy=".35em" text-anchor="end">([^<]*)<', html) == ["0", "1", "2", "3", "4"]
        assert (await stage.client.get("/?range=year")).status_code == 400

    play(tmp_path, scene)


def test_campaigns_come_the_newest_first_and_tries_are_hidden(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for campaign_id in ("first", "try_0123456789ab", "last"):
            await stage.campaign(campaign_id=campaign_id, start=False)

        async def shown(path: str) -> list[str]:
            return re.findall(r'<a href="/campaigns/([a-z0-9_]+)">', await load(stage, path))

        assert await shown("/") == await shown("/campaigns") == ["last", "first"]
        assert await shown("/campaigns?tries=shown") == ["last", "try_0123456789ab", "first"]

    play(tmp_path, scene)


def test_a_campaigns_progress_is_drawn_and_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", "call_1", 5))
        await stage.deliver(payload("call.completed", "call_1", 9))
        html = await load(stage, "/")
        assert 'aria-label="50 % done, 50 % reached"' in html
        assert '<rect class="reached" width="50.0"' in html
        assert "2 enrolled · 1 reached · 1 waiting<" in html

    play(tmp_path, scene)


def test_what_needs_somebody_is_not_looked_for_on_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_loop: list[bool] = []

    def explained(pause: CampaignPause, campaign_id: str, ends: Scheduled | None = None) -> Explanation:
        on_loop.append(is_on_loop())
        return explain_pause(pause, campaign_id, ends)

    monkeypatch.setattr(attention, "explain_pause", explained)

    async def scene(stage: Serving) -> None:
        await fill(stage)
        paused = await stage.client.post("/v1/campaigns/spring_followup/pause", headers=OPERATOR)
        assert paused.status_code == 200
        await sign_in(stage, "auditor")
        await load(stage, "/")

    play(tmp_path, scene, **GUARDED)
    assert on_loop == [False]
