import html as html_texts
import re
from datetime import UTC, datetime
from pathlib import Path

from entrypoints.pages.zone_cookie import ZONE_COOKIE
from tests.entrypoints.http.answer.asking import NAMELESS, ask, campaign, press, recorded, redirect_of
from tests.entrypoints.pages.staging import GUARDED, load, read, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving, play

PAGE = "/campaigns/spring_followup/plan"
AGENT = "+15551230009"


async def made(stage: Serving, **plan: object) -> None:
    answer = await stage.client.post("/v1/campaigns", json={"id": "planned", "from": FROM, **plan})
    assert answer.status_code == 201, answer.text


def sentences(html: str) -> list[str]:
    found = re.search(r'id="policy-words">(.*?)</div>', html, re.DOTALL)
    assert found, html
    return [html_texts.unescape(one) for one in re.findall(r"<li[^>]*>(.*?)</li>", found[1])]


def steps(html: str) -> list[tuple[str, str, str, str]]:
    """Of each step how far it is drawn in, its name, what leads to it, and how many calls reached it."""
    found = re.findall(
        r'<li class="script-step depth-(\d)".*?<p class="came-by">(.*?)</p>\s*<h4>(\S+?)(?: <span class="badge">(.*?)</span>.*?)?</h4>',
        html,
        re.DOTALL,
    )
    return [(depth, name, html_texts.unescape(came_by), reached) for depth, came_by, name, reached in found]


def test_a_campaign_without_policy_and_script_says_so(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage)
        html = await load(stage, "/campaigns/planned/plan")
        assert sentences(html) == [
            "There is no policy: each person is tried once, at any hour, and nothing stops the campaign by itself."
        ]
        assert "None: a call is told nothing by this campaign." in html
        assert 'id="week"' not in html

    play(tmp_path, scene)


def test_hours_are_shown_by_their_clock_and_by_mine(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, policy={"hours": {"weekdays": ["09:00-20:00"]}})
        people = [{"number": TO, "zone": "America/New_York"}, {"number": AGENT, "zone": "America/New_York"}]
        rows = {"recipients": [*people, {"number": "+15551230010", "zone": "Asia/Tokyo"}]}
        assert (await stage.client.post("/v1/campaigns/planned/recipients", json=rows)).status_code == 200
        html = await load(stage, "/campaigns/planned/plan?tz=Europe/Berlin")
        assert read(html).faults == []
        assert "by their clock (America/New_York)" in html
        assert re.findall(r'<span class="nowrap">([^<]*)</span>', html)[:5] == [
            "09:00-20:00",
            "00:00-02:00,",
            "15:00-24:00",
            "closed",
            "00:00-02:00",
        ]
        assert "nobody is called" not in html
        other = await load(stage, "/campaigns/planned/plan?zone=Asia/Tokyo")
        assert "by their clock (Asia/Tokyo)" in other
        assert "by yours (UTC)" in other
        wrong = await load(stage, "/campaigns/planned/plan?tz=Berlin", 400)
        assert "is no IANA time zone that is known here; write it like Europe/Berlin" in wrong

    play(tmp_path, scene)


def test_a_date_on_which_nobody_is_called_is_struck_out_with_its_name(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        hours = {"hours": {"every_day": ["09:00-20:00"]}, "excluded_dates": ["2026-05-30"], "holidays": ["GB-SCT"]}
        await made(stage, policy=hours)
        html = await load(stage, "/campaigns/planned/plan?zone=Europe/London&tz=Europe/London")
        assert read(html).faults == []
        assert re.findall(r'<s>(\w+)</s>.*?nowrap">(\S+?)</span>.*?why">([^<]*)<', html) == [
            ("Saturday", "2026-05-30", "an excluded date: nobody is called"),
        ]
        assert re.findall(r'<s class="nowrap">([^<]*)</s>', html) == ["09:00-20:00"] * 2
        stage.clock.now = datetime(2026, 12, 30, 12, tzinfo=UTC)
        html = await load(stage, "/campaigns/planned/plan")
        assert "<s>Friday</s>" in html
        assert "New Year's Day (GB-SCT): nobody is called" in html_texts.unescape(html)

    play(tmp_path, scene)


def test_the_script_is_told_step_by_step_with_how_many_calls_reached_each(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS, None)
        assert "None of the last 1 call was told this version" in await load(stage, PAGE)
        before = stage.ledger.position
        url = redirect_of(await ask(stage))
        await press(stage, "1")
        await ask(stage, url)
        await recorded(stage, 2)
        html = await load(stage, PAGE)
        assert read(html).faults == []
        assert "How many of the last 1 call that were told this version reached each step" in html
        assert steps(html) == [
            ("0", "greeting", "the call begins here", "1 of 1"),
            ("0", "menu", "then, after greeting", "1 of 1"),
            ("1", "yes", "pressed 1, after menu", "1 of 1"),
            ("1", "agent", "pressed 2, after menu", "0 of 1"),
            ("2", "goodbye", "if that fails and MiniVoice goes on, after agent", "0 of 1"),
            ("1", "later", "not known in time what was pressed, after menu", "0 of 1"),
            ("0", "nameless", "where a variable is missing", "0 of 1"),
        ]
        assert "says <q>Hello you, this is our office.</q>" in html
        assert "asks <q>Press 1 or 2.</q>" in html
        assert "(1 digit; waits 7 seconds; asked up to 2 times)" in html
        past = await load(stage, f"{PAGE}?as_of={before}")
        assert [reached for *_, reached in steps(past)] == [""] * 7

    play(tmp_path, scene)


def test_viewers_read_the_plan_without_any_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        script = {
            "start": "on",
            "steps": {"on": {"actions": [{"say": f"Call {AGENT}."}], "transfer": {"destination": AGENT}}},
        }
        stage.client.headers.update(OPERATOR)
        await made(stage, script=script, policy={"only": [TO]})
        del stage.client.headers["authorization"]
        for role in ("viewer", "auditor"):
            await sign_in(stage, role)
            html = await load(stage, "/campaigns/planned/plan")
            assert read(html).faults == []
            assert (AGENT in html, TO in html) == (role == "auditor", role == "auditor")
            assert "Only the 1 number of its own list may be called." in sentences(html)
            assert "hands the call to +15" in html

    play(tmp_path, scene, **GUARDED)


def test_the_plan_is_shown_as_of_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, policy={"attempts_max": 1})
        then = stage.ledger.position
        change = {"policy": {"opt_out_digits": "9"}, "reason": "they asked for it"}
        assert (await stage.client.post("/v1/campaigns/planned/revise", json=change)).status_code == 200
        said = "Whoever enters exactly 9 is suppressed: no campaign calls them any more."
        assert said in sentences(await load(stage, "/campaigns/planned/plan"))
        past = await load(stage, f"/campaigns/planned/plan?as_of={then}")
        assert said not in sentences(past)
        assert "they asked for it" not in past
        assert 'href="/campaigns/planned/plan">Now</a>' in past

    play(tmp_path, scene)


