"""Why nobody is being called, over HTTP: where everybody in a campaign stands, and what holds those who are held."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from application.preflight.figures import CAPS, DONE
from application.views.reads import StandingRead
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.parts import moment_of, parts_of, path_value
from projections.prospects import Prospect

FIGURES = ("callable_now", "waiting", "capped", "suppressed", "not_dialable", "in_flight", "unresolved", "done")
IN_FLIGHT = frozenset({"dialing", "in_progress"})


async def show(request: Request) -> Response:
    """GET /v1/campaigns/{id}/standing."""
    allow(request, READS)
    parts = parts_of(request)
    moment = await moment_of(request)
    read = await asyncio.to_thread(parts.reads.standing, path_value(request, "id"), moment)
    return JsonResponse(_shown(read))


def _shown(read: StandingRead) -> dict[str, Any]:
    figures = dict.fromkeys(FIGURES, 0)
    held: dict[str, dict[str, Any]] = {}
    for prospect, people in read.people.items():
        figures[_figure(prospect)] += people
        if prospect.status != "held":
            continue
        reason = prospect.reason or "held"
        known = held.setdefault(reason, {"reason": reason, "until": None, "recipients": 0})
        known["recipients"] += people
        if prospect.until is not None and (known["until"] is None or prospect.until < known["until"]):
            known["until"] = prospect.until
    return {
        "campaign_id": read.state.campaign_id,
        **figures,
        "next_at": min((one["until"] for one in held.values() if one["until"] is not None), default=None),
        "held_by": sorted(held.values(), key=lambda one: (-one["recipients"], one["reason"])),
        "position": read.position,
        "judged_at": read.judged_at,
    }


def _figure(prospect: Prospect) -> str:
    """The one figure in which somebody who stands there is counted."""
    if prospect.status == "queued":
        return "callable_now"
    if prospect.status in IN_FLIGHT:
        return "in_flight"
    if prospect.status in DONE:
        return "done"
    if prospect.status in {"suppressed", "unresolved"}:
        return prospect.status
    if prospect.status == "held" and prospect.reason in CAPS:
        return "capped"
    # An attempt of another campaign ends at a time that nobody knows, and then they can be called.
    if prospect.status == "held" and (prospect.until is not None or prospect.reason == "open_attempt"):
        return "waiting"
    return "not_dialable"


ROUTES = [Route("/v1/campaigns/{id}/standing", show, methods=["GET"])]
