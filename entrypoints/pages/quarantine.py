"""The quarantine: what could not be read, and each of it, where an operator has it read again."""

import asyncio
from base64 import b64decode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.minivoice_json import kept_text
from application.queries.moments import moment_in_views
from application.queries.quarantine import quarantine_page, quarantined_whole
from domain.errors import Conflict
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.parameters import AFTER
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.quarantine import DIGEST, read_now
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

PAGE_QUARANTINED = 50


async def listing(request: Request) -> Response:
    """GET /quarantine."""
    actor, parts = allow(request, READS), parts_of(request)
    before = AFTER.of(request.query_params)
    await moment_in_views(parts, None)
    found = await asyncio.to_thread(quarantine_page, parts, actor, before, PAGE_QUARANTINED)
    after = request.query_params.get("after") or ""
    return page(request, "quarantine.html", found=found, entries=found.items, after=after)


async def show(request: Request) -> Response:
    """GET /quarantine/{digest}."""
    actor, parts, digest = allow(request, READS), parts_of(request), DIGEST.read(request)
    one = await asyncio.to_thread(quarantined_whole, parts, actor, digest)
    body = None if one.body_base64 is None else kept_text(b64decode(one.body_base64))
    return page(request, "quarantined.html", one=one, body=body)


async def read(request: Request) -> Response:
    """POST to the same: read it again, then show its call."""
    actor, parts, digest = allow(request, COMMANDS), parts_of(request), DIGEST.read(request)
    await read_form(request)
    reading, _ = await read_now(parts, actor, digest)
    if reading.call_id is None:
        raise Conflict(f"it still cannot be read: {reading.reason}")
    return RedirectResponse(f"/calls/{segment(reading.call_id)}", status_code=303)


ROUTES = [
    PageRoute("/quarantine", listing, takes=(AFTER.name,)),
    PageRoute("/quarantine/{digest}", show),
    PageRoute("/quarantine/{digest}", read, method="POST"),
]
