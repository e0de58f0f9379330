"""Calls over HTTP: the list, and one with its timeline."""

from collections.abc import Mapping
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.queries.call import CallShown, call_at
from application.queries.call_story import StoryShown, story_at
from application.queries.call_timeline import TimelineShown, timeline_at
from application.queries.calls import CALLS_ORDERS, CallsAsked, CallsPage, calls_page
from domain.call.facts import OUTCOMES
from domain.call.state import Phase
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of, answer_of_call
from entrypoints.http.openapi.operation import READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, AT_LEAST, CALL, LIMIT, OF_CAMPAIGN, AMoment, OneOf, views_moment
from entrypoints.http.parts import parts_of
from entrypoints.http.person import OF_PERSON, person_in
from projections.call_index import ANOMALIES

PHASE = OneOf(name="phase", words=get_args(Phase), means="only those")
OUTCOME = OneOf(name="outcome", words=OUTCOMES, means="only those")
ANSWERED = OneOf(
    name="answered", words=("true", "false"), means="only those that are known to be answered, or only others"
)
SINCE = AMoment(name="since", means="only what we first heard of after this instant or position")
UNTIL = AMoment(name="until", means="only what we first heard of until this instant or position")
ANOMALY = OneOf(name="anomaly", words=ANOMALIES, means="only those with it")
ORDER = OneOf(name="order", words=CALLS_ORDERS, means="the one first heard of first, as without it, or the last")
PROBLEMS = (*READ, "invalid-input", "not-found")


async def listing(request: Request) -> Response:
    """GET /v1/calls."""
    actor = allow(request, READS)
    rows_max, place = LIMIT.read(request), await AFTER.within(request)
    asked = await calls_asked(parts_of(request), actor, request.query_params)
    await views_moment(request)
    return await answer_of(request, calls_page, parts_of(request), actor, asked, place, rows_max)


async def calls_asked(parts: Installation, actor: Actor, query: Mapping[str, str]) -> CallsAsked:
    """Which calls a query asks for. Raises `InvalidInput`, and `NotAllowed` for a viewer who names a number."""
    answered = ANSWERED.of(query)
    return CallsAsked(
        person=person_in(query, actor),
        campaign_id=OF_CAMPAIGN.of(query),
        phase=PHASE.of(query),
        outcome=OUTCOME.of(query),
        answered=None if answered is None else answered == "true",
        anomaly=ANOMALY.of(query),
        since=(await SINCE.of(parts, query)).position if SINCE.name in query else 0,
        until=(await UNTIL.of(parts, query)).position if UNTIL.name in query else None,
        order=ORDER.of(query) or "oldest",
    )


async def show(request: Request) -> Response:
    """GET /v1/calls/{id}."""
    allow(request, READS)
    return await answer_of_call(request, call_at, CALL.read(request), await AS_OF.read(request))


async def timeline(request: Request) -> Response:
    """GET /v1/calls/{id}/timeline."""
    allow(request, READS)
    return await answer_of_call(request, timeline_at, CALL.read(request), await AS_OF.read(request))


async def story(request: Request) -> Response:
    """GET /v1/calls/{id}/story."""
    actor, parts, call_id = allow(request, READS), parts_of(request), CALL.read(request)
    return await answer_of(request, story_at, parts, actor, call_id, await AS_OF.read(request))


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/calls",
            tag="calls",
            summary="Calls, in the order in which we first heard of them, or the newest first",
            parameters=(
                OF_PERSON,
                OF_CAMPAIGN,
                PHASE,
                OUTCOME,
                ANSWERED,
                ANOMALY,
                SINCE,
                UNTIL,
                ORDER,
                AFTER,
                LIMIT,
                AT_LEAST,
            ),
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
    DescribedRoute(
        story,
        Operation(
            method="GET",
            path="/v1/calls/{id}/story",
            tag="calls",
            summary="A call in a sentence, what the caller heard, and the same person's other calls",
            parameters=(CALL, AS_OF),
            answers={200: StoryShown},
            problems=PROBLEMS,
        ),
    ),
]
