"""A campaign's life over HTTP: who created, revised, started, paused and resumed it, when, and why."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.history import HistoryPage, history_page
from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, CAMPAIGN, LIMIT
from entrypoints.http.parts import parts_of


async def history(request: Request) -> Response:
    """GET /v1/campaigns/{id}/history."""
    allow(request, FULL_READS)
    parts, campaign_id = parts_of(request), CAMPAIGN.read(request)
    items_max, place = LIMIT.read(request), await AFTER.within(request)
    moment = await AS_OF.read(request)
    return await answer_of(request, history_page, parts, campaign_id, moment, place, items_max)


ROUTES = [
    DescribedRoute(
        history,
        Operation(
            method="GET",
            path="/v1/campaigns/{id}/history",
            tag="campaigns",
            summary="Who created, revised, started, paused and resumed a campaign, when, and why",
            description="Roles: auditor, operator.",
            parameters=(CAMPAIGN, AFTER, LIMIT, AS_OF),
            answers={200: HistoryPage},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    ),
]
