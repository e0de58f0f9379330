"""Two providers for one suite: the documented answers played back over a socket, and the sandbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from adapters.minivoice_client import MiniVoiceClient, call_request
from domain.dial_outcome import Accepted
from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import Sandbox, running_sandbox
from tests.adapters.minivoice_server import Answering, always, hang_up, http, never, payload, raw_server

KEY = "mv_live_sandbox"
WAIT_SECONDS_MAX = 60.0
ANSWERED: Mapping[str, Any] = {"answer_rate": 1, "ring_seconds": "0.01:0.01"}
METADATA = {"campaign_id": "spring_followup"}
REQUEST = call_request("+15551230001", "+15551230002", metadata=METADATA, record=True)
UNRECORDED = call_request("+15551230001", "+15551230002", metadata=METADATA, record=False)


async def unmarked() -> None:
    """A `before_send` that leaves no mark."""


class Provider(Protocol):
    """A provider in some situation."""

    url: str

    async def ended_call(self, client: MiniVoiceClient) -> str:
        """The id of a call of this client that is over."""

    async def recorded_call(self, client: MiniVoiceClient) -> str:
        """The id of one that was recorded, and whose AI results are there."""

    async def placed_call(self, client: MiniVoiceClient) -> str:
        """The id of one that rings."""

    async def call_under_way(self, client: MiniVoiceClient) -> str:
        """The id of one that somebody is speaking in; nothing records it until it is told to."""


class Recorded:
    """The documented call is over."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ended_call(self, client: MiniVoiceClient) -> str:
        return "call_123"

    async def recorded_call(self, client: MiniVoiceClient) -> str:
        return "call_123"

    async def placed_call(self, client: MiniVoiceClient) -> str:
        return "call_123"

    async def call_under_way(self, client: MiniVoiceClient) -> str:
        return "call_123"


