"""A path leads to the route that trying all templates in their order would find."""

import asyncio
from collections.abc import Sequence
from itertools import product

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message

from entrypoints.http.description import ROUTES
from entrypoints.http.router import PartsRouter

VALUES = ("spring", "timeline", "%2F", "", "..", "+15551230009", "a\nb")
METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH")
ODD = (
    "",
    "/",
    "//",
    "/v1",
    "/v1/",
    "/v1//",
    "/v1/calls/",
    "/v1/calls//timeline",
    "/v2/calls/a",
    "v1/calls/a",
    "/v1/calls\n",
)
OVERLAPPING = [
    ("GET", "/v1/things/{id}"),
    ("GET", "/v1/things/newest"),
    ("POST", "/v1/things/newest"),
    ("GET", "/v1/{kind}/newest"),
    ("GET", "/{anything}"),
    ("GET", "/"),
]


def _routes(described: Sequence[tuple[str, str]]) -> list[Route]:
    """Routes that answer with which of them they are, and what they took from the path."""

    def endpoint(place: int) -> Route:
        async def tell(request: Request) -> Response:
            return PlainTextResponse(f"{place} {request.path_params} {request.scope['route'].path}")

        method, path = described[place]
        return Route(path, tell, methods=[method])

    return [endpoint(place) for place in range(len(described))]


async def _answer(router: Router, method: str, path: str) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await router(scope, receive, send)
    return sent


DESCRIBED = [(method, route.path) for route in ROUTES for method in sorted((route.methods or set()) - {"HEAD"})]


@pytest.mark.parametrize("described", [DESCRIBED, OVERLAPPING], ids=["the API", "templates that overlap"])
def test_it_finds_what_one_after_the_other_finds(described: Sequence[tuple[str, str]]) -> None:
    plain = Router(_routes(described), redirect_slashes=False)
    fast = PartsRouter(_routes(described))
    names = sorted({template for _, template in described})
    paths = {_filled(template, value) for template, value in product(names, VALUES)} | {*names, *ODD}

    async def compare() -> None:
        for path, method in product(sorted(paths), METHODS):
            assert await _answer(fast, method, path) == await _answer(plain, method, path), (method, path)

    asyncio.run(compare())


def _filled(template: str, value: str) -> str:
    return "/".join(value if part.startswith("{") else part for part in template.split("/"))
