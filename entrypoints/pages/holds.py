"""Numbers that MiniVoice had no rate for, let go by an operator who was asked whether that is meant."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.queries.account import account_at
from application.queries.moments import moment_asked
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.account import PREFIX, released
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

PATH = "/integrity/holds/{prefix}/release"
SHOWN_AT = "/integrity#account"
RELEASE = Act(
    "Release",
    "Campaigns call numbers that begin so again, as far as their other rules allow it. Where MiniVoice still has no rate, "
    "the next call is refused, and they are held again.",
)


async def ask(request: Request) -> Response:
    """GET: which holds would be lifted."""
    actor, parts, prefix = allow(request, COMMANDS), parts_of(request), PREFIX.read(request)
    await parts.account_known()
    account = await asyncio.to_thread(account_at, parts, actor, await moment_asked(parts, None))
    holds = [one for one in account.holds if one.prefix.startswith(prefix)]
    return page(request, "release_hold.html", prefix=prefix, holds=holds, act=RELEASE, back=SHOWN_AT)


async def release(request: Request) -> Response:
    """POST to the same: do it, then show the account."""
    actor, parts, prefix = allow(request, COMMANDS), parts_of(request), PREFIX.read(request)
    await read_form(request)
    await released(parts, actor, prefix)
    return RedirectResponse(SHOWN_AT, status_code=303)


ROUTES = [PageRoute(PATH, ask), PageRoute(PATH, release, method="POST")]
