"""A path leads to the route that trying all templates in their order would find."""

import asyncio
from collections.abc import Sequence
from itertools import product

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message

from entrypoints.http.api import ApiRoutes
from entrypoints.http.description import OPERATIONS
from entrypoints.http.openapi.operation import DescribedRoute, Operation
from entrypoints.http.webhooks import WEBHOOK

VALUES = ("spring", "timeline", "%2F", "", "..", "+15551230009", "a\nb")
METHODS = ("GET", "HEAD", "POST", "DELETE")
ODD = ("", "/", "//", "/v1", "/v1/", "/v1//", "/v1/calls/", "/v1/calls//timeline", "/v2/calls/a", "v1/calls/a")
NEWEST = ("GET", "/v1/things/newest")
OVERLAPPING = [("GET", "/v1/things/{id}"), NEWEST, ("POST", "/v1/things/newest"), ("GET", "/")]
DESCRIBED = [(one.method, one.path) for one in OPERATIONS if one is not WEBHOOK]


def _routes(described: Sequence[tuple[str, str]]) -> list[DescribedRoute]:
    """Routes that answer with which of them they are, and what they took from the path."""

    def route(place: int) -> DescribedRoute:
        async def tell(request: Request) -> Response:
            return PlainTextResponse(f"{place} {request.path_params} {request.scope['route'].path}")

        method, path = described[place]
        return DescribedRoute(tell, Operation(method=method, path=path, tag="", summary="", answers={200: None}))

    return [route(place) for place in range(len(described))]


async def _answer(app: ASGIApp, method: str, path: str) -> tuple[int, bytes]:
    """The status, and what a route said."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}, receive, send)
    status = sent[0]["status"]
    return status, sent[1]["body"] if status == 200 else b""


@pytest.mark.parametrize("described", [DESCRIBED, OVERLAPPING], ids=["the API", "templates that overlap"])
def test_it_finds_what_one_after_the_other_finds(described: Sequence[tuple[str, str]]) -> None:
    routes = _routes(described)
    plain, ours = Router(routes, redirect_slashes=False), ApiRoutes(routes)
    names = sorted({template for _, template in described})
    paths = {_filled(template, value) for template, value in product(names, VALUES)} | {*names, *ODD}

    async def compare() -> None:
        for path, method in product(sorted(paths), METHODS):
            assert await _answer(ours, method, path) == await _answer(plain, method, path), (method, path)

    asyncio.run(compare())


def test_a_template_that_would_not_be_found_is_none() -> None:
    with pytest.raises(ValueError, match="would not be found"):
        ApiRoutes(_routes([("GET", "/v1/{kind}")]))


def _filled(template: str, value: str) -> str:
    return "/".join(value if part.startswith("{") else part for part in template.split("/"))
