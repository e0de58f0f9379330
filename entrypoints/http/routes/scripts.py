"""The versions of a campaign's script over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from application.queries.script_steps import StepsReached, steps_reached
from application.queries.scripts import (
    ScriptsCompared,
    ScriptShown,
    VersionNumber,
    VersionsPage,
    compared_scripts,
    script_at,
    versions_page,
)
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import READ, VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, LIMIT, OneOf, PathPart, after, views_moment
from entrypoints.http.parts import parts_of

VERSIONS_MAX = 10**9
AFTER = after(VERSIONS_MAX)
VERSION = PathPart(name="version", kind=VersionNumber, means="its number")
INBOUND = OneOf(
    name="inbound",
    words=("true", "false"),
    means="`true`: of the script for people who ring back, whose versions have numbers of their own",
)
OTHER = PathPart(name="other", kind=VersionNumber, means="the number of the other")
PROBLEMS = (*READ, "invalid-input", "not-found")


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    versions_max, place = LIMIT.read(request), AFTER.read(request)
    moment = await AS_OF.read(request)
    return await answer_of(
        request, _whose(request, versions_page), parts, actor, campaign_id, moment, place, versions_max
    )


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    moment, version = await AS_OF.read(request), VERSION.read(request)
    return await answer_of(request, _whose(request, script_at), parts, actor, campaign_id, moment, version)


async def compare(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}/compare/{other}."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    moment, version, other = await AS_OF.read(request), VERSION.read(request), OTHER.read(request)
    return await answer_of(
        request, _whose(request, compared_scripts), parts, actor, campaign_id, moment, version, other
    )


def _whose(request: Request, query: Callable[..., Any]) -> Callable[..., Any]:
    """The query about the script that is asked for."""
    return partial(query, inbound=INBOUND.read(request) == "true")


async def steps(request: Request) -> Response:
    """GET /v1/campaigns/{id}/scripts/{version}/steps."""
    allow(request, READS)
    parts, campaign_id, version = parts_of(request), CAMPAIGN.read(request), VERSION.read(request)
    moment = await views_moment(request)
    return await answer_of(request, steps_reached, parts, campaign_id, moment, version)


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/scripts",
            tag="campaigns",
            summary="The versions of a campaign's script, oldest first",
            parameters=(CAMPAIGN, INBOUND, AFTER, LIMIT, AS_OF),
            answers={200: VersionsPage},
            problems=PROBLEMS,
        ),
    ),
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/scripts/{version}",
            tag="campaigns",
            summary="One version of a campaign's script",
            parameters=(CAMPAIGN, VERSION, INBOUND, AS_OF),
            answers={200: ScriptShown},
            problems=PROBLEMS,
        ),
    ),
    DescribedRoute(
        compare,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/scripts/{version}/compare/{other}",
            tag="campaigns",
            summary="What two versions of a campaign's script differ in",
            parameters=(CAMPAIGN, VERSION, OTHER, INBOUND, AS_OF),
            answers={200: ScriptsCompared},
            problems=PROBLEMS,
        ),
    ),
    DescribedRoute(
        steps,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/scripts/{version}/steps",
            tag="campaigns",
            summary="How often each step of a version was reached, by the campaign's last calls",
            parameters=(CAMPAIGN, VERSION, AS_OF, AT_LEAST),
            answers={200: StepsReached},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
