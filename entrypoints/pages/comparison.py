"""Two calls side by side."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.errors import InvalidInput
from domain.identity import parse_call_id
from entrypoints.pages.campaigns import inside
from entrypoints.pages.inside import raw, segment
from entrypoints.pages.rendering import page


async def find(request: Request) -> Response:
    """GET /compare?a=&b=: a form; with both ids, to their comparison."""
    a, b = (request.query_params.get(name, "").strip() for name in ("a", "b"))
    if not a or not b:
        return page(request, "compare_form.html", a=a, b=b)
    if a in {".", ".."} or b in {".", ".."}:
        raise InvalidInput("a, b", "cannot be an address; compare these calls with: dialtrail compare")
    ids = (parse_call_id(a, "a"), parse_call_id(b, "b"))
    return RedirectResponse(f"/calls/{segment(ids[0])}/compare/{segment(ids[1])}", status_code=303)


async def show(request: Request) -> Response:
    """GET /calls/{id}/compare/{other}."""
    path = f"/v1/calls/{raw(request, 'id')}/compare/{raw(request, 'other')}"
    as_of = request.query_params.get("as_of") or None
    found = await inside(request).get(request, path, as_of=as_of)
    return page(request, "compare.html", found=found, pairs=found["pairs"], as_of=as_of)


HANDLERS: list[tuple[str, list[str], Any]] = [
    ("/compare", ["GET"], find),
    ("/calls/{id}/compare/{other}", ["GET"], show),
]
