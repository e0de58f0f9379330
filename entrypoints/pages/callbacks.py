"""A recipient's callback: wished for a time, moved or given up, each on a page of its own that says what that means."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.wished_time import wished_time
from application.queries.callback_times import offered_to
from application.queries.moments import moment_asked
from application.queries.recipient import read_recipient, shown_person
from domain.zones import known_zones
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.http.person import streams_asked
from entrypoints.http.routes.callbacks import callback_dropped, callback_wished
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page

WISH = Act(
    "Call back",
    "The next attempt is made at this time, before all others who are due. Nobody calls earlier. Hours, caps, "
    "suppression and the number of attempts hold as ever.",
)
DROP = Act("Give up the callback", "The campaign's own order goes on.", True)
PATH = "/campaigns/{id}/recipients/{number}/callback"


async def ask(request: Request) -> Response:
    """GET /campaigns/{id}/recipients/{number}/callback: for when, or whether it is to be given up."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams = streams_asked(request, actor)
    await parts.account_known()
    read = await asyncio.to_thread(read_recipient, parts, campaign_id, streams, await moment_asked(parts, None))
    person = shown_person(parts, actor, read)
    return page(
        request,
        "callback.html",
        person=person,
        wish=WISH,
        drop=DROP,
        zones=sorted(known_zones()),
        offered=offered_to(read.known, parts.clock()),
    )


async def act(request: Request) -> Response:
    """POST to the same: do it, then show the person."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    streams, fields = streams_asked(request, actor), await read_form(request)
    if fields.get("said") == "drop":
        await callback_dropped(parts, actor, campaign_id, streams)
    else:
        wished = wished_time(fields.get("at", ""), fields.get("zone", "").strip() or None)
        await callback_wished(parts, actor, campaign_id, streams, wished)
    place = str(request.scope["path"]).removesuffix("/callback")
    return RedirectResponse(place, status_code=303)


ROUTES = [PageRoute(PATH, ask), PageRoute(PATH, act, method="POST")]
