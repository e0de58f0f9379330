import html as html_texts
import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from adapters.ledger.transaction import Transaction
from domain.account import DestinationHeld, pause
from domain.dial_outcome import Refused
from domain.identity import account_stream
from tests.entrypoints.pages.campaign_page import PAGE, answer_on, figure_on, made
from tests.entrypoints.pages.staging import GUARDED, confirm, load, sign_in
from tests.entrypoints.serving import FINGERPRINT, FROM, OPERATOR, OTHER, TO, Serving, payload, play


def test_a_pause_says_its_cause_all_that_was_said_and_what_to_do(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER)
        del stage.client.headers["authorization"]
        body = '{"error":{"code":"insufficient_balance","message":"no credit"}}'
        decide = lambda tx: tx.append(  # noqa: E731
            account_stream(FINGERPRINT),
            pause(tx.account(FINGERPRINT), "provider", status=402, code="insufficient_balance", body=body),
        )
        await stage.do(decide)
        for role in ("operator", "viewer"):
            await sign_in(stage, role)
            html = html_texts.unescape(await load(stage, PAGE))
            assert answer_on(html) == "The account is paused: the balance behind the key is used up."
            assert "add balance at MiniVoice, then resume" in html
            assert (body in html) == (role == "operator")
        await sign_in(stage, "operator")
        done = await confirm(stage, f"{PAGE}/resume")
        assert (done.status_code, "every running campaign on it dials again" in done.text) == (200, True)

    play(tmp_path, scene, **GUARDED)


def test_error_codes_come_with_the_last_body(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO, OTHER)
        del stage.client.headers["authorization"]
        for number, said in ((TO, "first"), (OTHER, "last")):
            refused = Refused(status=400, code="invalid_request", body=said, concerns="recipient", counts=False)
            await stage.settle(await stage.start(number, f"att_{said}"), refused)
        await sign_in(stage, "operator")
        html = await load(stage, PAGE)
        assert '<pre class="body" tabindex="0">last</pre>' in html
        assert '<pre class="body" tabindex="0">first</pre>' not in html
        await sign_in(stage, "viewer")
        html = await load(stage, PAGE)
        assert "invalid_request (HTTP 400)" in html
        assert ">last</pre>" not in html

    play(tmp_path, scene, **GUARDED)


def test_a_chart_shows_the_pace_of_the_last_hour(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        page = f"{PAGE}?range=hour"
        assert "No calls in these 60 minutes." in await load(stage, page)
        nothing = "Nothing was sent, and no call was under way, in the whole minutes of the last 60"
        assert nothing in await load(stage, page)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=1))
        stage.clock.now += timedelta(minutes=1)
        html = await load(stage, page)
        assert "1 request left in the last 60 minutes; a table of the same follows" in html
        assert "At most 1 call at once in the last 60 minutes" in html
        assert (html.count('class="bar-sent"'), html.count('class="bar-answered"')) == (3, 1)
        # The limit of a second, as one of the minute, is far above; that of calls at once, too.
        said = [re.sub("<[^>]*>", "", one).strip() for one in re.findall(r'class="legend">(.*?)</p>', html, re.DOTALL)]
        assert said[1:] == [
            "requests that left (UTC); the limit, 60 a minute, is far above",
            "the most calls under way in each minute (UTC); the limit, 10 at once, is far above",
        ]
        row = '2026-05-29 12:00</th><td class="right">1</td><td class="right">60</td><td class="right">1</td>'
        assert row in html
        await stage.deliver(payload("call.completed", seconds=9))
        stage.clock.now += timedelta(hours=2)
        assert nothing in await load(stage, page)
        assert "in the whole minutes of the last 15;" in await load(stage, f"{PAGE}?pace=15")
        await load(stage, f"{PAGE}?pace=5", 400)


