"""The search in the header of every page: straight to the only match, else all of them."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.actor import Actor
from application.queries.search import SearchMatch
from entrypoints.http.access import READS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.search import found
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment


async def search(request: Request) -> Response:
    """GET /search."""
    actor, wanted = allow(request, READS), request.query_params.get("q", "").strip()
    matches = (await found(parts_of(request), actor, wanted)).items if wanted else []
    if len(matches) == 1:
        return RedirectResponse(_address(matches[0], actor), status_code=303)
    shown = [(one, _address(one, actor)) for one in matches]
    return page(request, "search.html", wanted=wanted, matches=shown)


def _address(match: SearchMatch, actor: Actor) -> str:
    """The page that shows it."""
    if match.kind == "person":
        named = match.number if actor.sees_numbers and match.number else match.id
        return f"/people/{segment(named)}"
    if match.kind == "attempt":
        return f"/people/{match.recipient}#attempt-{quote(match.id, safe='')}"
    return f"/{match.kind}s/{segment(match.id)}"


ROUTES = [PageRoute("/search", search, takes=("q",))]
