"""The client against every provider that we have: the documented answers, and the sandbox."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest

from adapters.minivoice_client import (
    CallFound,
    CallMissing,
    InsightAnswer,
    LookupFailed,
    MiniVoiceClient,
    RecordingAnswer,
)
from adapters.minivoice_insights import INSIGHT_MISSING, answered_data
from domain.account import UsageObserved
from domain.call import INSIGHT_KINDS, CallCanceled, CallCompleted, CallFailed, RecordingAction
from domain.dial_outcome import Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.recipient import Concerns
from tests.contracts.minivoice_providers import KEY, REQUEST, Provider, recorded, sandboxed, unmarked

Implementation = Callable[[str], AbstractAsyncContextManager[Provider]]
WINDOW = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("provider_in", [recorded, sandboxed])


def place(
    provider_in: Implementation, situation: str, request: str = REQUEST, timeout_seconds: float = 30
) -> DialOutcome:
    async def scenario() -> DialOutcome:
        async with provider_in(situation) as provider, MiniVoiceClient(provider.url, KEY, timeout_seconds) as client:
            if situation == "too many":
                await client.place_call(request, unmarked)
            return await client.place_call(request, unmarked)

    return asyncio.run(scenario())


def test_a_call_is_accepted(provider_in: Implementation) -> None:
    outcome = place(provider_in, "good day")

    assert isinstance(outcome, Accepted)
    assert (outcome.status, outcome.created.source, outcome.created.body) == (201, "api", outcome.body)
    assert outcome.created.occurred_at is not None
    assert (outcome.created.snapshot.status, outcome.created.snapshot.to_number) == ("dialing", "+15551230002")


@pytest.mark.parametrize(
    ("situation", "request_body", "status", "code", "concerns", "counts", "throttle"),
    [
        ("invalid json", "{", 400, "invalid_json", "recipient", False, None),
        ("invalid request", '{"to":"+15551230002"}', 400, "invalid_request", "recipient", False, None),
        ("no rate", REQUEST, 400, "rate_not_found", "destination", False, None),
        ("no trunk", REQUEST, 400, "no_active_trunk", "account", False, None),
        ("wrong key", REQUEST, 401, "unauthorized", "account", False, None),
        ("no balance", REQUEST, 402, "insufficient_balance", "account", False, None),
        ("spend limit", REQUEST, 403, "spend_control_exceeded", "campaign", False, None),
        ("too fast", REQUEST, 429, "cps_limit_reached", "account", False, "calls_per_second"),
        ("too many", REQUEST, 429, "concurrent_call_limit_reached", "account", False, "calls_at_once"),
        ("carrier refuses", REQUEST, 502, "originate_failed", "recipient", True, None),
    ],
)
def test_a_refusal_is_understood(
    provider_in: Implementation,
    situation: str,
    request_body: str,
    status: int,
    code: str,
    concerns: Concerns,
    counts: bool,
    throttle: Throttle | None,
) -> None:
    outcome = place(provider_in, situation, request_body)

    assert isinstance(outcome, Refused)
    assert outcome == Refused(
        status=status, code=code, body=outcome.body, concerns=concerns, counts=counts, throttle=throttle
    )
    assert code in outcome.body


@pytest.mark.parametrize(("situation", "status"), [("internal error", 500), ("lost response", None), ("silence", None)])
def test_what_may_have_become_a_call_is_unresolved(
    provider_in: Implementation, situation: str, status: int | None
) -> None:
    outcome = place(provider_in, situation, timeout_seconds=0.5 if situation == "silence" else 30)

    assert isinstance(outcome, Unresolved)
    assert outcome.status == status


def test_a_call_that_is_over_is_found_with_its_end(provider_in: Implementation) -> None:
    async def scenario() -> tuple[str, CallFound | CallMissing | LookupFailed]:
        async with provider_in("good day") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            call_id = await provider.ended_call(client)
            return call_id, await client.get_call(call_id)

    call_id, found = asyncio.run(scenario())

    assert isinstance(found, CallFound)
    assert isinstance(found.event, CallCompleted | CallFailed | CallCanceled)
    assert (found.call_id, found.event.source, found.event.NAME) == (call_id, "api", f"call.{found.status}")


def test_a_call_that_nobody_knows_is_missing(provider_in: Implementation) -> None:
    async def scenario() -> CallFound | CallMissing | LookupFailed:
        async with provider_in("good day") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            return await client.get_call("call_of/nobody?")

    missing = asyncio.run(scenario())

    assert isinstance(missing, CallMissing)
    assert (missing.call_id, missing.status) == ("call_of/nobody?", 404)


def test_usage_is_read_as_money_in_text(provider_in: Implementation) -> None:
    async def scenario() -> UsageObserved | LookupFailed:
        async with provider_in("good day") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            return await client.get_usage(*WINDOW)

    usage = asyncio.run(scenario())

    assert isinstance(usage, UsageObserved)
    assert (usage.window_from, usage.window_to, usage.cost_currency) == (*WINDOW, "EUR")


def test_each_ai_result_of_a_recorded_call_is_read(provider_in: Implementation) -> None:
    async def scenario() -> list[InsightAnswer]:
        async with provider_in("recorded") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            call_id = await provider.recorded_call(client)
            return [await client.get_insight(call_id, kind) for kind in INSIGHT_KINDS]

    answers = asyncio.run(scenario())

    assert [(one.kind, one.result, one.status, one.code, one.why) for one in answers] == [
        (kind, "completed", 200, None, None) for kind in INSIGHT_KINDS
    ]
    said = [answered_data(one.body) for one in answers]
    assert (said[0]["full_text"], said[1]["outcome"], said[2]["total_score"], said[3][0]["topic"]) == (
        "I need help with billing.",
        "follow_up_needed",
        17,
        "Billing",
    )


def test_ai_results_that_are_not_there_are_missing_each_by_its_own_code(provider_in: Implementation) -> None:
    async def scenario() -> list[InsightAnswer]:
        async with provider_in("no results") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            call_id = await provider.ended_call(client)
            return [await client.get_insight(call_id, kind) for kind in INSIGHT_KINDS]

    assert [(one.result, one.status, one.code, one.why) for one in asyncio.run(scenario())] == [
        ("missing", 404, INSIGHT_MISSING[kind], None) for kind in INSIGHT_KINDS
    ]


def test_ai_results_of_a_call_that_nobody_knows_are_missing(provider_in: Implementation) -> None:
    async def scenario() -> InsightAnswer:
        async with provider_in("good day") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            return await client.get_insight("call_of/nobody?", "score")

    missing = asyncio.run(scenario())

    assert (missing.result, missing.status, missing.code) == ("missing", 404, "call_not_found")


def test_a_recording_is_started_by_hand(provider_in: Implementation) -> None:
    async def scenario() -> tuple[str, RecordingAnswer]:
        async with provider_in("under way") as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            call_id = await provider.call_under_way(client)
            return call_id, await client.control_recording(call_id, "start")

    call_id, answer = asyncio.run(scenario())

    assert (answer.action, answer.result, answer.status, answer.why) == ("start", "accepted", 200, None)
    data = answered_data(answer.body)
    assert (data["call_id"], data["action"], data["recording"]["status"]) == (call_id, "start", "started")


@pytest.mark.parametrize(
    ("situation", "action", "status", "code"),
    [
        ("over", "start", 404, "active_call_not_found"),
        ("not on", "stop", 409, "recording_not_started"),
        ("not connected", "start", 409, "call_uuid_missing"),
        ("not begun", "start", 500, "recording_start_failed"),
        ("not ended", "stop", 500, "recording_stop_failed"),
    ],
)
def test_a_recording_that_cannot_be_changed_is_refused_by_code(
    provider_in: Implementation, situation: str, action: RecordingAction, status: int, code: str
) -> None:
    async def scenario() -> RecordingAnswer:
        async with provider_in(situation) as provider, MiniVoiceClient(provider.url, KEY, 30) as client:
            if situation == "over":
                call_id = await provider.ended_call(client)
            elif situation == "not ended":
                call_id = await provider.call_under_way(client)
                await client.control_recording(call_id, "start")
            elif situation == "not on":
                call_id = await provider.call_under_way(client)
            else:
                call_id = await provider.placed_call(client)
            return await client.control_recording(call_id, action)

    answer = asyncio.run(scenario())

    assert (answer.action, answer.result, answer.status, answer.code) == (action, "refused", status, code)
