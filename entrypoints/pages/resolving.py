"""An attempt of which nobody knows whether there is a call: an operator says which call is its own, or that there is none."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.input import validated
from application.queries.attempts import unresolved_attempt
from domain.errors import InvalidInput
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.attempts import ATTEMPT, ResolutionInput, settled
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

RESOLVE = Act("Settle", "What you say is recorded with your name, and only better evidence changes it again.")
NO_CALL: Mapping[str, Mapping[str, Any]] = {"none": {"none": True}, "redial": {"none": True, "redial": True}}
CANDIDATE, OTHER_CALL = "call", "other"


async def ask(request: Request) -> Response:
    """GET /attempts/{id}/resolve: the calls that could be its own."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    attempt = await unresolved_attempt(parts, actor, ATTEMPT.read(request))
    return page(request, "resolve.html", attempt=attempt, act=RESOLVE)


async def resolve(request: Request) -> Response:
    """POST to the same: settle it, then show its campaign."""
    actor, parts, attempt_id = allow(request, COMMANDS), parts_of(request), ATTEMPT.read(request)
    fields = await read_form(request)
    done = await settled(parts, actor, attempt_id, validated(ResolutionInput, _said(fields)))
    return RedirectResponse(f"/campaigns/{segment(done.campaign_id)}" if done.campaign_id else "/", status_code=303)


def _said(fields: Mapping[str, str]) -> Mapping[str, Any]:
    """What was chosen. Raises `InvalidInput` where nothing was."""
    chosen, _, call_id = fields.get("said", "").partition(":")
    if chosen in NO_CALL:
        return NO_CALL[chosen]
    if chosen == OTHER_CALL:
        call_id = fields.get("call", "").strip()
    if chosen not in {CANDIDATE, OTHER_CALL} or not call_id:
        raise InvalidInput("call", "choose one of the calls, name another by its id, or say that there is none")
    return {"call": call_id}


ROUTES = [
    PageRoute("/attempts/{id}/resolve", ask),
    PageRoute("/attempts/{id}/resolve", resolve, method="POST"),
]
