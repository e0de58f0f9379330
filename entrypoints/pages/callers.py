"""A number taken out of a campaign's pool on a page, asked once more before it is done."""

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.decision import parse_decision
from application.queries.callers import callers_now
from application.queries.campaign import campaign_at
from application.queries.moments import moment_in_views
from domain.phone_number import parse_number
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.callers import NUMBER, removed
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

REMOVE = Act(
    "Take out",
    "Nobody is called from this number any more, until a revision names it again. Calls that are under way go on.",
    True,
)


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/callers/{number}/remove: whether it is meant."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    number = parse_number(NUMBER.read(request), "number")
    campaign = await campaign_at(parts, actor, campaign_id, await moment_in_views(parts, None))
    found = await callers_now(parts, actor, campaign_id)
    left = [one.number for one in found.items if one.state != "removed" and one.number != number]
    return page(request, "remove_caller.html", campaign=campaign, number=number, act=REMOVE, left=left)


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the plan."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    number = parse_number(NUMBER.read(request), "number")
    reason = (await read_form(request)).get("reason", "").strip()
    said = parse_decision(orjson.dumps({"reason": reason} if reason else {}))
    await removed(parts, actor, campaign_id, number, said.reason)
    return RedirectResponse(f"/campaigns/{segment(campaign_id)}/plan", status_code=303)


ROUTES = [
    PageRoute("/campaigns/{id}/callers/{number}/remove", handler, method=method)
    for method, handler in (("GET", ask), ("POST", act))
]
