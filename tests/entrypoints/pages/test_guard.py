"""Which forms and requests a page takes, and from whom."""

from pathlib import Path

import pytest

from tests.entrypoints.pages.staging import GUARDED, form_token, load, sign_in
from tests.entrypoints.serving import OPERATOR, SPRING, Serving, play


def test_a_form_of_another_site_signs_nobody_in(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for headers in (
            {"origin": "https://attacker.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ):
            answer = await stage.client.post("/sign-in", data={"token": "command-token"}, headers=headers)
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        fitting = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
        answer = await stage.client.post("/sign-in", data={"token": "command-token"}, headers=fitting)
        assert answer.status_code == 303

    play(tmp_path, scene, **GUARDED)


def test_behind_a_proxy_forms_come_from_the_public_address(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for origin, status in (("https://calls.example.org", 303), ("https://other.example.org", 403)):
            headers = {"origin": origin, "host": "10.0.0.7:8080"}
            answer = await stage.client.post("/sign-in", data={"token": "command-token"}, headers=headers)
            assert answer.status_code == status

    play(tmp_path, scene, **GUARDED, DIALTRAIL_PUBLIC_URL="https://calls.example.org")


def test_the_cookie_reads_the_api_from_our_own_pages_and_commands_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        for headers, status in (
            ({}, 200),
            ({"sec-fetch-site": "same-origin"}, 200),
            ({"sec-fetch-site": "none"}, 200),
            ({"sec-fetch-site": "cross-site"}, 401),
            ({"sec-fetch-site": "same-site"}, 401),
        ):
            assert (await stage.client.get("/v1/campaigns", headers=headers)).status_code == status
        assert (await stage.client.head("/v1/stream")).status_code == 200
        assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 401
        assert (await stage.client.post("/v1/campaigns", json=SPRING, headers=OPERATOR)).status_code == 201
        assert (await stage.client.delete("/v1/suppressions/+15551230002")).status_code == 401

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "attacker.example"},
        {"host": "192.168.0.7:8080"},
        {"origin": "https://attacker.example"},
        {"origin": "null"},
    ],
)
def test_without_tokens_only_this_machine_sees_a_page(tmp_path: Path, headers: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        stored = stage.feed()
        for path in ("/", "/campaigns/spring_followup", "/campaigns/spring_followup/start"):
            answer = await stage.client.get(path, headers=headers)
            assert (answer.status_code, "spring_followup" in answer.text) == (403, False)
        html = await load(stage, "/campaigns/spring_followup/start")
        given = {"form_token": form_token(html)}
        assert (
            await stage.client.post("/campaigns/spring_followup/start", data=given, headers=headers)
        ).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene)
