"""The sandbox's own routes, `/_sandbox/…`: no key, not logged, and nothing that the provider has."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from entrypoints.sandbox import refusals
from entrypoints.sandbox.applications import Application, money
from entrypoints.sandbox.calls import CallStatus, true_state
from entrypoints.sandbox.orders import Order, number_in, read_object
from entrypoints.sandbox.problems import SandboxSettingsError, checked_update
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.world import World

LOG_KINDS = {"arrived", "request", "delivery", "fetch", "answer_invalid", "action", "script"}

Handler = Callable[[World, Request, dict[str, object]], bytes]


def routes(world: World) -> list[Route]:
    return [
        _route(world, "GET", "/_sandbox/log", log),
        _route(world, "GET", "/_sandbox/summary", lambda world, _request, _fields: orjson.dumps(summary(world))),
        _route(world, "GET", "/_sandbox/calls", calls),
        _route(world, "GET", "/_sandbox/settings", settings),
        _route(world, "PATCH", "/_sandbox/settings", change_settings),
        _route(world, "GET", "/_sandbox/balance", balance),
        _route(world, "POST", "/_sandbox/balance", add_balance),
        _route(world, "POST", "/_sandbox/calls", ring),
        _route(world, "POST", "/_sandbox/calls/{call_id:path}/hangup", hang_up),
        _route(world, "POST", "/_sandbox/calls/{call_id:path}/disagree", disagree),
        _route(world, "POST", "/_sandbox/usage", settle_otherwise),
    ]


def log(world: World, request: Request, _fields: dict[str, object]) -> bytes:
    kind = request.query_params.get("kind")
    if kind is not None and kind not in LOG_KINDS:
        raise refusals.invalid_request(f"kind must be one of {', '.join(sorted(LOG_KINDS))}")
    return world.journal.json_list(kind)


def summary(world: World) -> dict[str, object]:
    """Counts since the start; the shape is in docs/sandbox.md."""
    tally, every_call = world.tally, world.exchange.calls.values()
    applications = [_shown(application) for application in world.applications.values()]
    return {
        "requests": {
            "total": tally.requests,
            "by_status": tally.by_status,
            "by_code": tally.by_code,
            "by_fault": tally.by_fault,
        },
        "posts": tally.posts,
        "posts_by_to": tally.posts_to.by_number,
        "calls_by_to": tally.calls_to.by_number,
        "numbers_forgotten": tally.posts_to.forgotten,
        "accepted_posts": tally.accepted_posts,
        "accepted_posts_in_one_second_max": tally.accepted.most,
        "calls": Counter(call.state.value for call in every_call),
        "calls_by_origin": Counter(call.origin.value for call in every_call),
        "calls_forgotten": world.exchange.forgotten,
        "deliveries": world.courier.counts(),
        "scripts": {
            "fetches_by_status": world.fetcher.by_status,
            "answers_invalid": world.fetcher.invalid,
            "endings": world.performer.endings,
        },
        "balance": applications[0]["balance"],
        "applications": applications,
        "log": {"kept": world.journal.kept, "dropped": world.journal.dropped},
    }


def calls(world: World, _request: Request, _fields: dict[str, object]) -> bytes:
    return orjson.dumps([true_state(call) for call in world.exchange.calls.values()])


def settings(world: World, _request: Request, _fields: dict[str, object]) -> bytes:
    return orjson.dumps(world.live.settings.model_dump(mode="json", exclude={"webhook_secret", "api_keys"}))


def change_settings(world: World, request: Request, fields: dict[str, object]) -> bytes:
    checked_update(world, fields)
    return settings(world, request, fields)


def balance(world: World, _request: Request, _fields: dict[str, object]) -> bytes:
    return orjson.dumps({"applications": [_shown(application) for application in world.applications.values()]})


def add_balance(world: World, request: Request, fields: dict[str, object]) -> bytes:
    try:
        amount = Decimal(str(fields["add"]))
    except (KeyError, InvalidOperation):
        raise refusals.invalid_request('write {"add":"10.00"}: a decimal string') from None
    if not amount.is_finite():
        raise refusals.invalid_request("add must be a finite amount")
    application_id = fields.get("application_id")
    try:
        world.add_balance(amount, None if application_id is None else str(application_id))
    except ValueError as error:
        raise refusals.invalid_request(str(error)) from None
    return balance(world, request, fields)


def ring(world: World, _request: Request, fields: dict[str, object]) -> bytes:
    order = Order(number_in(fields, "from"), number_in(fields, "to"), {}, record=False)
    wanted = fields.get("application_id")
    found = next((one for one in world.applications.values() if wanted in {None, one.id}), None)
    if found is None:
        raise refusals.invalid_request("application_id names no application; GET /_sandbox/balance has them")
    return orjson.dumps(true_state(world.ring_backs.ring(found, order)))


def hang_up(world: World, request: Request, _fields: dict[str, object]) -> bytes:
    call = world.exchange.find(request.path_params["call_id"])
    return orjson.dumps({"hung_up": world.exchange.hang_up(call), "call": true_state(call)})


def disagree(world: World, request: Request, fields: dict[str, object]) -> bytes:
    """Say of a call that has ended something else from now on, and announce nothing: that is what it is for."""
    call = world.exchange.find(request.path_params["call_id"])
    wanted = {"forget", "state"} & fields.keys()
    if len(fields) != 1 or not wanted or (wanted == {"forget"} and fields["forget"] is not True):
        raise refusals.invalid_request('write {"forget":true}, or {"state":"failed"}')
    if wanted == {"forget"}:
        world.exchange.forget(call)
        return orjson.dumps({"forgotten": True, "call": true_state(call)})
    try:
        call.state = CallStatus(str(fields["state"]))
    except ValueError:
        raise refusals.invalid_request(f"state must be one of {', '.join(CallStatus)}") from None
    return orjson.dumps({"forgotten": False, "call": true_state(call)})


def settle_otherwise(world: World, request: Request, fields: dict[str, object]) -> bytes:
    """Add to what was settled just now, or take away: calls, seconds and cost of which there is no call."""
    try:
        calls, seconds = (int(str(fields.get(name, 0))) for name in ("calls", "billsec_seconds"))
        cost = Decimal(str(fields.get("cost_amount", "0")))
    except (ValueError, InvalidOperation):
        raise refusals.invalid_request('write {"calls":1,"billsec_seconds":30,"cost_amount":"0.07"}') from None
    if not cost.is_finite():
        raise refusals.invalid_request("cost_amount must be a finite amount")
    wanted = fields.get("application_id")
    found = next((one for one in world.applications.values() if wanted in {None, one.id}), None)
    if found is None:
        raise refusals.invalid_request("application_id names no application; GET /_sandbox/balance has them")
    found.settle(world.clock.now(), seconds, cost, calls)
    return balance(world, request, fields)


def _route(world: World, method: str, path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            raw_body = await request.body()
            content, status = handler(world, request, read_object(raw_body) if raw_body else {}), 200
        except RefusalError as refusal:
            content, status = orjson.dumps(refusals.envelope(refusal.code, refusal.message)), refusal.status
        except SandboxSettingsError as error:
            content, status = orjson.dumps(refusals.envelope("invalid_settings", str(error))), 400
        return Response(content, status, media_type="application/json")

    return Route(path, endpoint, methods=[method])


def _shown(application: Application) -> dict[str, object]:
    return {
        "id": application.id,
        "balance": None if application.balance is None else money(application.balance),
        "reserved": money(application.reserved),
        "spent": money(application.spent),
        "calls_at_once": application.calls_at_once,
        "accepted_posts_in_one_second_max": application.accepted.most,
    }
