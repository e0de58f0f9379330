"""A Dialtrail in this process, on a folder of its own: a clock that stands still, a client, and a provider that signs."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import quote

import httpx
from msgspec.structs import replace

from adapters.folder_owner import FolderOwner
from adapters.ledger import Lane, Ledger
from adapters.ledger.postgres import PostgresSession
from adapters.ledger.transaction import Transaction
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.outcomes import settle_attempt
from domain.call import CallCreated, CallSnapshot, report_key
from domain.dial_outcome import Accepted, DialOutcome
from domain.events import Recorded
from domain.identity import account_fingerprint
from domain.instants import time_text
from entrypoints import up, wiring
from entrypoints.acceptors.acceptors import acceptors_beside
from entrypoints.process import THIS_MACHINE
from entrypoints.serving import Server, server_of
from entrypoints.settings import load_settings
from tests.entrypoints.acceptors.threads import AcceptorThread

ResultT = TypeVar("ResultT")
NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECRET = "change-me"
API_KEY = "mv_live_test"
FINGERPRINT = account_fingerprint(API_KEY)
FROM, TO, OTHER = "+15551230001", "+15551230002", "+15551230003"
SPRING: Mapping[str, Any] = {"id": "spring_followup", "from": FROM}
PAYLOADS = Path(__file__).parents[1] / "payloads"
WAIT_SECONDS_MAX = 60.0
TOKENS = "vera:viewer:look-only-token,anna:auditor:read-all-token,olga:operator:command-token"
VIEWER, AUDITOR, OPERATOR = (
    {"authorization": f"Bearer {token}"} for token in ("look-only-token", "read-all-token", "command-token")
)

WAYS = ("ordinary", "plain", "acceptor")
"""How a delivery comes to the ledger: by ASGI, by a connection's short way, or by an acceptor; these want a secret."""
WAY = "ordinary"


