"""An unresolved attempt, settled by an operator on its page: by one of the calls that could be its own, or by none."""

from pathlib import Path

import pytest

from domain.dial_outcome import Unresolved
from domain.recipient import AttemptResolved
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, OTHER, TO, Serving, payload, play

ASK = "/attempts/att_1/resolve"


async def staged(stage: Serving, role: str = "operator") -> None:
    """An attempt of which nothing is known, and a call that could be its own."""
    stage.client.headers.update(OPERATOR)
    await made(stage, TO, OTHER)
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
    await stage.settle(await stage.start(TO, "att_1"), Unresolved(why="time-out", status=None, body=None))
    await stage.settle(await stage.start(OTHER, "att_2"), Unresolved(why="time-out", status=None, body=None))
    assert (await stage.deliver(payload("call.created", "call_9", seconds=1))).status_code == 204
    assert (await stage.deliver(payload("call.created", "call_8", seconds=1))).status_code == 204
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


@pytest.mark.parametrize(
    ("said", "call_id", "redial"),
    [
        ({"said": "call:call_9"}, "call_9", False),
        ({"said": "other", "call": " call_8 "}, "call_8", False),
        ({"said": "none"}, None, False),
        ({"said": "redial", "call": "call_9"}, None, True),
    ],
)
def test_an_operator_settles_it(tmp_path: Path, said: dict[str, str], call_id: str | None, redial: bool) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert f'href="{ASK}"' in await load(stage, PAGE)
        html = await load(stage, ASK)
        assert 'value="call:call_9"' in html
        stored = len(stage.feed())
        done = await stage.client.post(ASK, data={"form_token": form_token(html), **said})
        assert (done.status_code, done.headers.get("location")) == (303, PAGE), done.text
        (event,) = [one for one in stage.feed()[stored:] if isinstance(one.event, AttemptResolved)]
        assert event.event == AttemptResolved(
            attempt_id="att_1", campaign_id="spring_followup", how="person", by="olga", call_id=call_id, redial=redial
        )
        assert event.metadata["actor"] == "operator:olga"
        assert (await stage.client.get(ASK)).status_code == 404

    play(tmp_path, scene, **GUARDED)


def test_without_a_choice_a_form_or_a_fitting_call_nothing_is_settled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        wrong = payload("call.created", "call_7", seconds=1, to="+15551230077")
        assert (await stage.deliver(wrong)).status_code == 204
        stored = stage.feed()
        for said, status in (
            ({}, 400),
            ({"said": "other"}, 400),
            ({"said": "perhaps:call_9"}, 400),
            ({"said": "call:"}, 400),
            ({"said": "call:call_7"}, 409),
        ):
            done = await confirm(stage, ASK, **said)
            assert (said, done.status_code) == (said, status)
        assert (await stage.client.post(ASK, data={"said": "none"})).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_has_a_button_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        stored = stage.feed()
        html = await load(stage, PAGE)
        assert ASK not in html
        assert (await stage.client.get(ASK)).status_code == 403
        answer = await stage.client.post(ASK, data={"form_token": form_token(html), "said": "none"})
        assert answer.status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)