def test_calls_are_shown_by_the_hour_of_their_day(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        people = [{"number": TO, "zone": "Asia/Kolkata"}, {"number": OTHER}]
        done = await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": people})
        assert done.json()["rejected"] == 0
        assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
        assert "By the hour of their day" not in await load(stage, PAGE)
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2")
        for span in ("hour", "day", "week", "month"):
            html = await load(stage, f"{PAGE}?range={span}")
            assert "17:00 by their clock: 1 call, 0 answered" in html
            assert '<tr><th scope="row">17:00</th><td class="right">1</td>' in html
            assert '<tr><th scope="row">not known</th><td class="right">1</td>' in html
            assert "Of 1 call it is not known what time it was there" in html

    play(tmp_path, scene)


def test_a_limit_that_is_near_is_a_line(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, limits={"calls_per_second": 0.05, "calls_at_once": 2})
        assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
        await stage.dial(TO, "call_1")
        stage.clock.now += timedelta(minutes=3)
        html = await load(stage, PAGE)
        assert html.count('<line class="limit"') == 2
        assert "the limit: 3 a minute" in html
        assert "the limit: 2 at once" in html
        # The call is under way in the minutes after it, too.
        assert html.count('<td class="right">1</td><td class="right">2</td>') == 3
        home = await load(stage, "/")
        assert "no limit is known" in home
        assert '<line class="limit"' not in home

    play(tmp_path, scene)


def test_a_chart_shows_a_campaigns_own_calls(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(OTHER, campaign_id="other")
        await stage.dial(TO, "call_1")
        for page, bars in ((PAGE, 1), (f"{PAGE}?range=week", 1), ("/campaigns/other", 0)):
            assert (page, (await load(stage, page)).count('class="bar-sent"')) == (page, bars)

    play(tmp_path, scene)


def test_calls_stand_under_plain_outcomes_and_their_length_is_of_those_that_were_answered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
        for number, call_id, heard in (
            (TO, "call_1", [("call.answered", 3), ("call.completed", 33)]),
            (OTHER, "call_2", [("call.completed", 40)]),
        ):
            await stage.dial(number, call_id)
            for event, seconds in heard:
                assert (await stage.deliver(payload(event, call_id, seconds=seconds))).status_code == 204
        html = await load(stage, PAGE)
        table = re.search(r'<table id="calls-by-outcome">(.*?)</table>', html, re.DOTALL)
        assert table
        rows = re.findall(
            r'<th scope="row">(.*?)</th><td class="right">(.*?)</td><td class="right">(.*?)</td>', table[1]
        )
        assert rows == [("answered", "1", "50 %"), ("no answer", "1", "50 %")]
        assert "1 call from answer to end: 30 s on average, 30 s at most." in html

    play(tmp_path, scene)


def _state_on(html: str) -> str:
    found = re.search(r'id="live-state" data-live><span class="badge badge-([a-z_]+)"', html)
    assert found, html
    return found[1]


def test_campaigns_are_listed_by_their_state_with_their_progress(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for name, acts in (("first", ["start"]), ("second", []), ("third", ["start", "pause"]), ("fourth", ["cancel"])):
            await stage.client.post("/v1/campaigns", json={"id": name, "from": FROM})
            await stage.enroll(TO, campaign_id=name)
            for act in acts:
                assert (await stage.client.post(f"/v1/campaigns/{name}/{act}")).status_code == 200
        expected = {"": ["fourth", "third", "second", "first"], "running": ["first"], "paused": ["third"]}
        for state, names in expected.items():
            html = await load(stage, f"/campaigns?state={state}")
            assert re.findall(r'<a href="/campaigns/(\w+)">\1</a>', html) == names
            found = await stage.json(f"/v1/campaigns?order=newest{'&state=' + state if state else ''}")
            assert [one["id"] for one in found["items"]] == names
        assert 'aria-label="100 % done, 0 % reached"' in await load(stage, "/campaigns?state=canceled")
        assert "No campaign is completed." in await load(stage, "/campaigns?state=completed")
        # The account's pause keeps those still that would run.
        decide = lambda tx: tx.append(  # noqa: E731
            account_stream(FINGERPRINT), pause(tx.account(FINGERPRINT), "provider", status=401, code="unauthorized")
        )
        await stage.do(decide)
        paused = await stage.json("/v1/campaigns?state=paused&limit=1")
        assert ([one["id"] for one in paused["items"]], paused["next"]) == (["first"], "1")
        more = await stage.json("/v1/campaigns?state=paused&limit=1&after=1")
        assert ([one["id"] for one in more["items"]], more["next"]) == (["third"], None)
        await load(stage, "/campaigns?state=asleep", 400)

    play(tmp_path, scene)


def test_a_campaign_that_is_over_says_how_it_ended_and_not_eight_figures_of_nobody(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        for event, seconds in (("call.answered", 1), ("call.completed", 9)):
            await stage.deliver(payload(event, seconds=seconds))
        going_on = await load(stage, PAGE)
        assert 'aria-label="50 % done, 50 % reached"' in going_on
        assert figure_on(going_on, "capped") == "0"
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        html = await load(stage, PAGE)
        assert ">How did it end?</h2>" in html
        found = re.findall(r'id="figure-([a-z-]+)"><dt>[^<]*</dt><dd>([^<]*)</dd>', html)
        assert found == [("enrolled", "2"), ("tried", "1"), ("reached", "1"), ("calls", "1")]
        assert "100 % of those who were tried" in html

    play(tmp_path, scene)


def test_a_campaign_is_shown_as_it_was_known_then_and_nothing_can_be_done_there(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        before = stage.ledger.position
        assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
        await stage.dial(TO, "call_1")
        now, then = await load(stage, PAGE), await load(stage, f"{PAGE}?as_of={before}")
        assert (_state_on(now), _state_on(then)) == ("running", "created")
        assert 'id="act-pause"' in now
        assert 'id="act-' not in then
        assert "It was created. Who could have been called is answered for now alone" in then
        assert 'id="answer"' not in then
        assert 'href="/campaigns/spring_followup">Now</a>' in then
        # What became of calls by the hour is counted as of now.
        assert ("range=day" in now, "range=day" in then) == (True, False)
        await load(stage, f"{PAGE}?as_of={before}&range=hour")
        await load(stage, f"{PAGE}?as_of={before}&range=day", 400)
        people = f"{PAGE}/recipients?as_of={before}"
        assert "queued (2)" in await load(stage, people)

    play(tmp_path, scene)


def held(tx: Transaction, prefixes: Sequence[str]) -> None:
    tx.account(FINGERPRINT)
    holds = [DestinationHeld(prefix=one, code="rate_not_found", body="{}") for one in prefixes]
    tx.append(account_stream(FINGERPRINT), holds)


def test_what_is_held_leads_to_where_it_is_shown(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.do(partial(held, prefixes=["+49"]))
        html = await load(stage, "/campaigns/spring_followup")
        link = '<a href="/integrity#account"><code>dialtrail account show</code></a>'
        assert f"1 destination is held; see {link}" in html
        assert 'id="account"' in await load(stage, "/integrity")

    play(tmp_path, scene)


def test_an_operator_releases_what_is_held_after_a_question(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        del stage.client.headers["authorization"]
        await stage.do(partial(held, prefixes=("+49", "+4930")))
        ask = "/integrity/holds/%2B49/release"
        await sign_in(stage, "auditor")
        assert ask not in await load(stage, "/integrity")
        assert (await stage.client.get(ask)).status_code == 403
        await sign_in(stage, "operator")
        assert f'href="{ask}"' in await load(stage, "/integrity")
        asked = await load(stage, ask)
        assert [one in asked for one in ("+49, since", "+4930, since")] == [True, True]
        assert (await stage.client.post(ask, data={})).status_code == 403
        done = await confirm(stage, ask)
        assert (done.status_code, done.headers["location"]) == (303, "/integrity#account")
        assert "no destination is held" in await load(stage, "/integrity")
        assert "No number that begins so is held." in await load(stage, ask)
        await load(stage, "/integrity/holds/49/release", 400)

    play(tmp_path, scene, **GUARDED)
