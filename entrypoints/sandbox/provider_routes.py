"""The provider's own routes, `/v1/…`: each request is logged on arrival and again with its outcome."""

from itertools import count

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from entrypoints.sandbox import ai, recordings, refusals
from entrypoints.sandbox.applications import Application, money
from entrypoints.sandbox.calls import get_response
from entrypoints.sandbox.clock import parse_moment, whole_seconds
from entrypoints.sandbox.connection import client_left, close_without_answer, waited_ms
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.orders import E164, parse_json, read_order
from entrypoints.sandbox.reads import Handler, troubled
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.world import World

BODY_BYTES_MAX = 1_048_576
CURRENCY = "EUR"


class NeverAnswered(Response):
    """No answer at all: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await close_without_answer(Request(scope, receive, send))


class ProviderRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = count(1)

    def routes(self) -> list[Route]:
        """The bare call comes last: a call id may hold anything, even the name of another route."""
        return [
            self._route("POST", "/v1/calls", place_call),
            self._route("GET", "/v1/usage", troubled(usage)),
            self._route("POST", "/v1/calls/{call_id:path}/recordings", recordings.control),
            *(
                self._route("GET", f"/v1/calls/{{call_id:path}}/{name}", troubled(ai.reader(name)))
                for name in ai.RESULTS
            ),
            self._route("GET", "/v1/calls/{call_id:path}", troubled(read_call)),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self.answer(request, handler)

        return Route(path, endpoint, methods=[method])

    async def answer(self, request: Request, handler: Handler) -> Response:
        """Log the arrival, ask `handler`, wait as settings or faults say, log the outcome, answer or fall silent."""
        world = self._world
        seen: dict[str, object] = {"number": next(self._numbers), "method": request.method, "path": _target(request)}
        try:
            raw_body, complete = await _read_body(request), True
        except ClientDisconnect:
            raw_body, complete = b"", False
        seen["request_body"] = parsed = _readable(raw_body)
        world.journal.write("arrived", seen | {"waited_ms": waited_ms(request) if complete else None})
        if request.method == "POST" and request.url.path == "/v1/calls":
            world.tally.posted(_dialed(parsed))
        answer = await self._ask(handler, request, raw_body) if complete else Answer(None, {})
        delay = world.live.settings.answer_delay if request.method == "POST" else 0.0
        await world.patience.sleep(answer.wait_seconds + delay)
        left = client_left(request)
        status = None if left else answer.status
        closed_by = "client" if left else "sandbox" if status is None else None
        outcome = {"status": status, "code": answer.code, "call_id": answer.call_id, "fault": answer.fault}
        world.journal.write("request", seen | outcome | {"closed_by": closed_by})
        world.tally.answered(status, answer.code, answer.fault)
        if status is None:
            return NeverAnswered()
        return Response(orjson.dumps(answer.body), status, media_type="application/json")

    async def _ask(self, handler: Handler, request: Request, raw_body: bytes) -> Answer:
        try:
            application = self._world.application_of(request.headers.get("authorization"))
            if len(raw_body) > BODY_BYTES_MAX:
                raise refusals.invalid_request(f"request body is larger than {BODY_BYTES_MAX} bytes")
            return await handler(self._world, application, request, raw_body)
        except RefusalError as refusal:
            body = refusals.envelope(refusal.code, refusal.message)
            return Answer(refusal.status, body, refusal.call_id, refusal.code, refusal.fault)


async def place_call(world: World, application: Application, _request: Request, raw_body: bytes) -> Answer:
    return await world.desk.take(application, read_order(raw_body))


async def read_call(world: World, application: Application, request: Request, _raw_body: bytes) -> Answer:
    call = world.exchange.find(request.path_params["call_id"], application)
    echo = world.live.settings.echo_metadata in {"response", "both"}
    return Answer(200, get_response(call, echo=echo), call.id)


async def usage(_world: World, application: Application, request: Request, _raw_body: bytes) -> Answer:
    try:
        start, end = (parse_moment(request.query_params[name]) for name in ("from", "to"))
    except (KeyError, ValueError):
        raise refusals.invalid_request("from and to are required, each like 2026-05-01T00:00:00Z") from None
    settled = application.settled_between(start, end)
    summary = {
        "calls": settled.calls,
        "billsec_seconds": settled.billed_seconds,
        "cost_amount": money(settled.cost),
        "cost_currency": CURRENCY,
    }
    window = {"from": whole_seconds(start), "to": whole_seconds(end)}
    return Answer(200, {"application_id": application.id, **window, "summary": summary})


def _target(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _read_body(request: Request) -> bytes:
    """The body, cut one byte after the limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        if size <= BODY_BYTES_MAX:
            chunks.append(chunk)
            size += len(chunk)
    return b"".join(chunks)


def _readable(raw_body: bytes) -> object:
    """The body for the log: parsed where it is JSON, else its text, null without one."""
    if not raw_body:
        return None
    try:
        return parse_json(raw_body)
    except ValueError:
        return raw_body.decode(errors="replace")


def _dialed(body: object) -> str | None:
    to_number = body.get("to") if isinstance(body, dict) else None
    return to_number if isinstance(to_number, str) and E164.fullmatch(to_number) else None