class Clock:
    """Says what it is told to say; each commit is recorded at least a microsecond after the one before."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Serving:
    """A running installation and its client. `secret` is what deliveries are signed with; None: not at all."""

    def __init__(self, parts: wiring.System, client: httpx.AsyncClient, owner: FolderOwner, clock: Clock) -> None:
        self.parts = parts
        self.client = client
        self.folder = owner.folder
        self.owner = owner
        self.clock = clock
        self.secret: str | None = None

    @property
    def ledger(self) -> Ledger:
        return self.parts.ledger

    def feed(self) -> list[Recorded]:
        """The whole ledger."""
        return list(self.ledger.replay())

    def names(self) -> list[str]:
        """What happened, in order."""
        return [recorded.name for recorded in self.feed()]

    async def do(self, decide: Callable[[Transaction], ResultT], lane: Lane = "commands") -> ResultT:
        """A command's result, once it is on disk."""
        return (await self.ledger.execute(decide, lane=lane, metadata={"actor": "test"})).result

    async def deliver(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Post a delivery as the provider would; `headers` are sent as well."""
        signed = {} if self.secret is None else signature(self.secret, body)
        content_type = {"content-type": "application/json"}
        return await self.client.post(
            "/webhooks/minivoice", content=body, headers=content_type | signed | dict(headers or {})
        )

    async def campaign(self, *numbers: str, campaign_id: str = "spring_followup", start: bool = True) -> None:
        """A campaign with these recipients, running."""
        created = await self.client.post("/v1/campaigns", json={**SPRING, "id": campaign_id})
        assert created.status_code == 201, created.text
        if numbers:
            await self.enroll(*numbers, campaign_id=campaign_id)
        if start:
            assert (await self.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 200

    async def enroll(self, *numbers: str, campaign_id: str = "spring_followup") -> None:
        """Enrol these numbers."""
        rows = {"import": "test", "recipients": [{"number": number} for number in numbers]}
        done = await self.client.post(f"/v1/campaigns/{campaign_id}/recipients", json=rows)
        assert done.json()["rejected"] == 0, done.text

    async def start(self, number: str, attempt_id: str, campaign_id: str = "spring_followup") -> StartedAttempt:
        """An attempt, started by the dialer's own command."""
        stream = self.ledger.recipient_stream(number)
        decide = start_attempt(
            attempt_id=attempt_id,
            campaign_id=campaign_id,
            stream=stream,
            fingerprint=FINGERPRINT,
            epoch="test",
            only_numbers=None,
        )
        started = await self.do(decide, "attempts")
        assert isinstance(started, StartedAttempt), started
        return started

    async def settle(self, started: StartedAttempt, outcome: DialOutcome) -> None:
        """What became of it, recorded by the dialer's own command."""
        await self.do(settle_attempt(started, outcome, FINGERPRINT), "answers")

    async def dial(self, number: str, call_id: str, campaign_id: str = "spring_followup") -> StartedAttempt:
        """An attempt that was accepted as this call."""
        started = await self.start(number, f"att_{call_id}", campaign_id)
        await self.settle(started, accepted(call_id, number))
        return started

    async def json(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """A GET's answer, which must be 200."""
        answer = await self.client.get(path, headers=dict(headers or {}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def known_as(self, number: str) -> str:
        """The pseudonym by which viewers ask about a person."""
        return self.ledger.recipient_stream(number).removeprefix("recipient:")

    def stored_bytes(self) -> bytes:
        """All that is in the ledger's files."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("ledger.db*")))


def play(folder: Path, scene: Callable[[Serving], Coroutine[Any, Any, None]], /, **environ: str) -> None:
    """Run a scene against an installation, in a loop of its own."""

    if WAY != "ordinary":
        environ = {"MINIVOICE_WEBHOOK_SECRET": SECRET, **environ}

    async def run() -> None:
        async with serving(folder, **environ) as stage:
            if WAY == "ordinary":
                await scene(stage)
                return
            async with on_a_socket(stage, **environ):
                await scene(stage)

    asyncio.run(run())


@asynccontextmanager
async def serving(folder: Path, /, **environ: str) -> AsyncIterator[Serving]:
    """An installation on `folder`; `environ` are its settings."""
    settings = load_settings({"DIALTRAIL_HOME": str(folder), "MINIVOICE_API_KEY": API_KEY, **environ})
    clock, numbers, requests = Clock(), count(1), count(1)
    outside = replace(
        THIS_MACHINE,
        clock=clock,
        new_id=lambda: f"id-{next(numbers)}",
        new_request_id=lambda: f"request-{next(requests)}",
    )
    owner = FolderOwner.take(settings.home, "test")
    try:
        with (
            patch.object(wiring, "THIS_MACHINE", outside),
            # A server's clock goes as this machine's does: where they are apart, nobody is called.
            patch.object(PostgresSession, "now", lambda _: clock()),
        ):
            async with wiring.running_system(settings, owner) as parts:
                transport = httpx.ASGITransport(parts.app)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
                    stage = Serving(parts, client, owner, clock)
                    stage.secret = environ.get("MINIVOICE_WEBHOOK_SECRET")
                    yield stage
    finally:
        owner.release()


@asynccontextmanager
async def on_a_socket(stage: Serving, /, **environ: str) -> AsyncIterator[Server]:
    """Serve it by the real server meanwhile; the stage's client talks to that. `environ` is of the server."""
    settings = load_settings({"DIALTRAIL_HOME": str(stage.folder), "DIALTRAIL_PORT": "0", **environ})
    listening = up._listen(settings)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    wanted = 1 if WAY == "acceptor" else 0
    async with acceptors_beside(listening, wanted, partial(AcceptorThread, clock=stage.clock)) as acceptors:
        server = server_of(settings, stage.parts, settings.http_connections_max, acceptors)
        running = asyncio.create_task(server.serve(sockets=[listening.dup()]))
        in_process = stage.client
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=WAIT_SECONDS_MAX) as stage.client:
                yield server
        finally:
            stage.client = in_process
            server.should_exit = True
            await running
            listening.close()


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until it holds; fails after WAIT_SECONDS_MAX."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 - the condition belongs to another thread, which sets no event for it
            await asyncio.sleep(0.001)


async def waited_for(answer: Awaitable[httpx.Response], status: int) -> Any:
    """The JSON of an answer with this status."""
    response = await answer
    assert response.status_code == status, response.text
    return response.json()


def signature(secret: str, body: bytes, timestamp: str = "1780056600") -> dict[str, str]:
    """The provider's two headers, as its documentation says how to make them."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-minivoice-timestamp": timestamp, "x-minivoice-signature": f"v1={signed}"}


def payload(
    event: str,
    call_id: str = "call_1",
    seconds: float | None = 0,
    *,
    data: Mapping[str, Any] | None = None,
    to: str = TO,
    **call: Any,
) -> bytes:
    """A delivery's body; `seconds` after noon by the provider's clock, None for no time; `call` adds to the snapshot."""
    said: dict[str, Any] = {"event": event}
    if seconds is not None:
        said["created_at"] = (NOON + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    said["call"] = {"id": call_id, "direction": "outbound", "from": FROM, "to": to, **call}
    return json.dumps({**said, "variables": {}, "data": dict(data or {})}).encode()


def accepted(call_id: str, number: str) -> Accepted:
    """The API's answer that it has the call."""
    body = json.dumps({"id": call_id, "status": "dialing", "from": FROM, "to": number})
    digest = hashlib.sha256(body.encode()).hexdigest()
    created = CallCreated(
        source="api",
        key=report_key("api", "call.created", None, None, digest),
        digest=digest,
        body=body,
        occurred_at=NOON,
        snapshot=CallSnapshot(status="dialing", from_number=FROM, to_number=number),
    )
    return Accepted(call_id=call_id, status=201, body=body, created=created)


def at(seconds: float, ticks: int = 0) -> str:
    """An instant after noon as the API writes it; `ticks` are the microseconds by which commits follow each other."""
    return time_text(NOON + timedelta(seconds=seconds) + ticks * TICK)


def in_path(text: str) -> str:
    """As a segment of a path; a dot is written out as well, or clients would walk up."""
    return quote(text, safe="").replace(".", "%2E")


def problem(kind: str, status: int, title: str, detail: str, **more: Any) -> dict[str, Any]:
    """A whole problem document."""
    return {"type": f"urn:dialtrail:problem:{kind}", "title": title, "status": status, "detail": detail, **more}


def invalid(field: str, message: str) -> dict[str, Any]:
    """The problem that a field at fault is."""
    return problem("invalid-input", 400, "The request cannot be used", f"{field}: {message}", field=field)


def assert_problem(answer: httpx.Response, expected: Mapping[str, Any]) -> None:
    """The answer is this problem, in its status, its content type and every member."""
    assert (answer.status_code, answer.headers["content-type"]) == (expected["status"], "application/problem+json")
    assert answer.json() == expected