class Sandboxed:
    """Plays calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.url
        self._sandbox = sandbox

    async def ended_call(self, client: MiniVoiceClient) -> str:
        call_id = await self.placed_call(client)
        self._sandbox.hang_up(call_id)
        return call_id

    async def recorded_call(self, client: MiniVoiceClient) -> str:
        call_id = await self.placed_call(client)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while self._sandbox.calls[0].recorded_at is None:  # noqa: ASYNC110 - the sandbox sets no event for it
                await asyncio.sleep(0.005)
        return call_id

    async def call_under_way(self, client: MiniVoiceClient) -> str:
        call_id = await _placed(client, UNRECORDED)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while self._sandbox.calls[0].answered_at is None:  # noqa: ASYNC110 - the sandbox sets no event for it
                await asyncio.sleep(0.005)
        return call_id

    async def placed_call(self, client: MiniVoiceClient) -> str:
        return await _placed(client, REQUEST)


async def _placed(client: MiniVoiceClient, request: str) -> str:
    outcome = await client.place_call(request, unmarked)
    assert isinstance(outcome, Accepted)
    return outcome.call_id


def refusal(status: int, code: str) -> Answering:
    """The documented envelope, as far as it is documented for this code."""
    return always(http(status, json.dumps({"error": {"code": code, "message": "as documented"}}).encode()))


async def good_day(writer: Any, request: bytes) -> None:
    """Answers each route with its documented example."""
    method, target = request.split(b" ", 2)[:2]
    replies = {
        (b"POST", b"/v1/calls"): http(201, payload("post-call-response.json")),
        (b"GET", b"/v1/calls/call_123"): http(200, payload("get-call-response.json")),
        (b"GET", b"/v1/usage"): http(200, payload("usage-response.json")),
    }
    missing = http(404, b'{"error":{"code":"call_not_found","message":"as documented"}}')
    writer.write(replies.get((method, target.partition(b"?")[0]), missing))


AI = json.loads(payload("ai-response.json"))["data"]
RESULTS: Mapping[bytes, Any] = {
    b"/v1/calls/call_123/transcription": {"data": AI["transcription"]},
    b"/v1/calls/call_123/ai-summary": {"data": AI["summary"]},
    b"/v1/calls/call_123/ai-score": {"data": AI["score"]},
    b"/v1/calls/call_123/ai-topics": {"count": len(AI["topics"]), "data": AI["topics"]},
}


async def recorded_day(writer: Any, request: bytes) -> None:
    """Answers each AI result with its documented part, and what starts a recording as documented."""
    method, target = request.split(b" ", 2)[:2]
    if (method, target) == (b"POST", b"/v1/calls/call_123/recordings"):
        writer.write(http(200, payload("recording-control-response.json")))
    else:
        writer.write(http(200, json.dumps(RESULTS[target]).encode()))


async def nothing_there(writer: Any, request: bytes) -> None:
    """Answers each question for an AI result with the documented code."""
    name = request.split(b" ", 2)[1].rpartition(b"/")[2].replace(b"-", b"_")
    writer.write(http(404, b'{"error":{"code":"%b_not_found","message":"as documented"}}' % name))


# A situation: how the documents answer in it, and which settings bring the sandbox into it.
SITUATIONS: Mapping[str, tuple[Answering, Mapping[str, Any]]] = {
    "good day": (good_day, {"ring_seconds": "60:60"}),
    "invalid json": (refusal(400, "invalid_json"), {}),
    "invalid request": (refusal(400, "invalid_request"), {}),
    "no rate": (refusal(400, "rate_not_found"), {"no_rate_prefixes": ["+1555"]}),
    "no trunk": (refusal(400, "no_active_trunk"), {"no_active_trunk": True}),
    "wrong key": (refusal(401, "unauthorized"), {"revoke_keys": True}),
    "no balance": (always(http(402, payload("error-insufficient-balance.json"))), {"balance": "0"}),
    "spend limit": (always(http(403, payload("error-spend-control.json"))), {"spend_limit": "0"}),
    "too fast": (refusal(429, "cps_limit_reached"), {"refuse_429_rate": 1}),
    "too many": (
        refusal(429, "concurrent_call_limit_reached"),
        {"calls_at_once": 1, "ring_seconds": "60:60"},
    ),
    "carrier refuses": (refusal(502, "originate_failed"), {"error_502_rate": 1}),
    "internal error": (always(http(500)), {"error_500_rate": 1}),
    "lost response": (hang_up, {"lost_response_rate": 1}),
    "recorded": (recorded_day, {**ANSWERED, "talk_seconds": "0.05:0.05", "recording_seconds": 0, "ai_seconds": 0}),
    "no results": (nothing_there, {"ring_seconds": "60:60"}),
    "under way": (recorded_day, {**ANSWERED, "talk_seconds": "60:60"}),
    "over": (refusal(404, "active_call_not_found"), {"ring_seconds": "60:60"}),
    "not on": (refusal(409, "recording_not_started"), {**ANSWERED, "talk_seconds": "60:60"}),
    "not connected": (refusal(409, "call_uuid_missing"), {"ring_seconds": "60:60", "call_uuid_missing_rate": 1}),
    "not begun": (refusal(500, "recording_start_failed"), {"ring_seconds": "60:60", "recording_start_failed_rate": 1}),
    "not ended": (
        refusal(500, "recording_stop_failed"),
        {**ANSWERED, "talk_seconds": "60:60", "recording_stop_failed_rate": 1},
    ),
    "silence": (never, {"timeout_rate": 1, "timeout_seconds": 60}),
}


@asynccontextmanager
async def recorded(situation: str) -> AsyncIterator[Provider]:
    """The documented answers."""
    async with raw_server(SITUATIONS[situation][0]) as server:
        yield Recorded(server.url)


@asynccontextmanager
async def sandboxed(situation: str) -> AsyncIterator[Provider]:
    """The sandbox, over real HTTP."""
    async with running_sandbox(SandboxSettings.model_validate(SITUATIONS[situation][1])) as sandbox:
        yield Sandboxed(sandbox)
