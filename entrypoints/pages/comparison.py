"""Two calls side by side."""

import asyncio
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.queries.calls import CallsAsked, calls_page
from application.queries.moments import moment_asked, moment_in_views
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.http.access import READS, allow
from entrypoints.http.parameters import AS_OF
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.comparison import calls_compared
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.side_by_side import side_by_side
from entrypoints.segments import segment

CALLS_COMPARED = 2
LATEST = CallsAsked(order="newest")
LATEST_SHOWN_MAX = 15


async def find(request: Request) -> Response:
    """GET /compare?a=&b=, or ?call=&call=: a form; with both ids, to their comparison, as of the same moment."""
    a, b = _asked(request.query_params)
    as_of = request.query_params.get(AS_OF.name, "").strip()
    if not a or not b:
        actor, parts = allow(request, READS), parts_of(request)
        await moment_in_views(parts, None)
        latest = await asyncio.to_thread(calls_page, parts, actor, LATEST, 0, LATEST_SHOWN_MAX)
        return page(request, "compare_form.html", a=a, b=b, as_of=as_of, entries=latest.items)
    ids = (parse_call_id(a, "a"), parse_call_id(b, "b"))
    then = f"?{urlencode({AS_OF.name: as_of})}" if as_of else ""
    return RedirectResponse(f"/calls/{segment(ids[0])}/compare/{segment(ids[1])}{then}", status_code=303)


def _asked(query: QueryParams) -> tuple[str, str]:
    """Two ids, each empty where it is missing; a list of calls sends those that are ticked as `call`."""
    ticked = query.getlist("call")
    if len(ticked) > CALLS_COMPARED:
        raise InvalidInput("call", f"is ticked {len(ticked)} times; tick two calls")
    given = [*(query.get(name, "").strip() for name in ("a", "b")), *ticked]
    a, b, *_ = [*(one for one in given if one), "", ""]
    return a, b


async def show(request: Request) -> Response:
    """GET /calls/{id}/compare/{other}."""
    actor, parts, (a, b) = allow(request, READS), parts_of(request), calls_compared(request)
    as_of = request.query_params.get("as_of") or None
    moment = await moment_asked(parts, as_of)
    beside = await asyncio.to_thread(side_by_side, parts, actor, a, b, moment)
    return page(request, "compare.html", found=beside.found, beside=beside, as_of=as_of)


ROUTES = [
    PageRoute("/compare", find, takes=("a", "b", "call", AS_OF.name), repeated=("call",)),
    PageRoute("/calls/{id}/compare/{other}", show, takes=(AS_OF.name,)),
]
