"""People whom nobody shall call: all of them; and one of them suppressed or released, each asked once more."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.input import validated
from application.queries.moments import moment_in_views
from application.queries.suppressions import person_suppressed, suppressions_page
from domain.errors import InvalidInput
from domain.person import spellings
from domain.phone_number import parse_number
from entrypoints.http.access import COMMANDS, READS, allow
from entrypoints.http.parameters import AFTER, AS_OF
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.http.person import NUMBERED
from entrypoints.http.routes.suppressions import SuppressionInput, released, suppressed
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.places import own_place
from entrypoints.pages.rendering import page
from entrypoints.pages.written_time import with_offset
from entrypoints.segments import segment

PAGE_SUPPRESSIONS = 100
LIST, BACK = "/suppressions", "back"
SUPPRESS = Act("Suppress", "No campaign calls this person any more, in whichever form the number is written.", True)
RELEASE = Act("Release", "Campaigns may call this person again, as far as their other rules allow it.")


async def listing(request: Request) -> Response:
    """GET /suppressions; with a number, to the question whether that person is to be suppressed."""
    actor, parts, asked = allow(request, READS), parts_of(request), request.query_params
    if number := asked.get("number", "").strip():
        allow(request, COMMANDS)
        found_number = parse_number(number.replace(" ", ""), "number")
        return RedirectResponse(f"/suppressions/{segment(found_number)}/suppress", status_code=303)
    moment = await moment_in_views(parts, asked.get("as_of") or None)
    wanted = (parts, actor, moment, AFTER.of(asked), PAGE_SUPPRESSIONS)
    if moment.is_past:
        found = await dear_read(request, suppressions_page, *wanted)
    else:
        found = await asyncio.to_thread(suppressions_page, *wanted)
    return page(
        request,
        "suppressions.html",
        found=found,
        entries=found.items,
        after=asked.get("after") or "",
        as_of=asked.get("as_of") or "",
    )


async def ask_to_suppress(request: Request) -> Response:
    """GET /suppressions/{number}/suppress: whether it is meant, why, and until when."""
    return await _ask(request, "suppress", SUPPRESS)


async def ask_to_release(request: Request) -> Response:
    """GET /suppressions/{number}/release: whether it is meant."""
    return await _ask(request, "release", RELEASE)


async def _ask(request: Request, verb: str, act: Act) -> Response:
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    person = await person_suppressed(parts, actor, number)
    return page(
        request,
        "suppress.html",
        number=number,
        others=spellings(number)[1:],
        person=person,
        verb=verb,
        act=act,
        back=own_place(request.query_params.get(BACK) or LIST),
    )


async def suppress(request: Request) -> Response:
    """POST to the same: do it, then show where they came from."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    fields = await read_form(request)
    given = {"number": number, "reason": fields.get("reason", "").strip() or None}
    until = fields.get("expires_at", "").strip()
    expires = {"expires_at": _instant(request, until)} if until else {}
    await suppressed(parts, actor, validated(SuppressionInput, given | expires))
    return _going_back(fields)


async def release(request: Request) -> Response:
    """POST to the same: do it, then show where they came from."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    fields = await read_form(request)
    await released(parts, actor, number)
    return _going_back(fields)


def _instant(request: Request, text: str) -> datetime:
    """An instant as the form has it, which without an offset is in the viewer's zone. Raises `InvalidInput`."""
    given = with_offset(request, "expires_at", text)
    try:
        written = datetime.fromisoformat(given)
    except ValueError:
        written = None
    if written is None or written.tzinfo is None:
        raise InvalidInput("expires_at", f"{text[:40]} is no instant; write it like 2027-01-31 08:00")
    return written


def _going_back(fields: Mapping[str, str]) -> Response:
    return RedirectResponse(own_place(fields.get(BACK) or LIST), status_code=303)


ROUTES = [
    PageRoute(LIST, listing, takes=("number", AS_OF.name, AFTER.name)),
    PageRoute("/suppressions/{number}/suppress", ask_to_suppress, takes=(BACK,)),
    PageRoute("/suppressions/{number}/suppress", suppress, method="POST"),
    PageRoute("/suppressions/{number}/release", ask_to_release, takes=(BACK,)),
    PageRoute("/suppressions/{number}/release", release, method="POST"),
]
