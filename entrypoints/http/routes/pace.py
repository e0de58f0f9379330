"""The pace against its limits over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.pace import MINUTES, PaceShown, pace_of
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, OF_CAMPAIGN, OneOf, views_moment
from entrypoints.http.parts import parts_of

LAST_MINUTES = OneOf(name="minutes", words=MINUTES, means="how many of the last whole minutes; 60 as without it")


async def show(request: Request) -> Response:
    """GET /v1/pace."""
    allow(request, READS)
    minutes, campaign_id = LAST_MINUTES.read(request) or "60", OF_CAMPAIGN.read(request)
    return await answer_of(request, pace_of, parts_of(request), await views_moment(request), campaign_id, minutes)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/pace",
            tag="calls",
            summary="What was sent in each of the last minutes, and how many calls were under way, beside the limits",
            description="Of one campaign, or of all together beside the account's limits, as far as these are known.",
            parameters=(LAST_MINUTES, OF_CAMPAIGN, AT_LEAST),
            not_taken={AS_OF.name: "is not taken here: a campaign's own `summary.pace` is answered as of then"},
            answers={200: PaceShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
