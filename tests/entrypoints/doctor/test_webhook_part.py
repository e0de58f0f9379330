import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.minivoice_webhook import verify_signature
from application.own_delivery import OWN_CALL_ID, OWN_DELIVERY
from domain.call.decisions import REDELIVERIES_PER_KEY_MAX
from domain.errors import NotAllowed, NotFound
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.webhook_part import Ask, webhook_findings
from entrypoints.settings import Settings, load_settings
from tests.entrypoints.doctor.answering import Answer, Answering, Request
from tests.entrypoints.pages.staging import load
from tests.entrypoints.serving import SECRET, Serving, on_a_socket, play

NOW = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)


def settings_for(public_url: str = "", **environ: str) -> Settings:
    return load_settings({"MINIVOICE_WEBHOOK_SECRET": SECRET, "DIALTRAIL_PUBLIC_URL": public_url, **environ})


def ask_of(client: httpx.AsyncClient, headers: Mapping[str, str] = {}) -> Ask:
    """The API of a stage."""

    async def ask(path: str) -> Mapping[str, Any]:
        answer = await client.get(path, headers=headers)
        if answer.status_code == 404:
            raise NotFound(answer.text)
        found: dict[str, Any] = answer.json()
        return found

    return ask


def check(public: Callable[[Request], Answer], *deliveries: int, **environ: str) -> tuple[list[Finding], list[Request]]:
    """The findings with this server at the public address, and `deliveries` in the ledger at each look at it."""
    looks = iter(deliveries)

    async def ask(path: str) -> Mapping[str, Any]:
        assert path == f"/v1/calls/{OWN_CALL_ID}/timeline"
        return {"entries": [{"deliveries": next(looks)}]}

    async def checked(url: str) -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await webhook_findings(settings_for(url, **environ), "http://127.0.0.1:1", http, ask, NOW)

    with Answering(public) as server:
        return asyncio.run(checked(server.url)), server.asked


def genuine(request: Request, secret: str = SECRET) -> bool:
    headers = request.headers
    return verify_signature(
        [secret], headers.get("x-minivoice-timestamp"), headers.get("x-minivoice-signature"), request.body
    )


def only_signed(status: int) -> Callable[[Request], Answer]:
    """Answers so to what is signed, and 401 to the rest."""
    return lambda request: Answer(status if genuine(request) else 401)


def test_a_delivery_of_our_own_reaches_the_ledger_and_a_forged_one_does_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            url = str(stage.client.base_url).rstrip("/")
            for _ in range(3):
                findings = await webhook_findings(settings_for(url), url, stage.client, ask_of(stage.client), NOW)
                assert [one.level for one in findings] == ["ok", "ok"]
                assert f"a delivery to {url}/webhooks/minivoice is in the ledger" in findings[1].what
        assert stage.names() == ["call.canceled", "call.redelivered", "call.redelivered"]
        assert stage.feed()[0].stream == f"call:{OWN_CALL_ID}"
        assert (await stage.json("/v1/campaigns"))["items"] == []

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


FIRST_RELEASES_BODY = OWN_DELIVERY.replace(b"call.canceled", b"dialtrail.doctor").replace(b"doctor:2", b"doctor:1")


