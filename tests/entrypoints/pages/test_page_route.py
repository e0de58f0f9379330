"""What a page is asked by its query is taken or refused, never ignored, as on the API."""

import re
from pathlib import Path

import pytest

from tests.entrypoints.asking import fill_all
from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, PAGES, load, read, sign_in
from tests.entrypoints.serving import TO, Serving, play
from tests.entrypoints.shared_stage import Play


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/campaigns/spring_followup/recipients?state=refused", "state: is not taken here; do you mean status?"),
        ("/campaigns/spring_followup/recipients?nubmer=1", "nubmer: is not taken here; do you mean number?"),
        ("/search?query=1", "query: is not taken here; these are: q"),
        ("/calls?q=1", "q: is not taken here; these are: number, campaign, phase, outcome, answered, anomaly"),
        ("/calls?OUTCOMES=failed", "OUTCOMES: is not taken here; do you mean outcome?"),
        ("/calls/call_1?asof=3", "asof: is not taken here; do you mean as_of?"),
        ("/deliveries?events=call.failed", "events: is not taken here; do you mean event?"),
        ("/?limit=3", "limit: is not taken here; these are: range, pace"),
        ("/integrity?as_of=3", "as_of: is not taken here: this page shows what is so now; campaigns, their recipients"),
        ("/integrity?as=3", "as: is not taken here, and no other parameter is"),
        ("/campaigns/careful/start?as_of=3", "as_of: is not taken here: this page shows what is so now"),
        ("/calls?phase=ended&phase=dialing", "phase: is given more than once; give it once"),
        ("/campaigns/spring_followup/start?canary=3", "canary: is not taken here, and no other parameter is"),
        ("/sign-in?netx=/calls", "netx: is not taken here; do you mean next?"),
    ],
)
def test_a_page_refuses_what_it_does_not_take_with_the_nearest_name(looking: Play, path: str, said: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert said in await load(stage, path, 400)

    looking(scene)


def test_each_page_refuses_what_none_takes(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        for page in PAGES:
            more = "&" if "?" in page else "?"
            assert "no_such_parameter: is not taken here" in await load(stage, f"{page}{more}no_such_parameter=1", 400)

    looking(scene)


def test_each_link_and_form_of_a_page_asks_for_what_is_taken(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill_all(stage)
        await sign_in(stage, "operator")
        for page in PAGES:
            for link in re.findall(r'href="(/[^"]*\?[^"]*)"', await load(stage, page)):
                answer = await stage.client.get(link.replace("&amp;", "&"))
                assert (link, answer.status_code) == (link, 200)

    play(tmp_path, scene, **GUARDED)


def test_a_form_sends_what_nobody_filled_in_too(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        await load(stage, "/calls?campaign=&phase=&outcome=&anomaly=")
        await load(stage, "/deliveries?event=&result=&call=&since=&until=")
        await load(stage, "/campaigns/spring_followup/recipients?number=&status=&as_of=")

    looking(scene)


def test_who_is_not_signed_in_is_not_told_what_a_page_takes(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/calls?number=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fcalls%3Fnumber%3D1")

    play(tmp_path, scene, **GUARDED)


def test_files_take_their_version_and_nothing_else(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/static/style.css?v=2")).status_code == 200
        assert (await stage.client.get("/static/style.css?w=2")).status_code == 400

    play(tmp_path, scene, **GUARDED)


def test_each_page_of_a_campaign_or_a_person_takes_a_moment_and_has_a_form_for_it(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        here = "/campaigns/spring_followup"
        for path in (here, f"{here}/recipients", f"{here}/recipients/{TO}", f"{here}/plan"):
            now, then = await load(stage, path), await load(stage, f"{path}?as_of=20")
            assert read(then).faults == []
            assert 'name="as_of" value=""' in now
            assert 'name="as_of" value="20"' in then
            assert "As of position 20" in then
            assert "is after the ledger&#39;s end" in await load(stage, f"{path}?as_of=999999", 400)
            assert "neither a position nor an instant" in await load(stage, f"{path}?as_of=yesterday", 400)

    looking(scene)


def test_every_other_page_says_why_it_takes_no_moment(looking: Play) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        for path in ("/", "/calls", "/deliveries", "/quarantine", "/integrity", "/docs", *ACT_PAGES):
            assert "as_of: is not taken here: this page shows what is so now" in await load(
                stage, f"{path}?as_of=3", 400
            )

    looking(scene)
