"""Why nobody is being called, over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.standing import StandingShown, standing_now
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/standing."""
    allow(request, READS)
    parts, moment = parts_of(request), await views_moment(request)
    return await answer_of(request, standing_now, parts, CAMPAIGN.read(request), moment)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/standing",
            tag="campaigns",
            summary="Why nobody is being called: where everybody stands, each counted once",
            parameters=(CAMPAIGN, AT_LEAST),
            not_taken={
                AS_OF.name: "is not taken here: this is where everybody stands now; the campaign and its recipients take it"
            },
            answers={200: StandingShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
