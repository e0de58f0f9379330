"""Who is called: a campaign's recipients with their status and its reason, and one of them with every rule and attempt."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.phone_number import parse_number
from domain.status import STATUSES
from entrypoints.pages.campaigns import inside
from entrypoints.pages.inside import raw
from entrypoints.pages.rendering import page, segment
from entrypoints.wording import explain_verdict

PAGE_RECIPIENTS = 100


async def listing(request: Request) -> Response:
    """GET /campaigns/{id}/recipients; with a number, to that person."""
    asked = request.query_params
    campaign_id = raw(request, "id")
    if number := asked.get("number", "").strip():
        found_number = parse_number(number.replace(" ", ""), "number")
        return RedirectResponse(f"/campaigns/{campaign_id}/recipients/{segment(found_number)}", status_code=303)
    api, path = inside(request), f"/v1/campaigns/{campaign_id}"
    campaign = await api.get(request, path)
    found = await api.get(
        request,
        f"{path}/recipients",
        status=asked.get("status"),
        after=asked.get("after"),
        as_of=asked.get("as_of"),
        limit=PAGE_RECIPIENTS,
    )
    return page(
        request,
        "recipients.html",
        campaign=campaign,
        found=found,
        entries=found["items"],
        statuses=STATUSES,
        status=asked.get("status") or "",
        after=asked.get("after") or "",
        as_of=asked.get("as_of") or "",
    )


async def show(request: Request) -> Response:
    """GET /campaigns/{id}/recipients/{number}."""
    api = inside(request)
    path = f"/v1/campaigns/{raw(request, 'id')}/recipients/{raw(request, 'number')}"
    as_of = request.query_params.get("as_of") or None
    person = await api.get(request, path, as_of=as_of)
    explained = await api.get(request, f"{path}/explain", as_of=as_of)
    return page(
        request,
        "recipient.html",
        person=person,
        explained=explained,
        says=explain_verdict(person["verdict"]),
        as_of=as_of,
    )


HANDLERS: list[tuple[str, list[str], Any]] = [
    ("/campaigns/{id}/recipients", ["GET"], listing),
    ("/campaigns/{id}/recipients/{number}", ["GET"], show),
]
