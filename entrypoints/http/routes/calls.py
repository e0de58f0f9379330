"""Calls over HTTP: the list, and one with its timeline."""

from collections.abc import Mapping
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from application.queries.call import CallShown, call_at
from application.queries.call_timeline import TimelineShown, timeline_at
from application.queries.calls import CallsAsked, CallsPage, calls_page
from domain.call.facts import OUTCOMES
from domain.call.state import Phase
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, AT_LEAST, CALL, LIMIT, OF_CAMPAIGN, OneOf, views_moment
from entrypoints.http.parts import parts_of
from projections.call_index import ANOMALIES

PHASE = OneOf(name="phase", words=get_args(Phase), means="only those")
OUTCOME = OneOf(name="outcome", words=OUTCOMES, means="only those")
ANOMALY = OneOf(name="anomaly", words=ANOMALIES, means="only those with it")
PROBLEMS = (*READ, "invalid-input", "not-found")


async def listing(request: Request) -> Response:
    """GET /v1/calls."""
    actor = allow(request, READS)
    rows_max, place = LIMIT.read(request), await AFTER.within(request)
    asked = calls_asked(request.query_params)
    await views_moment(request)
    return await answer_of(request, calls_page, parts_of(request), actor, asked, place, rows_max)


def calls_asked(query: Mapping[str, str]) -> CallsAsked:
    """Which calls a query asks for. Raises `InvalidInput`."""
    return CallsAsked(
        campaign_id=OF_CAMPAIGN.of(query), phase=PHASE.of(query), outcome=OUTCOME.of(query), anomaly=ANOMALY.of(query)
    )


async def show(request: Request) -> Response:
    """GET /v1/calls/{id}."""
    actor, parts, call_id = allow(request, READS), parts_of(request), CALL.read(request)
    return await answer_of(request, call_at, parts, actor, call_id, await AS_OF.read(request))


async def timeline(request: Request) -> Response:
    """GET /v1/calls/{id}/timeline."""
    actor, parts, call_id = allow(request, READS), parts_of(request), CALL.read(request)
    return await answer_of(request, timeline_at, parts, actor, call_id, await AS_OF.read(request))


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/calls",
            tag="calls",
            summary="Calls, in the order in which we first heard of them",
            parameters=(OF_CAMPAIGN, PHASE, OUTCOME, ANOMALY, AFTER, LIMIT, AT_LEAST),
            not_taken={AS_OF.name: "is taken by one call and its timeline; this list is of what is known now"},
            answers={200: CallsPage},
            problems=(*VIEW, "not-found"),
        ),
    ),
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/calls/{id}",
            tag="calls",
            summary="One call's state",
            parameters=(CALL, AS_OF),
            answers={200: CallShown},
            problems=PROBLEMS,
        ),
    ),
    DescribedRoute(
        timeline,
        Operation(
            method="GET",
            path="/v1/calls/{id}/timeline",
            tag="calls",
            summary="Everything that happened to a call, in order",
            parameters=(CALL, AS_OF),
            answers={200: TimelineShown},
            problems=PROBLEMS,
        ),
    ),
]
