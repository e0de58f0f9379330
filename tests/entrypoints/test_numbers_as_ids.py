"""A phone number where an id is expected: no answer to a viewer shows it, of whichever route, and no log line."""

import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.log_lines import log_to_stderr
from entrypoints import wiring
from tests.entrypoints.asking import asking_of, fill_all
from tests.entrypoints.http.routes.stream_reader import reading
from tests.entrypoints.pages.staging import GUARDED, sign_in
from tests.entrypoints.serving import AUDITOR, FROM, OPERATOR, VIEWER, Serving, on_a_socket, payload, play

SECRET_DIGITS = "5557654"
CALLS = [
    "+15557654321",
    "15557654322",
    "+1 (555) 765-4323",
    "tel:+15557654324",
    "call_+15557654325",
    "%2B15557654328",
    "sip:15557654326@example.org",
    "0015557654327",
]
CAMPAIGN = "15557654399"
UNLIMITED = {"DIALTRAIL_API_REQUESTS_PER_SECOND": "0"}


async def named_by_numbers(stage: Serving) -> None:
    await fill_all(stage)
    for nth, call_id in enumerate(CALLS):
        body = payload("call.answered", call_id, nth, metadata={"attempt_id": CALLS[0], "campaign_id": CALLS[0]})
        assert (await stage.deliver(body)).status_code == 204
        assert (await stage.deliver(body)).status_code == 204
        assert (await stage.deliver(payload("call.failed", call_id, nth + 9, code=CALLS[0]))).status_code == 204
    made = {"id": CAMPAIGN, "from": FROM, "metadata": {"of": CALLS[0]}}
    assert (await stage.client.post("/v1/campaigns", json=made, headers=OPERATOR)).status_code == 201
    await stage.client.get(f"/answer?call_id={CALLS[1]}")
    assert await stage.parts.projector.wait_for(stage.ledger.position, 5.0)


def shows_it(text: str) -> bool:
    return SECRET_DIGITS in re.sub(r"[^0-9A-Za-z]|%[0-9A-F]{2}|&#[0-9]+;", "", text)


def test_no_get_route_shows_viewers_a_number_that_somebody_gave_as_an_id(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await named_by_numbers(stage)
        shown: dict[str, set[str]] = {}
        for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR)):
            await sign_in(stage, role)
            paths = asking_of(stage, stage.known_as("+15551230002"))
            shown[role] = set()
            for template, path in paths.items():
                if template == "/v1/stream":
                    continue
                is_api = template.startswith(("/v1/", "/metrics", "/openapi.json"))
                answer = await stage.client.get(path, headers=headers if is_api else {})
                told = answer.text + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
                if shows_it(told):
                    shown[role].add(template)
        assert shown["viewer"] == set()
        assert {"/v1/calls", "/v1/deliveries", "/v1/events", "/v1/campaigns", "/", "/calls", "/deliveries"} <= shown["auditor"]  # fmt: skip

    play(tmp_path, scene, **GUARDED, **UNLIMITED)


def test_no_message_of_the_stream_shows_it_either(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await named_by_numbers(stage)
        stage.client.headers.pop("authorization", None)
        end = stage.ledger.position
        async with on_a_socket(stage), reading(stage, "/v1/stream?after=0", **VIEWER) as reader:
            found = await reader.events(end)
        assert not any(shows_it(one["data"]) for one in found)

    play(tmp_path, scene, **GUARDED, **UNLIMITED)


def test_viewers_cannot_ask_by_a_number_in_whatever_place(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await named_by_numbers(stage)
        named = [quote(one, safe="") for one in (*CALLS, "+15550000000")]
        paths = [
            *(f"/v1/calls/{one}{rest}" for one in named for rest in ("", "/timeline", "/events", "/deliveries")),
            f"/v1/calls/call_1/compare/{named[0]}",
            f"/v1/deliveries?call={named[0]}",
            f"/v1/deliveries?call={CALLS[0]}",
            f"/v1/deliveries?call={CALLS[1]}",
            f"/v1/calls?campaign={CAMPAIGN}",
            f"/v1/campaigns/{CAMPAIGN}",
            f"/v1/campaigns/{CAMPAIGN}/recipients",
        ]
        refused = [await stage.client.get(path, headers=VIEWER) for path in paths]
        assert {path: answer.status_code for path, answer in zip(paths, refused, strict=True)} == dict.fromkeys(paths, 403)  # fmt: skip
        assert not any(shows_it(answer.text) for answer in refused)
        await sign_in(stage, "viewer")
        pages = [
            f"/calls/{named[0]}",
            f"/calls/{named[1]}",
            f"/campaigns/{CAMPAIGN}",
            f"/compare?a={named[0]}&b=call_1",
        ]
        for page in pages:
            answer = await stage.client.get(page)
            assert (answer.status_code, shows_it(answer.text)) == (403, False), page
        assert (await stage.client.get(f"/v1/calls/{named[0]}", headers=AUDITOR)).status_code == 200

    play(tmp_path, scene, **GUARDED, **UNLIMITED)


def test_what_is_no_number_is_asked_for_as_ever(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await named_by_numbers(stage)
        instant = "2026-05-29T14:00:00%2B02:00"
        for path, status in (
            ("/v1/calls/call_1", 200),
            ("/v1/events?after=0", 200),
            ("/v1/calls?campaign=spring_followup", 200),
            (f"/v1/campaigns/spring_followup?as_of={instant}", 200),
        ):
            assert (await stage.client.get(path, headers=VIEWER)).status_code == status, path

    play(tmp_path, scene, **GUARDED, **UNLIMITED)


def test_log_lines_hold_no_number_in_the_place_of_an_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.INFO, clock, form))

    async def scene(stage: Serving) -> None:
        await named_by_numbers(stage)
        for one in CALLS:
            await stage.client.get(f"/v1/calls/{quote(one, safe='')}", headers=AUDITOR)
        await stage.client.get(f"/v1/campaigns/{CAMPAIGN}", headers=AUDITOR)
        stage.parts.lines.flush()

    play(tmp_path, scene, **GUARDED, **UNLIMITED)
    told = capsys.readouterr().err
    assert "delivery stored" in told
    assert [line for line in told.splitlines() if shows_it(line)] == []
