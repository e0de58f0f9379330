"""What an operator does with a campaign: start, pause, resume, cancel, approve, decline; each asked once more before it is done."""

import asyncio
from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.decision import parse_decision
from adapters.documents.start import StartInput, parse_start
from application.lookup_words import unreachable_lookup
from application.queries.campaign import CampaignShown, as_started, campaign_at
from application.queries.changes import changes_page
from application.queries.moments import moment_asked, moment_in_views
from application.queries.preflight import preflight_now
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.http.routes.approvals import CHANGE, decided
from entrypoints.http.routes.campaigns import commanded, started
from entrypoints.pages.act import Act
from entrypoints.pages.campaigns import CHANGES_SHOWN_MAX
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

CANARY_DIGITS_MAX = 9


ACTS: Mapping[str, Act] = {
    "start": Act("Start", "The dialer begins to call the people of this campaign, within its limits and hours."),
    "pause": Act("Pause", "No other call is begun. Calls that are under way go on to their end."),
    "resume": Act("Resume", "The dialer goes on. A pause of the account and holds on destinations are lifted, too."),
    "cancel": Act(
        "Cancel",
        "The campaign ends for good: nobody else is called, and it cannot be started again. Calls that are under way go on.",
        True,
    ),
}
DECISIONS: Mapping[str, Act] = {
    "approve": Act("Approve", "The change comes about at once."),
    "decline": Act("Decline", "The change does not come about.", True),
}


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/start, pause, resume or cancel: whether it is meant."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    verb, moment = _verb(request), await moment_in_views(parts, None)
    campaign = await campaign_at(parts, actor, campaign_id, moment)
    look = None
    if verb in {"start", "resume"}:
        unreachable = await unreachable_lookup(parts, campaign_id)
        look = await dear_read(request, preflight_now, parts, campaign_id, moment, unreachable)
    return page(request, "confirm.html", campaign=campaign, verb=verb, act=ACTS[verb], look=look)


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the campaign."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    fields = await read_form(request)
    verb = _verb(request)
    if verb == "start":
        done = await started(parts, actor, campaign_id, _start(fields.get("canary", "").strip()))
    else:
        done = await commanded(parts, actor, campaign_id, verb)
    return await _done(request, ACTS[verb], done) if isinstance(done, CampaignShown) else _to_campaign(request)


async def _done(request: Request, act: Act, campaign: CampaignShown) -> Response:
    """What the campaign's own page does not say is said once, on a page of its own."""
    if campaign.notes:
        actor, parts = allow(request, COMMANDS), parts_of(request)
        known = as_started(await campaign_at(parts, actor, campaign.id, await moment_in_views(parts, None))).notes
        if notes := [note for note in campaign.notes if note not in known]:
            return page(request, "done.html", campaign=campaign, act=act, notes=notes)
    return _to_campaign(request)


def _start(canary: str) -> StartInput:
    if canary and not (canary.isascii() and canary.isdigit() and len(canary) <= CANARY_DIGITS_MAX):
        raise InvalidInput("canary", "must be a whole number of calls, or empty for all")
    return parse_start(orjson.dumps({"canary": int(canary)} if canary else {}))


async def ask_for_decision(request: Request) -> Response:
    """GET /campaigns/{id}/changes/{change_id}/approve or decline: whether it is meant."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    verb, change_id = _verb(request), CHANGE.read(request)
    campaign = await campaign_at(parts, actor, campaign_id, await moment_in_views(parts, None))
    moment = await moment_asked(parts, None)
    found = await asyncio.to_thread(changes_page, parts, actor, campaign_id, moment, 0, CHANGES_SHOWN_MAX)
    change = next((one for one in found.items if one.change_id == change_id), None)
    return page(request, "decide.html", campaign=campaign, verb=verb, act=DECISIONS[verb], change=change)


async def decide(request: Request) -> Response:
    """POST to the same: do it, then show the campaign."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    fields = await read_form(request)
    reason = fields.get("reason", "").strip()
    said = parse_decision(orjson.dumps({"reason": reason} if reason else {}))
    verb = _verb(request)
    done = await decided(parts, actor, campaign_id, CHANGE.read(request), verb, said.reason)
    return await _done(request, DECISIONS[verb], done.campaign)


def _to_campaign(request: Request) -> Response:
    return RedirectResponse(f"/campaigns/{request.path_params['id']}", status_code=303)


def _verb(request: Request) -> str:
    return str(request.scope["path"]).rpartition("/")[2]


ROUTES = [
    *(
        PageRoute(f"/campaigns/{{id}}/{verb}", handler, method=method)
        for verb in ACTS
        for method, handler in (("GET", ask), ("POST", act))
    ),
    *(
        PageRoute(f"/campaigns/{{id}}/changes/{{change_id}}/{verb}", handler, method=method)
        for verb in DECISIONS
        for method, handler in (("GET", ask_for_decision), ("POST", decide))
    ),
]
