"""What a person agreed to be called for, recorded and taken back on a page of its own."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.consent import parse_consent, parse_revocation
from application.queries.consents import consents_known
from domain.errors import InvalidInput
from domain.person import spellings
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.person import NUMBERED
from entrypoints.http.routes.consents import consent_recorded, consent_revoked
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.pages.written_time import with_offset
from entrypoints.segments import segment

PATH = "/people/{number}/consent"
GIVE = Act("Record the consent", "Campaigns whose policy requires one for this purpose may call on it.")
REVOKE = Act(
    "Record that it was taken back",
    "From then on no attempt is begun or sent on what was given by then. It is recorded also where nothing was known to be given.",
    True,
)
GIVEN = ("purpose", "basis", "source", "given_at", "text", "text_version", "by", "until")
REVOKED = ("purpose", "source", "reason", "revoked_at")
TIMES = ("given_at", "until", "revoked_at")
FORM_BYTES_MAX = 160 * 1024
"""A text of 10,000 characters, each of up to four bytes as browsers write them (`%F0%9F%98%80`), and all else."""


async def ask(request: Request) -> Response:
    """GET /people/{number}/consent: what they agreed to, and two forms."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    known = await asyncio.to_thread(consents_known, parts, number, actor)
    return page(
        request,
        "consent.html",
        number=number,
        others=spellings(number)[1:],
        consents=known.consents,
        purposes=known.purposes,
        revocable=list(dict.fromkeys([*(one.purpose for one in known.consents if one.holds), *known.purposes])),
        give=GIVE,
        revoke=REVOKE,
    )


async def act(request: Request) -> Response:
    """POST to the same: record it, then show it."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    fields = await read_form(request, FORM_BYTES_MAX)
    match fields.get("said", ""):
        case "give":
            given = await asyncio.to_thread(parse_consent, _given(request, number, fields, GIVEN))
            await consent_recorded(parts, actor, given)
        case "revoke":
            revoked = await asyncio.to_thread(parse_revocation, _given(request, number, fields, REVOKED))
            await consent_revoked(parts, actor, revoked)
        case _:
            raise InvalidInput("said", "is neither give nor revoke; load the page anew, and use its buttons")
    return RedirectResponse(f"/people/{segment(number)}/consent", status_code=303)


def _given(request: Request, number: str, fields: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
    """What was filled in, as the API takes it. Raises `InvalidInput`."""
    filled = {name: text for name in names if (text := fields.get(name, "").strip())}
    times = {name: with_offset(request, name, filled[name]) for name in TIMES if name in filled}
    return {"number": number, **filled, **times}


ROUTES = [PageRoute(PATH, ask), PageRoute(PATH, act, method="POST")]
