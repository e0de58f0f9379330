"""A recording of a call that is under way: started or stopped by an operator, who is asked first."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.queries.call import read_call, shown_call
from domain.call import RecordingAction
from domain.errors import Conflict
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parameters import CALL
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.recordings import controlled
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

ACTS: Mapping[RecordingAction, Act] = {
    "start": Act("Start recording", "MiniVoice is asked to record this call from now on. Both sides are recorded."),
    "stop": Act("Stop recording", "MiniVoice is asked to stop the recording of this call; what was recorded stays."),
}


async def ask(request: Request) -> Response:
    """GET /calls/{id}/recording/start or stop: whether it is meant."""
    actor, parts, call_id = allow(request, COMMANDS), parts_of(request), CALL.read(request)
    read = await asyncio.to_thread(read_call, parts, call_id, parts.ledger.position)
    call = await asyncio.to_thread(shown_call, parts, actor, read)
    if call.state.phase == "ended":
        raise Conflict("this call has ended, and cannot be recorded any more")
    action = _action(request)
    return page(request, "recording.html", call=call, action=action, act=ACTS[action])


async def control(request: Request) -> Response:
    """POST to the same: have it done, then show the call."""
    actor, parts, call_id = allow(request, COMMANDS), parts_of(request), CALL.read(request)
    await read_form(request)
    await controlled(parts, actor, call_id, _action(request))
    return RedirectResponse(f"/calls/{segment(call_id)}", status_code=303)


def _action(request: Request) -> RecordingAction:
    return "start" if str(request.scope["path"]).endswith("/start") else "stop"


ROUTES = [
    PageRoute(f"/calls/{{id}}/recording/{action}", handler, method=method)
    for action in ACTS
    for method, handler in (("GET", ask), ("POST", control))
]
