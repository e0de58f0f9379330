"""A person erased for good from a page that first shows what would go; and the legal hold that lets nobody do it."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.documents.input import validated
from application.actor import Actor
from application.installation import Installation
from application.queries.erasure import ErasureStanding, erasure_standing, person_known
from domain.errors import Conflict, InvalidInput
from domain.person import spellings
from domain.personal import PersonalKind
from domain.phone_number import parse_number
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.parts import parts_of
from entrypoints.http.person import NUMBERED
from entrypoints.http.routes.erasures import ErasureDone, ErasureInput, HoldInput, erased, held, unheld
from entrypoints.pages.act import Act
from entrypoints.pages.guard import read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.segments import segment

PATH = "/people/{number}/erase"
ERASE = Act(
    "Erase",
    "What discloses this person is gone for good, here and in each copy and backup of the ledger: nothing brings it back. "
    "Events, statuses, figures and a suppression stay, and the campaigns that they are in call them no more.",
    True,
)
HOLD = Act("Let nobody erase them", "Nothing of this person is erased until the hold is lifted.")
UNHOLD = Act("Lift the hold", "This person can be erased again.", True)
KINDS: Mapping[PersonalKind, str] = {
    "number": "numbers, and who called whom",
    "variables": "columns of an import, and what lookups answered",
    "body": "what MiniVoice sent and was sent, word for word",
    "digits": "what was pressed",
    "insight": "AI results",
    "other": "references, consents, and reasons",
}


class WouldGo(Struct, frozen=True, kw_only=True):
    """What a page asks about: how the erasure stands; what would go, None where nothing can, and `why_not`."""

    standing: ErasureStanding
    found: ErasureDone | None
    why_not: str | None


async def ask(request: Request) -> Response:
    """GET /people/{number}/erase: what would go, and whether it is meant."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    would_go = await _would_go(parts, actor, number)
    return page(
        request,
        "erase.html",
        number=number,
        others=spellings(number)[1:],
        standing=would_go.standing,
        found=would_go.found,
        why_not=would_go.why_not,
        asked_by_me=would_go.standing.requested_by == actor.name,
        kinds=KINDS,
        erase=ERASE,
        hold=HOLD,
        unhold=UNHOLD,
    )


async def _would_go(parts: Installation, actor: Actor, number: str) -> WouldGo:
    people = await asyncio.to_thread(person_known, parts, number)
    standing = await asyncio.to_thread(erasure_standing, parts, people, parts.clock())
    try:
        found = await erased(parts, actor, ErasureInput(number=number, confirmed=False, reason=None))
    except Conflict as error:
        return WouldGo(standing=standing, found=None, why_not=str(error))
    return WouldGo(standing=standing, found=found, why_not=None)


async def act(request: Request) -> Response:
    """POST to the same: erase, hold or lift the hold, as the button says."""
    actor, parts, number = allow(request, COMMANDS), parts_of(request), NUMBERED.read(request)
    fields = await read_form(request)
    reason = fields.get("reason", "").strip() or None
    match fields.get("said", ""):
        case "hold":
            await held(parts, actor, validated(HoldInput, {"number": number, "reason": reason}))
        case "unhold":
            await unheld(parts, actor, number)
        case "erase":
            _require_same(number, fields.get("again", ""))
            given = validated(ErasureInput, {"number": number, "confirmed": True, "reason": reason})
            return page(request, "erased.html", done=await erased(parts, actor, given), kinds=KINDS)
        case _:
            raise InvalidInput("said", "is none of erase, hold, unhold; load the page anew, and use its buttons")
    return RedirectResponse(f"/people/{segment(number)}/erase", status_code=303)


def _require_same(number: str, again: str) -> None:
    """Who erases has typed whom. Raises `InvalidInput`."""
    typed = again.replace(" ", "")
    if not typed or parse_number(typed, "again") not in spellings(number):
        raise InvalidInput("again", "is not this person's number; type it once more to have them erased")


ROUTES = [PageRoute(PATH, ask), PageRoute(PATH, act, method="POST")]
