"""Events over HTTP: a call's, and the ledger itself, in its total order."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.events import EventsPage, call_events_at, feed
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of_call, answer_of_dear
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CALL, LIMIT
from entrypoints.http.parts import parts_of


async def of_call(request: Request) -> Response:
    """GET /v1/calls/{id}/events."""
    allow(request, READS)
    call_id = CALL.read(request)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    moment = await AS_OF.read(request)
    return await answer_of_call(request, call_events_at, call_id, moment, place, items_max)


async def of_ledger(request: Request) -> Response:
    """GET /v1/events."""
    actor = allow(request, READS)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    return await answer_of_dear(request, feed, parts_of(request), actor, place, items_max)


ROUTES = [
    DescribedRoute(
        of_call,
        Operation(
            method="GET",
            path="/v1/calls/{id}/events",
            tag="calls",
            summary="A call's events as the ledger holds them",
            parameters=(CALL, AS_OF, AFTER, LIMIT),
            answers={200: EventsPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
    DescribedRoute(
        of_ledger,
        Operation(
            method="GET",
            path="/v1/events",
            tag="events",
            summary="The ledger itself as a feed, in its total order",
            parameters=(AFTER, LIMIT),
            answers={200: EventsPage},
            problems=(*READ, "invalid-input"),
        ),
    ),
]
