"""In which zone somebody reads the times of all pages: a setting of their browser, kept in a cookie."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.errors import InvalidInput
from domain.zones import known_zones, zone_info
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.places import HOME, own_place
from entrypoints.pages.rendering import page
from entrypoints.pages.zone_cookie import UTC_NAME, ZONE_COOKIE

ZONE_SECONDS_MAX = 365 * 24 * 3600


async def ask(request: Request) -> Response:
    """GET /time-zone?next=: which zone, and back to the page that somebody came from."""
    going_to = own_place(request.query_params.get("next") or HOME)
    return page(request, "time_zone.html", going_to=going_to, zones=sorted(known_zones()))


async def choose(request: Request) -> Response:
    """POST /time-zone."""
    fields = await read_form(request)
    name = fields.get("zone", "").strip() or UTC_NAME
    if name != UTC_NAME and (name not in known_zones() or zone_info(name) is None):
        raise InvalidInput("zone", "is no time zone that is known here; write it like Europe/Berlin")
    answer = RedirectResponse(own_place(fields.get("next", HOME)), status_code=303)
    answer.set_cookie(
        ZONE_COOKIE,
        name,
        max_age=ZONE_SECONDS_MAX,
        path=request.app.state.public_path.of_cookies,
        secure=request.app.state.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


ROUTES = [
    PageRoute("/time-zone", ask, takes=("next",)),
    PageRoute("/time-zone", choose, method="POST"),
]
