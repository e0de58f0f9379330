"""What operators do on the pages of a campaign, and nobody else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import ACT_PAGES, GUARDED, confirm, form_token, load, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, OTHER, TO, Serving, play
from tests.entrypoints.shared_stage import Play, shared_stage


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays what only asks, where there are two campaigns."""

    async def fill(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        await stage.client.post("/v1/campaigns", json={"id": "careful", "from": FROM})
        del stage.client.headers["authorization"]

    with shared_stage(tmp_path_factory.mktemp("campaigns"), fill, **GUARDED) as play_here:
        yield play_here


def test_an_operator_starts_pauses_resumes_and_cancels_and_is_asked_each_time(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO, OTHER)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        for verb, event, afterwards in (
            ("start", "campaign.started", {"pause", "cancel"}),
            ("pause", "campaign.paused", {"resume", "cancel"}),
            ("resume", "campaign.resumed", {"pause", "cancel"}),
            ("cancel", "campaign.canceled", set()),
        ):
            stored = stage.feed()
            html = await load(stage, f"{PAGE}/{verb}")
            assert stage.feed() == stored
            assert f"{verb.capitalize()} spring_followup" in html
            done = await stage.client.post(f"{PAGE}/{verb}", data={"form_token": form_token(html)})
            assert (done.status_code, done.headers["location"]) == (303, PAGE)
            assert [one.name for one in stage.feed()[len(stored) :]] == [event]
            assert stage.feed()[-1].metadata["actor"] == "operator:olga"
            assert set(re.findall(r'id="act-(\w+)"', await load(stage, PAGE))) == afterwards
        again = await confirm(stage, f"{PAGE}/start")
        assert (again.status_code, "is canceled" in again.text) == (409, True)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("path", ACT_PAGES)
@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_does_it(asking: Play, path: str, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, role)
        stored = stage.feed()
        html = await load(stage, PAGE)
        assert 'id="act-' not in html
        for answer in (
            await stage.client.get(path),
            await stage.client.post(path, data={"form_token": form_token(html)}),
        ):
            assert (answer.status_code, f"the role {role} may not " in answer.text) == (403, True)
        assert stage.feed() == stored

    asking(scene)


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "viewer")
        viewers = form_token(await load(stage, "/"))
        await sign_in(stage, "operator")
        right = {"form_token": form_token(await load(stage, f"{PAGE}/start"))}
        stored = stage.feed()
        path = f"{PAGE}/start"
        for fields, headers in (
            ({}, {}),
            ({"form_token": ""}, {}),
            ({"form_token": "0" * 32}, {}),
            ({"form_token": "ä"}, {}),
            ({"form_token": viewers}, {}),
            (right, {"origin": "https://attacker.example"}),
            (right, {"origin": "null"}),
            (right, {"sec-fetch-site": "cross-site"}),
            (right, {"sec-fetch-site": "same-site"}),
        ):
            answer = await stage.client.post(path, data=fields, headers=headers)
            assert (fields, headers, answer.status_code) == (fields, headers, 403)
        too_long = await stage.client.post(path, data={**right, "more": "x" * 20_000})
        assert too_long.status_code == 413
        no_form = await stage.client.post(path, content=b"\xff\xfe=1")
        assert no_form.status_code == 400
        stage.client.cookies.clear()
        assert (await stage.client.post(path, data=right)).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


def test_a_start_may_be_a_canary(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        for wrong in ("x", "-1", "1" * 10):
            assert (await confirm(stage, f"{PAGE}/start", canary=wrong)).status_code == 400
        assert (await confirm(stage, f"{PAGE}/start", canary="1")).status_code == 303
        assert stage.names()[-1] == "campaign.started"
        assert (await stage.json("/v1/campaigns/spring_followup/preflight"))["estimate"]["to_call"] == 2

    play(tmp_path, scene)


def test_a_change_that_waits_is_shown_and_another_operator_approves_or_declines_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO, policy={"needs_approval": True})
        for reason in ("louder", "faster"):
            revision = {"limits": {"calls_per_second": 2}, "reason": reason}
            assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revision)).status_code == 202
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        assert (await confirm(stage, f"{PAGE}/start")).headers["location"] == PAGE
        html = await load(stage, PAGE)
        assert "Waits for a second person" in html
        assert "Reason: faster" in html
        assert "louder" not in html
        decline, start = (
            [path for path in re.findall(rf'href="({PAGE}/changes/[^"]*)"', html) if path.endswith(verb)][place]
            for verb, place in (("/decline", 0), ("/approve", 1))
        )
        own = await confirm(stage, start)
        assert (own.status_code, "olga" in own.text) == (409, True)
        stage.client.cookies.clear()
        signed_in = await stage.client.post("/sign-in", data={"token": "second-token"})
        assert signed_in.status_code == 303
        assert (await confirm(stage, decline, reason="not now")).status_code == 303
        assert (await confirm(stage, start)).status_code == 303
        assert stage.names()[-3:] == ["campaign.change_declined", "campaign.change_approved", "campaign.started"]
        assert "Waits for a second person" not in await load(stage, PAGE)
        plan = await load(stage, f"{PAGE}/plan")
        assert "Why: not now" in plan
        assert "No change of this campaign has that id" in await load(stage, f"{PAGE}/changes/nothing/approve")

    play(tmp_path, scene, **GUARDED)
