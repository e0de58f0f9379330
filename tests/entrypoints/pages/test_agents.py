"""How many agents are free, told on a campaign's page."""

from pathlib import Path

from tests.entrypoints.pages.staging import form_token, load, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, TOKENS, Serving, play

PAGE = "/campaigns/spring_followup"


async def created(stage: Serving, **more: object) -> None:
    body = {"id": "spring_followup", "from": FROM, **more}
    assert (await stage.client.post("/v1/campaigns", json=body, headers=OPERATOR)).status_code == 201


def test_an_operator_tells_it_and_the_page_says_what_that_lets_be(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, agents={"life_seconds": 60})
        await sign_in(stage, "operator")
        page = await load(stage, PAGE)
        assert "Nobody has said yet how many are free" in page
        assert "It is believed for 60 seconds" in page

        sent = await stage.client.post(f"{PAGE}/agents", data={"form_token": form_token(page), "free": " 3 "})
        assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
        assert stage.names()[-1] == "agents.told"
        page = await load(stage, PAGE)
        assert "3 agents were free" in page
        assert "There may be 3 calls at once" in page

        await sign_in(stage, "viewer")
        page = await load(stage, PAGE)
        assert "3 agents were free" in page
        assert "Free agents now" not in page

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_what_is_no_number_of_agents_is_said_in_words_and_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage, agents={})
        await sign_in(stage, "operator")
        token = form_token(await load(stage, PAGE))
        for free in ("", "three", "-1", "1.5", "1e3", "٣", "9" * 13, "100001"):
            answer = await stage.client.post(f"{PAGE}/agents", data={"form_token": token, "free": free})
            assert (free, answer.status_code) == (free, 400)
            assert "free" in answer.text
        assert "agents.told" not in stage.names()

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_no_form_where_calls_are_held_to_no_agents_and_none_once_the_campaign_has_ended(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        await sign_in(stage, "operator")
        assert "Free agents now" not in await load(stage, PAGE)
        path = "/v1/campaigns/spring_followup"
        assert (await stage.client.put(f"{path}/agents", json={"free": 1}, headers=OPERATOR)).status_code == 200
        assert "Free agents now" in await load(stage, PAGE)
        assert (await stage.client.post(f"{path}/cancel", headers=OPERATOR)).status_code == 200
        assert "Free agents now" not in await load(stage, PAGE)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
