"""The tokens over HTTP, by name."""

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.access import FULL_READS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.token_uses import TokensShown, TokenUses


async def listing(request: Request) -> Response:
    """GET /v1/tokens."""
    allow(request, FULL_READS)
    return answered(request, cast("TokenUses", request.app.state.token_uses).shown())


ROUTES = [
    DescribedRoute(
        listing,
        Operation(
            method="GET",
            path="/v1/tokens",
            tag="process",
            summary="Who may come in, and when each was last seen by this process",
            description="By name and role; never a token. Roles: auditor, operator.",
            answers={200: TokensShown},
            problems=READ,
        ),
    )
]
