"""Integrity and health: how far the views are, what waits, what the reconciler did, what could not be read."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.queries.account import AccountShown, account_at
from application.queries.integrity import WatchedParts, integrity_now
from application.queries.moments import moment_asked
from application.queries.quarantine import QuarantinedShown, latest_unread
from application.queries.views import ViewsShown, views_now
from domain.errors import DialtrailError
from entrypoints.http.access import READS, allow
from entrypoints.http.parts import parts_of
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

QUARANTINED_SHOWN_MAX = 20


def integrity_route(watched: WatchedParts) -> PageRoute:
    """The page, over the parts of one process."""

    async def show(request: Request) -> Response:
        """GET /integrity."""
        actor, parts = allow(request, READS), parts_of(request)
        health, views, quarantined, account = await asyncio.gather(
            integrity_now(parts, watched),
            _views(parts, actor),
            _quarantined(parts, actor),
            _account(parts, actor),
        )
        return page(
            request,
            "integrity.html",
            health=health,
            views=views,
            quarantined=quarantined,
            account=account,
        )

    return PageRoute("/integrity", show)


async def _views(parts: Installation, actor: Actor) -> ViewsShown | str:
    """The views, or why they cannot be read: this page is looked at when something is wrong."""
    try:
        return await views_now(parts, actor)
    except DialtrailError as error:
        return str(error)


async def _quarantined(parts: Installation, actor: Actor) -> list[QuarantinedShown] | None:
    """What waits there to be read; None where the views, which know it, cannot be read."""
    try:
        return await asyncio.to_thread(latest_unread, parts, actor, QUARANTINED_SHOWN_MAX)
    except DialtrailError:
        return None


async def _account(parts: Installation, actor: Actor) -> AccountShown | str:
    """The account, or why it cannot be read."""
    try:
        await parts.account_known()
        return await asyncio.to_thread(account_at, parts, actor, await moment_asked(parts, None))
    except DialtrailError as error:
        return str(error)
