"""What MiniVoice refused a campaign's calls with, over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.refusals import REFUSALS_EVENTS_MAX, REFUSALS_MAX, RefusalsPage, refusals_at
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, CAMPAIGN, views_moment
from entrypoints.http.parts import parts_of


async def listing(request: Request) -> Response:
    """GET /v1/campaigns/{id}/refusals."""
    actor, parts, campaign_id = allow(request, READS), parts_of(request), CAMPAIGN.read(request)
    return await answer_of(request, refusals_at, parts, actor, campaign_id, await views_moment(request))


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/refusals",
            tag="campaigns",
            summary="What MiniVoice last refused its calls with, once for each code and status",
            description=(
                f"At most {REFUSALS_MAX}, from the last {REFUSALS_EVENTS_MAX:,} events of the ledger: what is older is in GET /v1/events."
            ),
            parameters=(CAMPAIGN, AS_OF, AT_LEAST),
            answers={200: RefusalsPage},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
