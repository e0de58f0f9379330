"""Deliveries over HTTP: a call's, and the latest of all calls."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.fields import CallId
from application.installation import Installation
from application.queries.deliveries import (
    LATEST_EVENTS_MAX,
    DeliveredPage,
    DeliveriesPage,
    delivered_page,
    deliveries_at,
)
from application.queries.masking import shown_word
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of_call, answered
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CALL, LIMIT, AMoment, OneOf, Text
from entrypoints.http.parts import parts_of
from projections.deliveries import RESULTS, DeliveriesAsked

EVENT = Text(name="event", means="only reports of this name")
RESULT = OneOf(name="result", words=RESULTS, means="only those of which this became")
OF_CALL = Text(name="call", kind=CallId, means="only those of this call")
SINCE = AMoment(name="since", means="only what was recorded after this instant or position")
UNTIL = AMoment(name="until", means="only what was recorded until this instant or position")


async def listing(request: Request) -> Response:
    """GET /v1/calls/{id}/deliveries."""
    allow(request, READS)
    call_id = CALL.read(request)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    moment = await AS_OF.read(request)
    return await answer_of_call(request, deliveries_at, call_id, moment, place, items_max)


async def latest(request: Request) -> Response:
    """GET /v1/deliveries: of all calls, the latest first."""
    actor = allow(request, READS)
    items_max = LIMIT.read(request)
    return answered(request, await delivered_asked(parts_of(request), actor, request.query_params, items_max))


async def delivered_asked(parts: Installation, actor: Actor, query: Mapping[str, str], items_max: int) -> DeliveredPage:
    """The latest deliveries that a query asks for by `event`, `result`, `call`, `since`, `until` and `after`. Raises `InvalidInput`."""
    before = AFTER.of(query)
    end = parts.ledger.position
    until = (await UNTIL.of(parts, query)).position
    since = (await SINCE.of(parts, query)).position if SINCE.name in query else 0
    asked = DeliveriesAsked(
        event=_event(EVENT.of(query), actor),
        result=RESULT.of(query),
        after_position=since,
        up_to_position=min(until, before - 1) if before else until,
    )
    call = OF_CALL.of(query)
    call_id = None if call is None else parse_call_id(call, OF_CALL.name)
    return await asyncio.to_thread(delivered_page, parts, actor, asked, call_id, items_max, end)


def _event(wanted: str | None, actor: Actor) -> str | None:
    if wanted is not None and shown_word(wanted, actor) is None:
        raise InvalidInput("event", "must be an event's name, such as call.answered")
    return wanted


ROUTES = [
    DescribedRoute(
        latest,
        Operation(
            method="GET",
            path="/v1/deliveries",
            tag="deliveries",
            summary="The latest webhooks of all calls, the latest first",
            description=(
                f"A page looks at no more than {LATEST_EVENTS_MAX:,} events of the ledger: it may have few items and a `next`."
            ),
            parameters=(EVENT, RESULT, OF_CALL, SINCE, UNTIL, AFTER, LIMIT),
            answers={200: DeliveredPage},
            problems=(*READ, "invalid-input"),
        ),
    ),
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/calls/{id}/deliveries",
            tag="deliveries",
            summary="A call's webhooks as they came, first and repeated ones",
            parameters=(CALL, AS_OF, AFTER, LIMIT),
            answers={200: DeliveriesPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
]
