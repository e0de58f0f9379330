"""The list of people whom nobody shall call, over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.suppressions import SuppressionsPage, suppressions_page
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of, answer_of_dear
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AFTER, AS_OF, AT_LEAST, LIMIT, views_moment
from entrypoints.http.parts import parts_of


async def listing(request: Request) -> Response:
    """GET /v1/suppressions."""
    actor, parts = allow(request, READS), parts_of(request)
    items_max, before = LIMIT.read(request), AFTER.read(request)
    moment = await views_moment(request)
    asked = (parts, actor, moment, before, items_max)
    if moment.is_past:
        return await answer_of_dear(request, suppressions_page, *asked)
    return await answer_of(request, suppressions_page, *asked)


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/suppressions",
            tag="suppressions",
            summary="People whom nobody calls, the latest first",
            description=(
                "Those that were not lifted, in whichever campaign the person is or in none; one that has come to its "
                "end is among them, with `holds` false."
            ),
            parameters=(AFTER, LIMIT, AS_OF, AT_LEAST),
            answers={200: SuppressionsPage},
            problems=VIEW,
        ),
    )
]
