"""Who may come in, by name and role, and when each was last seen."""

from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.access import FULL_READS, allow
from entrypoints.pages.guard import access_of
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page


async def show(request: Request) -> Response:
    """GET /tokens."""
    allow(request, FULL_READS)
    access = access_of(request)
    found = access.uses.shown()
    return page(request, "tokens.html", found=found, entries=found.items)


ROUTES = [PageRoute("/tokens", show)]
