"""A person over all campaigns, over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.person import PersonShown, person_at
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of_dear
from entrypoints.http.openapi.operation import VIEW, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, AT_LEAST, views_moment
from entrypoints.http.parts import parts_of
from entrypoints.http.person import PERSON, person_asked


async def show(request: Request) -> Response:
    """GET /v1/people/{number}."""
    actor, parts = allow(request, READS), parts_of(request)
    named = person_asked(request, actor)
    await parts.account_known()
    moment = await views_moment(request)
    return await answer_of_dear(request, person_at, parts, actor, named, moment)


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/people/{number}",
            tag="recipients",
            summary="A person over all campaigns and in all spellings: verdicts, calls, attempts, suppressions",
            description="By number: Roles: auditor, operator. By pseudonym all.",
            parameters=(PERSON, AS_OF, AT_LEAST),
            answers={200: PersonShown},
            problems=(*VIEW, "not-found"),
        ),
    ),
]
