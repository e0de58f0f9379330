from pathlib import Path

import pytest

from entrypoints.http.limits import WRONG_TOKENS_BURST
from entrypoints.http.sessions import SESSION_COOKIE, SESSION_SECONDS_MAX
from tests.entrypoints.http.routes.stream_reader import reading
from tests.entrypoints.pages.staging import GUARDED, ROLES, TOKEN_OF, confirm, cookie_of, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, Serving, on_a_socket, payload, play


@pytest.mark.parametrize("role", ROLES)
def test_a_token_opens_a_session_in_which_it_is_not(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await sign_in(stage, role)
        assert answer.headers["location"] == "/"
        attributes = {part.strip() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert attributes == {"HttpOnly", f"Max-Age={SESSION_SECONDS_MAX}", "Path=/", "SameSite=lax"}
        assert TOKEN_OF[role] not in cookie_of(answer)
        assert f"({role})" in await load(stage, "/")

    play(tmp_path, scene, **GUARDED)


def test_where_the_public_address_is_https_the_cookie_goes_by_https_only(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await sign_in(stage, "viewer")
        assert "; Secure" in answer.headers["set-cookie"]

    play(tmp_path, scene, **GUARDED, DIALTRAIL_PUBLIC_URL="https://calls.example.org")


def test_whoever_is_not_signed_in_signs_in_and_comes_back(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        sent = await stage.client.get("/calls?campaign=a&phase=ended")
        assert (sent.status_code, sent.headers["location"]) == (
            303,
            "/sign-in?next=%2Fcalls%3Fcampaign%3Da%26phase%3Dended",
        )
        html = await load(stage, sent.headers["location"])
        assert 'name="next" value="/calls?campaign=a&amp;phase=ended"' in html
        done = await stage.client.post("/sign-in", data={"token": "command-token", "next": "/calls?campaign=a"})
        assert (done.status_code, done.headers["location"]) == (303, "/calls?campaign=a")

    play(tmp_path, scene, **GUARDED)


def test_a_wrong_token_is_told_and_too_many_are_held_up(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for token in ("wrong", "", "command-token2", stage.parts.owner_token):
            answer = await stage.client.post("/sign-in", data={"token": token})
            assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
            assert 'role="alert"' in answer.text
            assert not token or token not in answer.text
        answers = [await stage.client.post("/sign-in", data={"token": "wrong"}) for _ in range(WRONG_TOKENS_BURST)]
        answer = answers[-1]
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
        known = await stage.client.post("/sign-in", data={"token": "command-token"})
        assert (known.status_code, "set-cookie" in known.headers) == (303, True)

    play(tmp_path, scene, **GUARDED)


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        cookie = cookie_of(await sign_in(stage, "operator"))
        html = await load(stage, "/")
        refused = await stage.client.post("/sign-out", data={"form_token": "wrong"})
        assert refused.status_code == 403
        done = await stage.client.post("/sign-out", data={"form_token": form_token(html)})
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
        assert "Max-Age=0" in done.headers["set-cookie"]
        stage.client.cookies.clear()
        kept = {"cookie": f"{SESSION_COOKIE}={cookie}"}
        assert (await stage.client.get("/", headers=kept)).status_code == 303
        assert (await stage.client.get("/v1/campaigns", headers=kept)).status_code == 401

    play(tmp_path, scene, **GUARDED)


async def sign_out(stage: Serving, session: dict[str, str]) -> None:
    html = (await stage.client.get("/", headers=session)).text
    done = await stage.client.post("/sign-out", data={"form_token": form_token(html)}, headers=session)
    assert done.status_code == 303


async def session_of(stage: Serving, role: str) -> dict[str, str]:
    cookie = cookie_of(await sign_in(stage, role))
    stage.client.cookies.clear()
    return {"cookie": f"{SESSION_COOKIE}={cookie}"}


def test_who_signed_out_stays_out_after_a_restart(tmp_path: Path) -> None:
    kept: list[dict[str, str]] = []

    async def before(stage: Serving) -> None:
        kept.extend([await session_of(stage, "operator"), await session_of(stage, "operator")])
        await sign_out(stage, kept[0])

    async def after(stage: Serving) -> None:
        assert (await stage.client.get("/v1/campaigns", headers=kept[0])).status_code == 401
        assert (await stage.client.get("/", headers=kept[0])).status_code == 303
        assert (await stage.client.get("/v1/campaigns", headers=kept[1])).status_code == 200

    play(tmp_path, before, **GUARDED)
    play(tmp_path, after, **GUARDED)


def test_signing_out_ends_the_streams_of_that_session_and_no_other(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            own, other = await session_of(stage, "operator"), await session_of(stage, "auditor")
            async with (
                reading(stage, **own) as first,
                reading(stage, **own) as second,
                reading(stage, **other) as others,
                reading(stage, **OPERATOR) as by_token,
            ):
                await sign_out(stage, own)
                assert (await first.ended(), await second.ended()) == (True, True)
                await stage.deliver(payload("call.answered"))
                assert len(await others.events(1)) == len(await by_token.events(1)) == 1

    play(tmp_path, scene, **GUARDED)


def test_without_tokens_there_is_nothing_to_sign_in_to(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert "loopback" in await load(stage, "/")
        assert "Sign out" not in await load(stage, "/")
        for answer in (await stage.client.get("/sign-in"), await stage.client.post("/sign-in", data={"token": "x"})):
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        await stage.campaign(start=False)
        assert (await confirm(stage, "/campaigns/spring_followup/start")).status_code == 303
        assert stage.names()[-1] == "campaign.started"

    play(tmp_path, scene)
