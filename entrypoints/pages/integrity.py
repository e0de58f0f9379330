"""Integrity and health: how far the views are, what waits, what the reconciler did, what could not be read."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.pages.campaigns import inside
from entrypoints.pages.inside import Json, Refused
from entrypoints.pages.rendering import page

QUARANTINED_SHOWN_MAX = 20


async def show(request: Request) -> Response:
    """GET /integrity."""
    api = inside(request)
    health, views, quarantined, account = await asyncio.gather(
        api.get(request, "/v1/integrity"),
        _or_why_not(api.get(request, "/v1/views")),
        api.get(request, "/v1/deliveries", result="quarantined", limit=QUARANTINED_SHOWN_MAX),
        _or_why_not(api.get(request, "/v1/account")),
    )
    return page(
        request,
        "integrity.html",
        health=health,
        views=views,
        quarantined=quarantined["items"],
        account=account,
    )


async def _or_why_not(answer: Awaitable[Json]) -> Json:
    """An answer, or why there is none: this page is read when something is wrong."""
    try:
        return await answer
    except Refused as refused:
        return {"why_not": refused.detail}


HANDLERS: list[tuple[str, list[str], Any]] = [("/integrity", ["GET"], show)]
