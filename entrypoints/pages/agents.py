"""How many agents are free now, told on a campaign's page."""

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.actor import Actor
from application.installation import Installation
from application.queries.agents import AgentsShown, agents_now
from application.queries.campaign import CampaignShown
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CAMPAIGN
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.agents import told
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.segments import segment

FREE_DIGITS_MAX = 12


async def agents_of(parts: Installation, actor: Actor, campaign: CampaignShown) -> AgentsShown | None:
    """What is known of its agents now; None where its calls are not held to any, or it calls nobody any more."""
    if campaign.state in {"canceled", "completed"}:
        return None
    known = await agents_now(parts, actor, campaign.id)
    return known if known.applies else None


async def tell(request: Request) -> Response:
    """POST /campaigns/{id}/agents: know it, then show the campaign."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    text = (await read_form(request)).get("free", "").strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > FREE_DIGITS_MAX:
        raise InvalidInput("free", "must be how many agents are free now, a whole number such as 3, or 0")
    await told(parts, actor, campaign_id, orjson.dumps({"free": int(text)}))
    return RedirectResponse(f"/campaigns/{segment(campaign_id)}", status_code=303)


ROUTES = [PageRoute("/campaigns/{id}/agents", tell, method="POST")]
