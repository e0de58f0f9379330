"""That a recipient does not want to be called about this, recorded and lifted on a page of its own."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.input import validated
from application.queries.declining import declines_here
from application.queries.moments import moment_asked
from application.queries.recipient import read_recipient, shown_person
from domain.dialing import purpose_of
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.http.person import streams_asked
from entrypoints.http.routes.declining import DeclineInput, decline_lifted, decline_recorded
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.written_time import with_offset

DECLINE = Act(
    "They do not want to be called about this",
    "No campaign of the same purpose calls them before its rest is over, or ever where its policy names none.",
)
LIFT = Act(
    "Lift it", "What they declined of this campaign, in every spelling of the number, stands against no call any more."
)
PATH = "/campaigns/{id}/recipients/{number}/declined"


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/recipients/{number}/declined: what they declined, and whether this is meant."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    await parts.account_known()
    read = await asyncio.to_thread(read_recipient, parts, campaign_id, streams, await moment_asked(parts, None))
    return page(
        request,
        "decline.html",
        person=shown_person(parts, actor, read),
        purpose=purpose_of(read.known.campaign),
        declines=list(reversed(declines_here(read.known))),
        decline=DECLINE,
        lift=LIFT,
    )


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the person."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams, fields = streams_asked(request, actor), await read_form(request)
    match fields.get("said", ""):
        case "decline":
            said_at = with_offset(request, "said_at", fields.get("said_at", "").strip())
            given = {"reason": fields.get("reason", "").strip() or None, "said_at": said_at or None}
            await decline_recorded(parts, actor, campaign_id, streams, validated(DeclineInput, given))
        case "lift":
            await decline_lifted(parts, actor, campaign_id, streams)
        case _:
            raise InvalidInput("said", "is neither decline nor lift; load the page anew, and use its buttons")
    return RedirectResponse(str(request.scope["path"]).removesuffix("/declined"), status_code=303)


ROUTES = [PageRoute(PATH, ask), PageRoute(PATH, act, method="POST")]
