"""Two providers for one suite: the documented answers played back over a socket, and the sandbox."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from adapters.minivoice_client import MiniVoiceClient, call_request
from domain.dial_outcome import Accepted
from entrypoints.sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.adapters.minivoice_server import Answering, always, hang_up, http, never, payload, raw_server

KEY = "mv_live_sandbox"
REQUEST = call_request("+15551230001", "+15551230002", metadata={"campaign_id": "spring_followup"}, record=True)


async def unmarked() -> None:
    """A `before_send` that leaves no mark."""


class Provider(Protocol):
    """A provider in some situation."""

    url: str

    async def ended_call(self, client: MiniVoiceClient) -> str:
        """The id of a call of this client that is over."""


class Recorded:
    """The documented call is over."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ended_call(self, client: MiniVoiceClient) -> str:
        return "call_123"


class Sandboxed:
    """Plays calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.url
        self._sandbox = sandbox

    async def ended_call(self, client: MiniVoiceClient) -> str:
        outcome = await client.place_call(REQUEST, unmarked)
        assert isinstance(outcome, Accepted)
        self._sandbox.hang_up(outcome.call_id)
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
