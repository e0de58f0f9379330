"""Without tokens and secrets only this machine is served: what a proxy hands on is not from here, whatever it says."""

from pathlib import Path

import httpx
import pytest

from entrypoints.http.direct import is_direct, is_from_a_program
from tests.entrypoints.http.answer.asking import SAFE
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.serving import SPRING, Serving, payload, play
from tests.entrypoints.shared_stage import Play, nothing, shared_by_module

HANDED_ON = [
    {"x-forwarded-for": "203.0.113.24"},
    {"x-forwarded-for": "127.0.0.1"},
    {"x-forwarded-for": ""},
    {"x-forwarded-proto": "https"},
    {"x-forwarded-host": "127.0.0.1:8080"},
    {"X_Forwarded_For": "203.0.113.24"},
    {"forwarded": "for=203.0.113.24;proto=https"},
    {"x-real-ip": "::1"},
    {"via": "1.1 proxy"},
    {"cf-connecting-ip": "203.0.113.24"},
    {"true-client-ip": "203.0.113.24"},
    {"host": "calls.example.org"},
]
BY_A_PAGE = [
    {"origin": "http://127.0.0.1:8080"},
    {"origin": "null"},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-mode": "no-cors"},
]


asking = shared_by_module(nothing)


@pytest.mark.parametrize("headers", HANDED_ON)
def test_what_a_proxy_hands_on_is_not_from_this_machine(asking: Play, headers: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        asked = [
            await stage.client.post("/v1/campaigns", json=SPRING, headers=headers),
            await stage.client.get("/v1/campaigns", headers=headers),
            await stage.client.get("/campaigns/spring_followup", headers=headers),
            await stage.client.get("/metrics", headers=headers),
            await stage.client.get("/answer", headers=headers),
            await stage.deliver(payload("call.answered"), headers),
        ]
        assert [answer.status_code for answer in asked] == [403] * len(asked)
        assert stage.feed() == []

    asking(scene)


def test_what_is_asked_here_directly_is_answered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/v1/campaigns")).status_code == 200
        assert (await stage.client.get("/answer")).json() == SAFE
        assert (await stage.deliver(payload("call.answered"))).status_code == 204

    play(tmp_path, scene)


@pytest.mark.parametrize("address", ["203.0.113.24", "192.168.0.7", "::ffff:192.168.0.7", "testclient", ""])
def test_who_connects_from_elsewhere_is_not_from_this_machine(tmp_path: Path, address: str) -> None:
    async def scene(stage: Serving) -> None:
        transport = httpx.ASGITransport(stage.parts.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as stage.client:
            assert (await stage.client.get("/v1/campaigns")).status_code == 403
            assert (await stage.client.get("/answer")).status_code == 403
            assert (await stage.deliver(payload("call.answered"))).status_code == 403

    play(tmp_path, scene)


@pytest.mark.parametrize("headers", BY_A_PAGE)
def test_no_web_page_reports_calls_or_asks_what_they_say(tmp_path: Path, headers: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        refused = await stage.deliver(payload("call.answered"), headers)
        assert refused.status_code == 403
        assert "set it to the secret that MiniVoice signs with" in refused.json()["detail"]
        refused = await stage.client.get("/answer", headers=headers)
        assert refused.status_code == 403
        assert "DIALTRAIL_ANSWER_TOKEN" in refused.json()["detail"]
        assert stage.feed() == []

    play(tmp_path, scene)


@pytest.mark.parametrize("headers", [*HANDED_ON, *BY_A_PAGE])
def test_signed_deliveries_and_the_answer_token_come_in_from_anywhere(tmp_path: Path, headers: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.answered"), headers)).status_code == 204
        assert (await stage.client.get("/answer/s3cret", headers=headers)).json() == SAFE

    play(tmp_path, scene, **SIGNED, DIALTRAIL_ANSWER_TOKEN="s3cret")


@pytest.mark.parametrize(
    ("hosts", "client", "is_here"),
    [
        ([b"127.0.0.1:8080"], ("127.0.0.1", 1), True),
        ([b"[::1]:8080"], ("::1", 1), True),
        ([b"localhost"], ("::ffff:127.0.0.1", 1), True),
        ([b"localhost"], ("127.3.2.1", 1), True),
        ([b"localhost"], None, False),
        ([], ("127.0.0.1", 1), False),
        ([b"localhost", b"calls.example.org"], ("127.0.0.1", 1), False),
        ([b"["], ("127.0.0.1", 1), False),
        ([b"\xff"], ("127.0.0.1", 1), False),
    ],
)
def test_direct_is_by_connection_and_by_name(
    hosts: list[bytes], client: tuple[str, int] | None, *, is_here: bool
) -> None:
    scope = {"type": "http", "client": client, "headers": [(b"host", host) for host in hosts]}

    assert (is_direct(scope), is_from_a_program(scope)) == (is_here, is_here)
