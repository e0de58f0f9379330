"""What an operator does with a campaign: start, pause, resume, cancel, approve, decline; each asked once more before it is done."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.pages.campaigns import CHANGES_SHOWN_MAX, inside
from entrypoints.pages.guard import read_form
from entrypoints.pages.inside import raw
from entrypoints.pages.rendering import page, segment

CANARY_DIGITS_MAX = 9


class Act(Struct, frozen=True):
    """What it is called, and what will happen."""

    name: str
    means: str
    is_dangerous: bool = False


ACTS: Mapping[str, Act] = {
    "start": Act("Start", "The dialer begins to call the people of this campaign, within its limits and hours."),
    "pause": Act("Pause", "No other call is begun. Calls that are under way go on to their end."),
    "resume": Act("Resume", "The dialer goes on. A pause of the account and holds on destinations are lifted, too."),
    "cancel": Act("Cancel", "The campaign ends for good: nobody else is called, and it cannot be started again.", True),
}
DECISIONS: Mapping[str, Act] = {
    "approve": Act("Approve", "The change comes about at once."),
    "decline": Act("Decline", "The change does not come about.", True),
}


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/start, pause, resume or cancel: whether it is meant."""
    allow(request, COMMANDS)
    verb, api, path = _verb(request), inside(request), f"/v1/campaigns/{raw(request, 'id')}"
    campaign = await api.get(request, path)
    look = await api.get(request, f"{path}/preflight") if verb in {"start", "resume"} else None
    return page(request, "confirm.html", campaign=campaign, verb=verb, act=ACTS[verb], look=look)


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the campaign."""
    allow(request, COMMANDS)
    fields = await read_form(request)
    verb, campaign_id = _verb(request), raw(request, "id")
    body = None
    if verb == "start" and (canary := fields.get("canary", "").strip()):
        if not (canary.isascii() and canary.isdigit() and len(canary) <= CANARY_DIGITS_MAX):
            raise InvalidInput("canary", "must be a whole number of calls, or empty for all")
        body = {"canary": int(canary)}
    status, done = await inside(request).post(request, f"/v1/campaigns/{campaign_id}/{verb}", body)
    if status == 200 and done["notes"]:
        # What the campaign's own page does not say is said here, once.
        known = (await inside(request).get(request, f"/v1/campaigns/{campaign_id}"))["notes"]
        if notes := [note for note in done["notes"] if note not in known]:
            return page(request, "done.html", campaign=done, act=ACTS[verb], notes=notes)
    return RedirectResponse(f"/campaigns/{campaign_id}", status_code=303)


async def ask_for_decision(request: Request) -> Response:
    """GET /campaigns/{id}/changes/{change_id}/approve or decline: whether it is meant."""
    allow(request, COMMANDS)
    verb, api, path = _verb(request), inside(request), f"/v1/campaigns/{raw(request, 'id')}"
    campaign = await api.get(request, path)
    found = await api.get(request, f"{path}/changes", limit=CHANGES_SHOWN_MAX)
    wanted = raw(request, "change_id")
    change = next((one for one in found["items"] if segment(one["change_id"]) == wanted), None)
    return page(request, "decide.html", campaign=campaign, verb=verb, act=DECISIONS[verb], change=change)


async def decide(request: Request) -> Response:
    """POST to the same: do it, then show the campaign."""
    allow(request, COMMANDS)
    fields = await read_form(request)
    campaign_id = raw(request, "id")
    reason = fields.get("reason", "").strip() or None
    path = f"/v1/campaigns/{campaign_id}/changes/{raw(request, 'change_id')}/{_verb(request)}"
    await inside(request).post(request, path, None if reason is None else {"reason": reason})
    return RedirectResponse(f"/campaigns/{campaign_id}", status_code=303)


def _verb(request: Request) -> str:
    return str(request.scope["path"]).rpartition("/")[2]


HANDLERS: list[tuple[str, list[str], Any]] = [
    *(
        (f"/campaigns/{{id}}/{verb}", [method], handler)
        for verb in ACTS
        for method, handler in (("GET", ask), ("POST", act))
    ),
    *(
        (f"/campaigns/{{id}}/changes/{{change_id}}/{verb}", [method], handler)
        for verb in DECISIONS
        for method, handler in (("GET", ask_for_decision), ("POST", decide))
    ),
]
