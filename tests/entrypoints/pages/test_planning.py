"""A campaign made and revised on a page, after what it would do was shown beside the form."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.campaign import CampaignCreated, CampaignRevised
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving, play

NEW, REVISE = "/new-campaign", f"{PAGE}/revise"
DOCUMENT = '[policy]\nattempts_max = 3\n\n[metadata]\nseason = "spring"\n'
PLAIN = {"id": "autumn", "from": FROM, "calls_per_second": "2.5", "record": "yes", "document": DOCUMENT}


def seen(html: str) -> str:
    return html.partition('name="seen" value="')[2].partition('"')[0]


async def sent(stage: Serving, path: str, **fields: str) -> httpx.Response:
    return await stage.client.post(path, data={"form_token": form_token(await load(stage, path)), **fields})


async def looked(stage: Serving, path: str, **fields: str) -> dict[str, Any]:
    """The same form as it is sent once it was looked at."""
    answer = await sent(stage, path, **fields)
    assert answer.status_code == 200, answer.text
    return {"form_token": form_token(answer.text), "seen": seen(answer.text), **fields}


def test_a_campaign_is_made_once_it_was_looked_at(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert f'href="{NEW}"' in await load(stage, "/campaigns")
        again = await looked(stage, NEW, **PLAIN)
        assert stage.names() == []
        other = await stage.client.post(NEW, data={**again, "calls_per_second": "9"})
        assert (other.status_code, stage.names()) == (200, [])
        done = await stage.client.post(NEW, data=again)
        assert (done.status_code, done.headers.get("location")) == (303, "/campaigns/autumn"), done.text
        (event,) = stage.feed()
        assert isinstance(event.event, CampaignCreated)
        plan = event.event.plan
        assert (plan.caller_number, plan.record, plan.limits.calls_per_second) == (FROM, True, 2.5)
        assert plan.policy is not None
        assert (plan.policy.attempts_max, plan.metadata) == (3, {"season": "spring"})
        assert event.metadata["actor"] == "operator:olga"

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"id": ""}, "id: is missing"),
        ({"from": "12"}, "is not a phone number"),
        ({"calls_per_second": "fast"}, "limits.calls_per_second: is not a number"),
        ({"document": "[policy"}, "document: is not TOML"),
        ({"document": "{"}, "document: is not JSON"),
        ({"document": '{"from": "+15551239999"}'}, "keep one of them"),
        ({"document": "limits = 3"}, "limits: must be a table"),
        ({"document": "colour = 1"}, "colour"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form_which_keeps_what_was_written(
    tmp_path: Path, more: dict[str, str], says: str
) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        answer = await sent(stage, NEW, **{**PLAIN, **more})
        assert (answer.status_code, says in answer.text, seen(answer.text)) == (400, True, ""), answer.text
        assert 'value="2.5"' in answer.text or "fast" in answer.text
        assert stage.names() == []

    play(tmp_path, scene, **GUARDED)


def test_a_campaign_is_revised_once_it_was_looked_at(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        assert f'href="{REVISE}"' in await load(stage, f"{PAGE}/plan")
        stored = len(stage.feed())
        hours = '[policy.hours]\nmonday = ["09:00-10:00"]\n'
        fields = {"calls_at_once": "3", "document": hours, "reason": "the works council asked for it"}
        assert (await sent(stage, REVISE, **{**fields, "reason": ""})).status_code == 400
        assert (await sent(stage, REVISE, **{**fields, "document": 'reason = "x"'})).status_code == 400
        again = await looked(stage, REVISE, **fields)
        answer = await stage.client.post(REVISE, data={**again, "seen": ""})
        assert "1 person: queued → held (zone unknown)" in answer.text
        assert len(stage.feed()) == stored
        done = await stage.client.post(REVISE, data=again)
        assert (done.status_code, done.headers.get("location")) == (303, PAGE), done.text
        (event,) = stage.feed()[stored:]
        assert isinstance(event.event, CampaignRevised)
        assert (event.event.plan.limits.calls_at_once, event.event.reason) == (3, fields["reason"])

    play(tmp_path, scene, **GUARDED)


def test_where_the_plan_has_changed_meanwhile_it_is_looked_at_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        fields = {"calls_at_once": "3", "reason": "the works council asked for it"}
        mine, others = (
            await looked(stage, REVISE, **fields),
            await looked(stage, REVISE, **{**fields, "calls_at_once": "5"}),
        )
        assert (await stage.client.post(REVISE, data=others)).status_code == 303
        stored = len(stage.feed())
        again = await stage.client.post(REVISE, data=mine)
        assert (again.status_code, len(stage.feed())) == (200, stored)
        assert (await stage.client.post(REVISE, data=await looked(stage, REVISE, **fields))).status_code == 303

    play(tmp_path, scene, **GUARDED)


def test_a_document_is_bounded_as_one_that_is_sent_to_the_api_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        large = await sent(stage, NEW, document="a=[" + "1," * 140_000 + "1]")
        assert (large.status_code, "at most 262,144 are taken" in large.text) == (400, True)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, role)
        stored = stage.feed()
        html = await load(stage, f"{PAGE}/plan")
        assert REVISE not in html
        assert NEW not in await load(stage, "/campaigns")
        for path in (NEW, REVISE):
            assert (await stage.client.get(path)).status_code == 403
            answer = await stage.client.post(path, data={"form_token": form_token(html), **PLAIN})
            assert answer.status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)