@pytest.mark.parametrize("kept", [[], [FIRST_RELEASES_BODY], [FIRST_RELEASES_BODY] * 3])
def test_its_call_is_not_dialled_for_ever(tmp_path: Path, kept: list[bytes]) -> None:
    async def scene(stage: Serving) -> None:
        for body in kept:
            assert (await stage.deliver(body)).status_code == 204
        async with on_a_socket(stage):
            url = str(stage.client.base_url).rstrip("/")
            findings = await webhook_findings(settings_for(url), url, stage.client, ask_of(stage.client), NOW)
            assert [one.level for one in findings] == ["ok", "ok"]
        state = (await stage.json(f"/v1/calls/{OWN_CALL_ID}"))["state"]
        assert (state["phase"], state["outcome"], state["reached"]) == ("ended", "canceled", False)
        assert (await stage.json("/v1/calls?phase=dialing"))["items"] == []
        assert f"{OWN_CALL_ID}" in await load(stage, "/calls?phase=ended")

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_it_is_proven_even_when_no_more_redeliveries_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.call.decisions.REDELIVERIES_PER_KEY_MAX", 1)
    monkeypatch.setattr("entrypoints.doctor.webhook_part.REDELIVERIES_PER_KEY_MAX", 1)

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            url = str(stage.client.base_url).rstrip("/")
            for _ in range(4):
                findings = await webhook_findings(settings_for(url), url, stage.client, ask_of(stage.client), NOW)
                assert [one.level for one in findings] == ["ok", "ok"]
        assert len(stage.feed()) == 2

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_without_a_public_address_the_short_way_is_gone_and_told(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            url = str(stage.client.base_url).rstrip("/")
            findings = await webhook_findings(settings_for(), url, stage.client, ask_of(stage.client), NOW)
        assert [one.level for one in findings] == ["ok", "ok", "note"]
        assert "the short way" in findings[2].what

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_server_with_another_secret_is_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            url = str(stage.client.base_url).rstrip("/")
            findings = await webhook_findings(settings_for(url), url, stage.client, ask_of(stage.client), NOW)
        assert [one.level for one in findings] == ["ok", "danger"]
        assert "answers 401 to a delivery signed with MINIVOICE_WEBHOOK_SECRET" in findings[1].what
        assert stage.names() == []

    play(tmp_path, scene, MINIVOICE_WEBHOOK_SECRET="another")


def test_the_delivery_is_always_the_same_and_signed_now() -> None:
    _, (forged, signed) = check(only_signed(204), 1, 2)

    assert (forged.body, signed.body) == (OWN_DELIVERY, OWN_DELIVERY)
    assert signed.headers["x-minivoice-timestamp"] == "1780056000"
    assert (genuine(forged), genuine(signed)) == (False, True)


def test_without_a_secret_the_delivery_is_unsigned() -> None:
    findings, (request,) = check(lambda _: Answer(204), 0, 1, MINIVOICE_WEBHOOK_SECRET="")

    assert [one.level for one in findings] == ["ok"]
    assert "x-minivoice-signature" not in request.headers


def test_an_address_that_believes_anybody_is_a_danger() -> None:
    findings, _ = check(lambda _: Answer(204), 1, 2)

    assert [one.level for one in findings] == ["danger", "ok"]
    assert "accepts a delivery that is signed wrongly" in findings[0].what


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (204, "answers 204, but the delivery is not in this ledger"),
        (301, "answers 301, to nowhere"),
        (404, "answers 404, where Dialtrail answers 204"),
        (502, "answers 502: the proxy in front does not reach `dialtrail up`"),
        (503, "answers 503: the delivery could not be stored"),
    ],
)
def test_what_else_the_address_answers_is_a_danger(status: int, said: str) -> None:
    findings, _ = check(only_signed(status), 5, 5)

    assert (findings[-1].level, said in findings[-1].what, bool(findings[-1].what_to_do)) == ("danger", True, True)


def test_an_address_that_cannot_be_reached_is_a_danger() -> None:
    with Answering(lambda _: Answer(204)) as server:
        url = server.url

    async def ask(_: str) -> Mapping[str, Any]:
        return {"entries": []}

    async def checked() -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await webhook_findings(settings_for(url), "http://127.0.0.1:1", http, ask, NOW)

    (finding,) = asyncio.run(checked())
    assert (finding.level, finding.what.startswith(f"{url}/webhooks/minivoice cannot be reached: ")) == ("danger", True)


def test_a_ledger_that_may_not_be_asked_is_told() -> None:
    async def ask(_: str) -> Mapping[str, Any]:
        raise NotAllowed("send a token; set DIALTRAIL_TOKEN")

    async def checked(url: str) -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await webhook_findings(settings_for(url), url, http, ask, NOW)

    with Answering(only_signed(204)) as server:
        (finding,) = asyncio.run(checked(server.url))
    assert (finding.level, finding.what.endswith("send a token; set DIALTRAIL_TOKEN")) == ("warning", True)


def test_what_was_said_of_doctors_own_call_counts_as_no_delivery() -> None:
    answers = [{"event": "answer.served", "deliveries": 1}] * (REDELIVERIES_PER_KEY_MAX + 1)

    async def ask(_: str) -> Mapping[str, Any]:
        return {"entries": [{"event": "call.reported", "deliveries": 1}, *answers]}

    async def checked(url: str) -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await webhook_findings(settings_for(url), "http://127.0.0.1:1", http, ask, NOW)

    with Answering(only_signed(204)) as server:
        *_, found = asyncio.run(checked(server.url))

    assert (found.level, "is not in this ledger" in found.what) == ("danger", True)


def test_where_nobody_is_up_nothing_is_sent() -> None:
    async def checked() -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await webhook_findings(settings_for("http://127.0.0.1:1"), None, http, ask_of(http), NOW)

    assert [one.level for one in asyncio.run(checked())] == ["note"]
