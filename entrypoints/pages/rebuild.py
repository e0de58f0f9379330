"""The views made anew from the ledger, by an operator who was asked whether that is meant."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.views import RebuildInput, rebuilding
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

REBUILD = Act(
    "Rebuild the views",
    "Lists and figures are made anew from the ledger, beside those in use, and then take their place. Nothing is lost, "
    "and nobody waits for it; it costs processor time, the more, the longer the ledger is.",
)


async def ask(request: Request) -> Response:
    """GET /integrity/rebuild: whether it is meant."""
    allow(request, COMMANDS)
    return page(request, "rebuild.html", act=REBUILD, position=parts_of(request).ledger.position)


async def rebuild(request: Request) -> Response:
    """POST to the same: begin, then show how far it is."""
    actor = allow(request, COMMANDS)
    await read_form(request)
    await rebuilding(parts_of(request), actor, RebuildInput(views=[]))
    return RedirectResponse("/integrity", status_code=303)


ROUTES = [
    PageRoute("/integrity/rebuild", ask),
    PageRoute("/integrity/rebuild", rebuild, method="POST"),
]
