import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import SettingsError
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.provider_part import ProviderSaid, ask_provider, provider_findings
from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import running_sandbox
from entrypoints.settings import load_settings
from tests.entrypoints.doctor.answering import Answer, Answering

NOON = datetime(2026, 5, 29, 12, 0, 0, 750_000, tzinfo=UTC)
USAGE = (Path(__file__).parents[2] / "payloads" / "usage-response.json").read_bytes()
CALL = (Path(__file__).parents[2] / "payloads" / "get-call-response.json").read_bytes()


def ask(url: str, call_id: str | None = None, key: str = "mv_live_sandbox") -> tuple[ProviderSaid, list[Finding]]:
    settings = load_settings({"MINIVOICE_BASE_URL": url, "MINIVOICE_API_KEY": key, "MINIVOICE_TIMEOUT_SECONDS": "5"})
    said = asyncio.run(ask_provider(settings, lambda: NOON, call_id))
    return said, provider_findings(said, url, call_id)


def test_its_usage_shows_that_the_key_is_known() -> None:
    with Answering(lambda _: Answer(200, USAGE, {"date": "Fri, 29 May 2026 12:00:00 GMT"})) as provider:
        said, findings = ask(provider.url)

    assert findings == [
        Finding(
            "provider",
            "ok",
            f"{provider.url} answers and knows the key: 42 calls, 12.50 EUR in the last 24 hours",
        )
    ]
    (request,) = provider.asked
    assert request.target == "/v1/usage?from=2026-05-28T12%3A00%3A00Z&to=2026-05-29T12%3A00%3A00Z"
    assert request.headers["authorization"] == "Bearer mv_live_sandbox"
    assert said.date is not None
    assert (said.date.before, said.date.header) == (NOON, "Fri, 29 May 2026 12:00:00 GMT")


@pytest.mark.parametrize(
    ("status", "body", "level", "said"),
    [
        (401, b'{"error":{"code":"unauthorized","message":""}}', "danger", "does not know the key: 401 unauthorized"),
        (500, b"", "danger", "has trouble of its own: 500"),
        (404, b"<html>", "warning", "answers 404 to GET /v1/usage"),
        (200, b"{}", "warning", "knows the key, but its usage is not as documented: summary: is missing"),
        (302, b"", "warning", "answers 302"),
        (
            200,
            USAGE.replace(b'"12.50"', b'"12,50"'),
            "warning",
            "knows the key, but its usage is not as documented: summary.cost_amount: is not a decimal string",
        ),
        (200, USAGE.replace(b"42", b"null"), "warning", "usage is not as documented: summary.calls: is missing"),
    ],
)
def test_other_answers_are_told(status: int, body: bytes, level: str, said: str) -> None:
    with Answering(lambda _: Answer(status, body)) as provider:
        (finding,) = ask(provider.url)[1]

    assert (finding.level, said in finding.what, bool(finding.what_to_do)) == (level, True, True)
    assert "mv_live" not in repr(finding)


def test_one_that_does_not_answer_is_a_danger() -> None:
    with Answering(lambda _: Answer(200)) as provider:
        url = provider.url
    said, (finding,) = ask(url)

    assert (said.date, finding.level, f"{url} does not answer" in finding.what) == (None, "danger", True)


@pytest.mark.parametrize(
    ("status", "body", "level", "said"),
    [
        (200, CALL, "ok", "knows the call call_123: completed, outbound, from +15551230001 to +15551230002"),
        (200, b'{"id":"call_123"}', "ok", "knows the call call_123: no status, no direction, from ? to ?"),
        (404, b'{"error":{"code":"call_not_found"}}', "warning", "has no call call_123 (404)"),
        (403, b'{"error":{"code":"forbidden"}}', "warning", "did not answer for the call call_123: HTTP 403 forbidden"),
    ],
)
def test_the_known_call_is_asked_for(status: int, body: bytes, level: str, said: str) -> None:
    def answer(request: object) -> Answer:
        return Answer(status, body) if "/calls/" in str(request) else Answer(200, USAGE)

    with Answering(answer) as provider:
        _, (usage, call) = ask(provider.url, "call_123")

    assert (usage.level, call.level, call.what) == ("ok", level, said)


def test_without_a_key_nobody_is_asked() -> None:
    with pytest.raises(SettingsError, match=r"^MINIVOICE_API_KEY: "):
        asyncio.run(ask_provider(load_settings({}), lambda: NOON, None))


def test_the_sandbox_is_a_healthy_provider() -> None:
    async def scene() -> None:
        async with running_sandbox(SandboxSettings()) as sandbox:
            for key, level in (("mv_live_sandbox", "ok"), ("mv_live_other", "danger")):
                settings = load_settings({"MINIVOICE_BASE_URL": sandbox.url, "MINIVOICE_API_KEY": key})
                said = await ask_provider(settings, lambda: NOON, "call_nobody")
                usage, call = provider_findings(said, sandbox.url, "call_nobody")
                assert (usage.level, call.level) == (level, "warning")
                assert said.date is not None
                assert said.date.after - said.date.before == timedelta()

    asyncio.run(scene())


def test_beside_a_running_sandbox_its_port_is_another_one_here() -> None:
    with Answering(lambda _: Answer(200, USAGE)) as provider:
        url = provider.url
    said, (alone,) = ask(url)

    (beside,) = provider_findings(said, url, None, plays_sandbox=True)

    assert alone.level == "danger"
    assert (beside.level, "DIALTRAIL_SANDBOX_PORT" in beside.what_to_do) == ("warning", True)
