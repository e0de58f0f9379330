"""Two calls side by side over HTTP."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from application.fields import CallId
from application.queries.comparison import ComparisonShown, compared_calls
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answer_of
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import AS_OF, PathPart
from entrypoints.http.parts import parts_of

FIRST, SECOND = (
    PathPart(
        name=name, kind=CallId, means=f"the {which} call", parse=partial(parse_call_id, field=f"{name} (a call id)")
    )
    for name, which in (("id", "first"), ("other", "second"))
)


async def compare(request: Request) -> Response:
    """GET /v1/calls/{id}/compare/{other}."""
    actor, parts, (a, b) = allow(request, READS), parts_of(request), calls_compared(request)
    return await answer_of(request, compared_calls, parts, actor, a, b, await AS_OF.read(request))


def calls_compared(request: Request) -> tuple[str, str]:
    """The calls that the path names. Raises `InvalidInput`."""
    return FIRST.read(request), SECOND.read(request)


ROUTES = [
    DescribedRoute(
        compare,
        Operation(
            method="GET",
            path="/v1/calls/{id}/compare/{other}",
            tag="calls",
            summary="Two calls side by side: what differs",
            description=(
                "What happened in both is paired in order; ids, times, digests and the parties' numbers, which every call "
                "has as its own, are put aside."
            ),
            parameters=(FIRST, SECOND, AS_OF),
            answers={200: ComparisonShown},
            problems=(*READ, "invalid-input", "not-found"),
        ),
    )
]
