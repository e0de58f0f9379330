"""What needs somebody, over HTTP."""

from starlette.requests import Request
from starlette.responses import Response

from application.queries.attention import AttentionShown, attention_now
from entrypoints.http.access import READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parts import parts_of


async def show(request: Request) -> Response:
    """GET /v1/attention."""
    allow(request, READS)
    return answered(request, await attention_now(parts_of(request)))


ROUTES = [
    DescribedRoute(
        show,
        Operation(
            method="GET",
            path="/v1/attention",
            tag="process",
            summary="What needs somebody: pauses, approvals that wait, unresolved attempts, silence, budgets, quarantine",
            answers={200: AttentionShown},
            problems=READ,
        ),
    )
]
