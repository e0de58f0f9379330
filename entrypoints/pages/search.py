"""The search in the header of every page: straight to the only match, else all of them."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.campaign import CampaignShown, shown_campaign
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
    shown = await asyncio.to_thread(_shown, parts_of(request), actor, matches)
    return page(request, "search.html", wanted=wanted, matches=shown)


class _Match(Struct, frozen=True):
    """What was found, the page that shows it, and of a campaign how it stands."""

    match: SearchMatch
    address: str
    campaign: CampaignShown | None


def _shown(parts: Installation, actor: Actor, matches: Sequence[SearchMatch]) -> list[_Match]:
    # The moment of what is now has no position that is asked for.
    moment = Moment(parts.ledger.position, parts.clock())
    return [
        _Match(
            one,
            _address(one, actor),
            shown_campaign(actor, parts.reads.campaign(one.id, moment)) if one.kind == "campaign" else None,
        )
        for one in matches
    ]


def _address(match: SearchMatch, actor: Actor) -> str:
    """The page that shows it."""
    if match.kind == "person":
        named = match.number if actor.sees_numbers and match.number else match.id
        return f"/people/{segment(named)}"
    if match.kind == "attempt":
        return f"/people/{match.recipient}#attempt-{quote(match.id, safe='')}"
    return f"/{match.kind}s/{segment(match.id)}"


ROUTES = [PageRoute("/search", search, takes=("q",))]
