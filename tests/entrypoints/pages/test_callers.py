"""A number taken out of a pool on a page."""

from pathlib import Path

from tests.entrypoints.http.routes.test_callers import created
from tests.entrypoints.pages.staging import form_token, load, sign_in
from tests.entrypoints.serving import FROM, OTHER, TO, TOKENS, Serving, play


def test_a_number_is_taken_out_on_a_page_once_that_was_confirmed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        await sign_in(stage, "operator")
        plan = await load(stage, "/campaigns/spring_followup/plan")
        page = f"/campaigns/spring_followup/callers/{OTHER}/remove"
        assert "Caller numbers" in plan
        assert f'href="{page.replace("+", "%2B")}"' in plan
        asked = await load(stage, page)
        assert f"then calls from {FROM}" in asked
        sent = {"form_token": form_token(asked), "reason": "blocked"}
        assert (await stage.client.post(page, data=sent)).status_code == 303
        assert stage.names()[-1] == "caller_number.removed"
        assert "by operator" in await load(stage, "/campaigns/spring_followup/plan")

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_call_says_why_it_was_made_from_that_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        await stage.dial(TO, "call_1")
        await sign_in(stage, "viewer")
        assert "because it had rested longest of the pool." in await load(stage, "/calls/call_1")
        story = await stage.json("/v1/calls/call_1/story")
        assert story["caller_why"] == "round"
        then = await stage.json("/v1/calls/call_1/events")
        first = await stage.json(f"/v1/calls/call_1/story?as_of={then['items'][0]['position']}")
        assert first["caller_why"] is None

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