def test_my_clock_is_that_of_all_my_pages_unless_the_address_names_another(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, policy={"hours": {"weekdays": ["09:00-20:00"]}})
        rows = {"recipients": [{"number": TO, "zone": "America/New_York"}]}
        assert (await stage.client.post("/v1/campaigns/planned/recipients", json=rows)).status_code == 200
        html = await load(stage, "/campaigns/planned/plan")
        assert 'id="tz" name="tz" value="" placeholder="UTC"' in html
        stage.client.cookies.set(ZONE_COOKIE, "Europe/Berlin")
        html = await load(stage, "/campaigns/planned/plan")
        assert 'id="tz" name="tz" value="" placeholder="Europe/Berlin"' in html
        assert re.findall(r'<span class="nowrap">([^<]*)</span>', html)[:3] == [
            "09:00-20:00",
            "00:00-02:00,",
            "15:00-24:00",
        ]
        assert 'value="Asia/Tokyo" placeholder="Asia/Tokyo"' in await load(
            stage, "/campaigns/planned/plan?tz=Asia/Tokyo"
        )

    play(tmp_path, scene)


def test_what_they_hear_who_ring_back_is_on_the_plan(tmp_path: Path) -> None:
    inbound = {"start": "hello", "steps": {"hello": {"actions": [{"say": "This is Example."}], "end": True}}}

    async def scene(stage: Serving) -> None:
        await made(stage, inbound_script=inbound)
        html = await load(stage, "/campaigns/planned/plan")
        assert read(html).faults == []
        assert "<q>This is Example.</q>" in html
        assert 'id="inbound-hello"' in html

    play(tmp_path, scene)


def test_agents_and_who_changed_what_are_told_in_words(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, agents={"life_seconds": 90}, policy={"attempts_max": 2})
        told = await stage.client.put("/v1/campaigns/planned/agents", json={"free": 3})
        assert told.status_code == 200, told.text
        change = {"policy": {"attempts_max": 3}, "limits": {"calls_per_second": 2}, "reason": "they asked for it"}
        assert (await stage.client.post("/v1/campaigns/planned/revise", json=change)).status_code == 200
        del stage.client.headers["authorization"]
        await sign_in(stage, "auditor")
        html = await load(stage, "/campaigns/planned/plan")
        assert read(html).faults == []
        agents = re.sub(r"<[^>]+>|\s+", " ", html.partition('id="agents-words"')[2].partition("</ul>")[0])
        assert "For each agent who is free at most one call is under way." in agents
        assert "Now 3 agents are free" in agents
        assert "What it began with: " in html
        history = html.partition('id="history-list"')[2]
        assert "<strong>Revised</strong>" in history
        rows = re.findall(r'rowheader" class="wrap">([^<]*)</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>', history)
        assert rows[-2:] == [("Calls a second", "1", "2"), ("Attempts for each person", "2", "3")]
        assert tuple(one for one in ("policy.", "limits.") if one not in history) == ("policy.", "limits.")
        past = await load(stage, f"/campaigns/planned/plan?as_of={stage.ledger.position}")
        assert "Now 3 agents are free" not in past

    play(tmp_path, scene, **GUARDED)
